/* Every `step`-th byte, the first one first. */
#include "../kernel.h"

void SPELLING(take_u8)(uint8_t *out, const uint8_t *in, int32_t step, int32_t count) {
    int32_t i = 0;
#if VEC
    const vi even = bytes(0, 2, 4, 6, 8, 10, 12, 14, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL);
    /* 16 bytes are read for 8 of them: the last one keeps the loop inside the row. */
    for (; step == 2 && i + 9 <= count; i += 8) store64(out + i, swizzle(load(in + 2 * i), even));
#endif
    for (; i < count; i++) out[i] = in[step * i];
}
