/*
 * Rows and matrix of YUV pictures by bilinear, from filtered rows of the source h in Q7: each product is cut off to 4 fractional
 * bits, m(factors, h) = (f₀·h_upper + f₁·h_lower) >> 16, and R = clip((m(luma, hY) + m(red_v, hV) + red) >> 4),
 * G = clip((m(luma, hY) + m(green_u, hU) + m(green_v, hV) + green) >> 4), B = clip((m(luma, hY) + m(blue_u, hU) + blue) >> 4).
 */
#ifndef REFLEXARC_YUV_H
#define REFLEXARC_YUV_H

#include "kernel.h"

#if VEC
/* h of the upper and the lower row side by side, of eight px. */
struct pairs {
    vi low, high;
};

static inline struct pairs load_pairs(const int16_t *const *lines, int32_t i) {
    const vi upper = load(lines[0] + i), lower = load(lines[1] + i);
    return (struct pairs){zip_low_i16(upper, lower), zip_high_i16(upper, lower)};
}

/* m of eight px, in the order 0 4 1 5 2 6 3 7. */
static inline vi multiply(struct pairs h, vi factors) {
    return blend_i16(shift_right_u32(dot_i16(h.low, factors), 16), dot_i16(h.high, factors));
}

/* Eight px in that order: eight bytes of red and eight of green, and eight of blue. */
static inline void convert_x8(const int16_t *const *lines, const struct yuv_factors *by, int32_t i, vi *red_green, vi *blue) {
    const vi y = multiply(load_pairs(lines, i), splat_i32(by->pairs[0]));
    const struct pairs u = load_pairs(lines + 2, i), v = load_pairs(lines + 4, i);
    const vi r = add_i16(add_i16(y, splat_i16(by->added[0])), multiply(v, splat_i32(by->pairs[1])));
    const vi colors = add_i16(multiply(u, splat_i32(by->pairs[2])), multiply(v, splat_i32(by->pairs[3])));
    const vi g = add_i16(add_i16(y, splat_i16(by->added[1])), colors);
    const vi b = add_i16(add_i16(y, splat_i16(by->added[2])), multiply(u, splat_i32(by->pairs[4])));
    *red_green = narrow_i16_u8(shift_right_i16(r, 4), shift_right_i16(g, 4));
    *blue = narrow_i16_u8(shift_right_i16(b, 4), splat_i32(0));
}
#endif

static inline int32_t multiply_pair(const int16_t *const *lines, int32_t i, int32_t factors) {
    return ((int16_t)factors * lines[0][i] + (factors >> 16) * lines[1][i]) >> 16;
}

static inline uint8_t clip_q4(int32_t a) { return (uint8_t)(a < 0 ? 0 : a >> 4 > 255 ? 255 : a >> 4); }

/* One px: red, green, blue. */
static inline void convert_x1(const int16_t *const *lines, const struct yuv_factors *by, int32_t i, uint8_t *out) {
    const int16_t *const *u = lines + 2, *const *v = lines + 4;
    const int32_t y = multiply_pair(lines, i, by->pairs[0]);
    out[0] = clip_q4(y + multiply_pair(v, i, by->pairs[1]) + by->added[0]);
    out[1] = clip_q4(y + multiply_pair(u, i, by->pairs[2]) + multiply_pair(v, i, by->pairs[3]) + by->added[1]);
    out[2] = clip_q4(y + multiply_pair(u, i, by->pairs[4]) + by->added[2]);
}

#endif
