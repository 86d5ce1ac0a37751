/* Vertical step of INTER_LINEAR, per channel: a and b = weights[0], weights[1]. */
#include "../bilinear.h"

#if VEC
static inline vi blend(const int16_t *upper, const int16_t *lower, vi a, vi b) {
    return add_i32(share_x4(load_u16x4(upper), a), share_x4(load_u16x4(lower), b));
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
    for (i *= 4; i < 4 * count; i++) out[i] = (uint8_t)blend_x1(upper[i], lower[i], weights);
}
