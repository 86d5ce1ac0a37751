/*
 * OpenCV's INTER_LINEAR on bytes. Columns: h = (a·x₀ + b·x₁) >> 4, at most (255 · 2049) >> 4, which fits an int16. Rows:
 * ((a·upper >> 16) + (b·lower >> 16) + 2) >> 2, at most 255; the two products are cut apart.
 */
#ifndef REFLEXARC_BILINEAR_H
#define REFLEXARC_BILINEAR_H

#include "kernel.h"

/* h of the sample x[0] and of the one `next` bytes after it. */
static inline int32_t filter_x1(const uint8_t *x, int32_t next, const int16_t *weights) {
    return (weights[0] * x[0] + weights[1] * x[next]) >> 4;
}

/* Of h of two rows. */
static inline int32_t blend_x1(int32_t upper, int32_t lower, const int16_t *weights) {
    return ((upper * weights[0] >> 16) + (lower * weights[1] >> 16) + 2) >> 2;
}

#if VEC
/* Four h as int32, from pairs of samples and of weights. */
static inline vi filter_x4(vi pairs, vi weights) { return shift_right_i32(dot_i16(pairs, weights), 4); }

/* Four products of h, cut off. What the weights have in the high half of a lane does not count: h is not negative, and has 0 there. */
static inline vi share_x4(vi h, vi weights) { return shift_right_i32(dot_i16(h, weights), 16); }

/* Of two rows, the blend. */
static inline vi sum_x4(vi upper, vi lower) { return shift_right_i32(add_i32(add_i32(upper, lower), splat_i32(2)), 2); }
#endif

#endif
