/*
 * The running average of rows of RGBX px, 8 bits and 8 fractional ones: b = (b·(256 − rate) + 256·x·rate + 2^7) >> 8, rate from 0 to
 * 256, kept as b − 2^15. It comes within half a step of 8 bits of what stays the same, at every rate but 0.
 */
#include "../kernel.h"

void SPELLING(learn_u8_i16)(int16_t *background, const uint8_t *in, int32_t rate, int32_t count) {
    int32_t i = 0;
    count *= 4;
#if VEC
    /* x − 128 with 4 fractional bits, so that its factor fits 16 bits, too. */
    const vi factors = splat_i32((256 - rate) | rate << 20), half = splat_i32(128), middle = splat_i16(-32768);
    for (; i + 16 <= count; i += 16) {
        const vi px = load(in + i);
        const vi x[2] = {zip_low_u8(splat_i32(0), px), zip_high_u8(splat_i32(0), px)};
        for (int32_t k = 0; k < 2; k++) {
            const vi from = shift_right_i16(xor_bits(x[k], middle), 4), b = load(background + i + 8 * k);
            const vi low = shift_right_i32(add_i32(dot_i16(zip_low_i16(b, from), factors), half), 8);
            const vi high = shift_right_i32(add_i32(dot_i16(zip_high_i16(b, from), factors), half), 8);
            store(background + i + 8 * k, narrow_i32_i16(low, high));
        }
    }
#endif
    for (; i < count; i++) {
        const int32_t b = background[i] + 32768;
        background[i] = (int16_t)(((b * (256 - rate) + 256 * in[i] * rate + 128) >> 8) - 32768);
    }
}
