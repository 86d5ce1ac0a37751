/* Bytes as numbers in Q7. */
#include "../kernel.h"

void SPELLING(widen_u8_i16)(int16_t *out, const uint8_t *in, int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 8 <= count; i += 8) store(out + i, shift_left_i16(widen_low_u8(load64(in + i)), 7));
#endif
    for (; i < count; i++) out[i] = (int16_t)(in[i] * 128);
}
