/*
 * Whole numbers of a quantised tensor: q = round(clamp(y, low, high)) + zero_point, a half to the even number. limits = low high zero_point;
 * low and high are the ends of the type less the zero point, so that clamping first gives the same. Adding 1.5 · 2^23 leaves
 * no room for a fraction, and the whole number, as two's complement, in the low bits.
 */
#ifndef REFLEXARC_QUANTIZE_H
#define REFLEXARC_QUANTIZE_H

#include "kernel.h"

#define TO_LOW_BITS 12582912.0f

/* The low byte of q: int8 and uint8 alike. */
static inline uint8_t quantize(float y, const float *limits) {
    const float below = y < limits[1] ? y : limits[1], within = below < limits[0] ? limits[0] : below, shifted = within + TO_LOW_BITS;
    uint32_t low_bits;
    memcpy(&low_bits, &shifted, 4);
    return (uint8_t)(low_bits + (uint32_t)(int32_t)limits[2]);
}

#if VEC
/* Four at once; only the low byte of each lane has a meaning. */
static inline vi quantize_x4(vf y, const float *limits) {
    const vf within = max_f32(min_f32(y, splat_f32(limits[1])), splat_f32(limits[0]));
    return add_i32(bits_f32(add_f32(within, splat_f32(TO_LOW_BITS))), splat_i32((int32_t)limits[2]));
}

/* Those four bytes. */
static inline void store_quantized_x4(uint8_t *to, vf y, const float *limits) {
    const vi low_bytes = bytes(0, 4, 8, 12, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL);
    store32(to, swizzle(quantize_x4(y, limits), low_bytes));
}
#endif

#endif
