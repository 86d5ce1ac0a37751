/* `times` copies of `count` bytes one after the other. A loop of stores: a call of memory.copy per row costs more than the row. */
#include "../kernel.h"

void SPELLING(repeat_u8)(uint8_t *out, const uint8_t *in, int32_t count, int32_t times) {
    for (int32_t t = 0; t < times; t++, out += count) {
        int32_t i = 0;
#if VEC
        for (; i + 64 <= count; i += 64) {
            const vi a = load(in + i), b = load(in + i + 16), c = load(in + i + 32), d = load(in + i + 48);
            store(out + i, a), store(out + i + 16, b), store(out + i + 32, c), store(out + i + 48, d);
        }
        for (; i + 16 <= count; i += 16) store(out + i, load(in + i));
#else
        for (; i + 4 <= count; i += 4) memcpy(out + i, in + i, 4);
#endif
        for (; i < count; i++) out[i] = in[i];
    }
}
