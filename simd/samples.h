/*
 * Bilinear at any place: h = (a·x₀ + b·x₁) >> 7 of the upper and of the lower pair of samples (a + b = 2^14: 7 fractional bits), then
 * s = c·h_upper + d·h_lower (c + d = 2^14: 21 fractional bits), as a byte (s + 2^20) >> 21. That is within 0.51 of the same in real
 * numbers. See struct samples.
 */
#ifndef REFLEXARC_SAMPLES_H
#define REFLEXARC_SAMPLES_H

#include "kernel.h"

static inline const uint8_t *sample_at(const struct samples *in, int32_t i) {
    return in->from + (size_t)in->rows[i] * (size_t)in->stride + (size_t)in->columns[i] * (size_t)in->step;
}

#if VEC
/* s of pairs of samples in 16 bits each. */
static inline vi mix_samples(vi upper, vi lower, vi columns, vi rows) {
    const vi h = blend_i16(shift_right_i32(dot_i16(upper, columns), 7), shift_left_i32(dot_i16(lower, columns), 9));
    return dot_i16(h, rows);
}

/* The same as a byte in 32 bits. */
static inline vi blend_samples(vi upper, vi lower, vi columns, vi rows) {
    return shift_right_i32(add_i32(mix_samples(upper, lower, columns, rows), splat_i32(1 << 20)), 21);
}

/* The four samples of output i, upper ones first, as bytes of one number. */
static inline int32_t quad_at(const struct samples *in, int32_t i) {
    const uint8_t *upper = sample_at(in, i), *lower = upper + in->stride;
    return (int32_t)(upper[0] | (uint32_t)upper[in->step] << 8 | (uint32_t)lower[0] << 16 | (uint32_t)lower[in->step] << 24);
}

/* s of outputs i … i + 3 of a plane. */
static inline vi mix_plane_x4(const struct samples *in, int32_t i) {
    const vi upper = bytes(0, NIL, 1, NIL, 4, NIL, 5, NIL, 8, NIL, 9, NIL, 12, NIL, 13, NIL);
    const vi lower = bytes(2, NIL, 3, NIL, 6, NIL, 7, NIL, 10, NIL, 11, NIL, 14, NIL, 15, NIL);
    const vi all = make_i32(quad_at(in, i), quad_at(in, i + 1), quad_at(in, i + 2), quad_at(in, i + 3));
    return mix_samples(swizzle(all, upper), swizzle(all, lower), load(in->column_weights + i), load(in->row_weights + i));
}

/* Four of them as bytes. */
static inline void store_x4(uint8_t *out, vi a) {
    const vi narrow = narrow_i32_i16(a, a);
    store32(out, narrow_i16_u8(narrow, narrow));
}
#endif

static inline int32_t mix_sample(const int32_t *upper, const int32_t *lower, int32_t columns, int32_t rows) {
    const int32_t h = ((int16_t)columns * upper[0] + (columns >> 16) * upper[1]) >> 7;
    const int32_t below = ((int16_t)columns * lower[0] + (columns >> 16) * lower[1]) >> 7;
    return (int16_t)rows * h + (rows >> 16) * below;
}

static inline uint8_t blend_sample(const int32_t *upper, const int32_t *lower, int32_t columns, int32_t rows) {
    return (uint8_t)((mix_sample(upper, lower, columns, rows) + (1 << 20)) >> 21);
}

/* s of output i of a plane. */
static inline int32_t mix_plane_x1(const struct samples *in, int32_t i) {
    const uint8_t *from = sample_at(in, i), *below = from + in->stride;
    const int32_t upper[2] = {from[0], from[in->step]}, lower[2] = {below[0], below[in->step]};
    return mix_sample(upper, lower, in->column_weights[i], in->row_weights[i]);
}

#endif
