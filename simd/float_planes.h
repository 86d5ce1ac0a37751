/*
 * Three planes of float32, for kernels that resize and pack in one step: y = x·gain + offset per channel of the tensor, each step
 * rounded. By colour, red first: which is which in the tensor, of which `reverse` says B, G, R, is settled here.
 */
#ifndef REFLEXARC_FLOAT_PLANES_H
#define REFLEXARC_FLOAT_PLANES_H

#include "kernel.h"

struct float_planes {
    float *plane[3];
    float gain[3], offset[3];
};

/* normal = gain₀ gain₁ gain₂ offset₀ offset₁ offset₂; planes are `plane` elements apart. */
static inline struct float_planes float_planes_of(float *out, const float *normal, int32_t plane, int32_t reverse) {
    const int32_t red = reverse ? 2 : 0, blue = 2 - red;
    return (struct float_planes){{out + red * plane, out + plane, out + blue * plane},
                                 {normal[red], normal[1], normal[blue]},
                                 {normal[3 + red], normal[4], normal[3 + blue]}};
}

#if VEC
struct float_planes_x4 {
    float *plane[3];
    vf gain[3], offset[3];
};

/* As float_planes_of. */
static inline struct float_planes_x4 float_planes_x4_of(float *out, const float *normal, int32_t plane, int32_t reverse) {
    const struct float_planes to = float_planes_of(out, normal, plane, reverse);
    return (struct float_planes_x4){{to.plane[0], to.plane[1], to.plane[2]},
                                    {splat_f32(to.gain[0]), splat_f32(to.gain[1]), splat_f32(to.gain[2])},
                                    {splat_f32(to.offset[0]), splat_f32(to.offset[1]), splat_f32(to.offset[2])}};
}

/* Four px of a colour, from int32. */
static inline void pack_x4(const struct float_planes_x4 *to, int32_t color, int32_t at, vi x) {
    store_f32(to->plane[color] + at, add_f32(mul_f32(convert_i32_f32(x), to->gain[color]), to->offset[color]));
}
#endif

#endif
