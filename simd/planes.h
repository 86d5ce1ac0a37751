/* Rows of RGBX px, of float32 four numbers each, as the packers take them. */
#ifndef REFLEXARC_PLANES_H
#define REFLEXARC_PLANES_H

#include "kernel.h"

#if VEC
/* Four px by channel: R, G, B. */
struct planes {
    vf channel[3];
};

static inline struct planes planes_of_f32(const float *px) {
    const vi a = bits_f32(load_f32(px)), b = bits_f32(load_f32(px + 4));
    const vi c = bits_f32(load_f32(px + 8)), d = bits_f32(load_f32(px + 12));
    const vi even = zip_low_i32(a, c), odd = zip_low_i32(b, d);
    return (struct planes){{float_bits(zip_low_i32(even, odd)), float_bits(zip_high_i32(even, odd)),
                            float_bits(zip_low_i32(zip_high_i32(a, c), zip_high_i32(b, d)))}};
}

static inline struct planes planes_of_u8(const uint8_t *px) {
    const vi all = load(px);
    const vi red = swizzle(all, bytes(0, NIL, NIL, NIL, 4, NIL, NIL, NIL, 8, NIL, NIL, NIL, 12, NIL, NIL, NIL));
    const vi green = swizzle(all, bytes(1, NIL, NIL, NIL, 5, NIL, NIL, NIL, 9, NIL, NIL, NIL, 13, NIL, NIL, NIL));
    const vi blue = swizzle(all, bytes(2, NIL, NIL, NIL, 6, NIL, NIL, NIL, 10, NIL, NIL, NIL, 14, NIL, NIL, NIL));
    return (struct planes){{convert_i32_f32(red), convert_i32_f32(green), convert_i32_f32(blue)}};
}

/* Gain and offset of the three channels of a px; nothing for the fourth. */
struct px_normal {
    vf gain, offset;
};

static inline struct px_normal px_normal_of(const float *normal) {
    const float gain[4] = {normal[0], normal[1], normal[2], 0}, offset[4] = {normal[3], normal[4], normal[5], 0};
    return (struct px_normal){load_f32(gain), load_f32(offset)};
}

/* One px, in the order of the tensor. */
static inline vf normalise_px(const float *px, struct px_normal normal, int32_t reverse) {
    const vi order = reverse ? bytes(8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15)
                             : bytes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const vf x = float_bits(swizzle(bits_f32(load_f32(px)), order));
    return add_f32(mul_f32(x, normal.gain), normal.offset);
}
#endif

#endif
