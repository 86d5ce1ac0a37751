/*
 * Vertical step of INTER_LINEAR: out = ((a·upper >> 16) + (b·lower >> 16) + 2) >> 2 per channel, a and b = weights[0],
 * weights[1]. The two products are cut apart, as OpenCV does; at most 255.
 */
#include "../kernel.h"

#if VEC
/* Values are not negative, so a value in the low half of a lane and 0 in the high one makes `dot` a 32-bit product. */
static inline vi blend(const int16_t *upper, const int16_t *lower, vi a, vi b) {
    return add_i32(shift_right_i32(dot_i16(load_u16x4(upper), a), 16), shift_right_i32(dot_i16(load_u16x4(lower), b), 16));
}
#endif

void SPELLING(bilinear_rows_i16_u8)(uint8_t *out, const int16_t *upper, const int16_t *lower, const int16_t *weights,
                                    int32_t count) {
    int32_t i = 0;
#if VEC
    const vi a = splat_i32((uint16_t)weights[0]), b = splat_i32((uint16_t)weights[1]);
    const vi two = splat_i16(2);
    for (; i + 4 <= count; i += 4) {
        const int16_t *u = upper + 4 * i, *l = lower + 4 * i;
        const vi low = narrow_i32_i16(blend(u, l, a, b), blend(u + 4, l + 4, a, b));
        const vi high = narrow_i32_i16(blend(u + 8, l + 8, a, b), blend(u + 12, l + 12, a, b));
        store(out + 4 * i, narrow_i16_u8(shift_right_i16(add_i16(low, two), 2), shift_right_i16(add_i16(high, two), 2)));
    }
#endif
    for (i *= 4; i < 4 * count; i++) {
        const int32_t u = upper[i] * weights[0], l = lower[i] * weights[1];
        out[i] = (uint8_t)(((u >> 16) + (l >> 16) + 2) >> 2);
    }
}
