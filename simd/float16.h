/*
 * The bits of the binary16 number nearest to a float32 that is not NaN; a half goes to the even one, what is too large
 * becomes infinite. Above 2^-14 the significand is rounded as an integer; below, adding 0.5 makes the adder round at 2^-24.
 */
#ifndef REFLEXARC_FLOAT16_H
#define REFLEXARC_FLOAT16_H

#include "kernel.h"

enum { HALF_ONE = 0x3f000000, SMALLEST_NORMAL = 113 << 23, FIRST_INFINITE = 143 << 23 };

static inline uint16_t float16_bits(float value) {
    uint32_t all;
    memcpy(&all, &value, 4);
    const uint32_t sign = all & 0x80000000u;
    uint32_t magnitude = all ^ sign;
    if (magnitude >= FIRST_INFINITE) {
        magnitude = 0x7c00;
    } else if (magnitude < SMALLEST_NORMAL) {
        float shifted;
        memcpy(&shifted, &magnitude, 4);
        shifted += 0.5f;
        memcpy(&magnitude, &shifted, 4);
        magnitude -= HALF_ONE;
    } else {
        magnitude = (magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
    }
    return (uint16_t)(magnitude | sign >> 16);
}

#if VEC
/* Four at once, each in the low half of a lane. */
static inline vi float16_bits_x4(vf value) {
    const vi all = bits_f32(value);
    const vi magnitude = and_bits(all, splat_i32(0x7fffffff));
    const vi odd = and_bits(shift_right_u32(magnitude, 13), splat_i32(1));
    const vi normal = shift_right_u32(add_i32(add_i32(magnitude, splat_i32(0xfff - (112 << 23))), odd), 13);
    const vi tiny = sub_i32(bits_f32(add_f32(float_bits(magnitude), splat_f32(0.5f))), splat_i32(HALF_ONE));
    const vi finite = select_bits(greater_i32(splat_i32(SMALLEST_NORMAL), magnitude), tiny, normal);
    const vi half = select_bits(greater_i32(splat_i32(FIRST_INFINITE), magnitude), finite, splat_i32(0x7c00));
    return or_bits(half, and_bits(shift_right_u32(all, 16), splat_i32(0x8000)));
}
#endif

#endif
