/* Bytes with 7 fractional bits, which are 0. */
#include "../kernel.h"

void SPELLING(widen_u8_i16)(int16_t *out, const uint8_t *in, int32_t count) {
    int32_t i = 0;
#if VEC
    const vi low = bytes(NIL, 0, NIL, 1, NIL, 2, NIL, 3, NIL, 4, NIL, 5, NIL, 6, NIL, 7);
    for (; i + 8 <= count; i += 8) store(out + i, shift_right_u16(swizzle(load64(in + i), low), 1));
#endif
    for (; i < count; i++) out[i] = (int16_t)(in[i] * 128);
}
