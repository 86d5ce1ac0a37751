/*
 * Bilinear at any place: h = (a·x₀ + b·x₁) >> 7 of the upper and of the lower pair of samples (a + b = 2^14: 7 fractional bits), then
 * (c·h_upper + d·h_lower + 2^20) >> 21 (c + d = 2^14). Within 0.51 of the same in real numbers. See struct samples.
 */
#ifndef REFLEXARC_SAMPLES_H
#define REFLEXARC_SAMPLES_H

#include "kernel.h"

static inline const uint8_t *sample_at(const struct samples *in, int32_t i) {
    return in->from + (size_t)in->rows[i] * (size_t)in->stride + (size_t)in->columns[i] * (size_t)in->step;
}

#if VEC
/* Pairs of samples in 16 bits each; as int32. */
static inline vi blend_samples(vi upper, vi lower, vi columns, vi rows) {
    const vi h = blend_i16(shift_right_i32(dot_i16(upper, columns), 7), shift_left_i32(dot_i16(lower, columns), 9));
    return shift_right_i32(add_i32(dot_i16(h, rows), splat_i32(1 << 20)), 21);
}

/* Four of them as bytes. */
static inline void store_x4(uint8_t *out, vi a) {
    const vi narrow = narrow_i32_i16(a, a);
    store32(out, narrow_i16_u8(narrow, narrow));
}
#endif

static inline uint8_t blend_sample(const int32_t *upper, const int32_t *lower, int32_t columns, int32_t rows) {
    const int32_t h = ((int16_t)columns * upper[0] + (columns >> 16) * upper[1]) >> 7;
    const int32_t below = ((int16_t)columns * lower[0] + (columns >> 16) * lower[1]) >> 7;
    return (uint8_t)(((int16_t)rows * h + (rows >> 16) * below + (1 << 20)) >> 21);
}

#endif
