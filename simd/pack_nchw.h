/*
 * A row of RGBX px into three planes, `plane` elements apart: y = x·gain + offset per channel of the tensor, each step rounded.
 * normal = gain₀ gain₁ gain₂ offset₀ offset₁ offset₂. With `reverse` the planes are B, G, R. The row holds bytes, or, with FLOAT_ROW,
 * float32.
 */
#include "element.h"
#include "planes.h"

#ifdef FLOAT_ROW
typedef float sample;
#define PLANES_OF planes_of_f32
#else
typedef uint8_t sample;
#define PLANES_OF planes_of_u8
#endif

void SPELLED_KERNEL(void *out, const sample *row, const float *normal, int32_t plane, int32_t reverse, int32_t count) {
    /* Of red, green and blue: which is which in the tensor is settled here. */
    element *to[3];
    float gain[3], offset[3];
    int32_t i = 0;
    for (int32_t c = 0; c < 3; c++) {
        const int32_t at = reverse ? 2 - c : c;
        to[c] = (element *)out + at * plane, gain[c] = normal[at], offset[c] = normal[3 + at];
    }
#if VEC
    const vf gains[3] = {splat_f32(gain[0]), splat_f32(gain[1]), splat_f32(gain[2])};
    const vf offsets[3] = {splat_f32(offset[0]), splat_f32(offset[1]), splat_f32(offset[2])};
    for (; i + 4 <= count; i += 4) {
        const struct planes px = PLANES_OF(row + 4 * i);
        for (int32_t c = 0; c < 3; c++) {
            store_elements_x4(to[c] + i, add_f32(mul_f32(px.channel[c], gains[c]), offsets[c]), normal + 6);
        }
    }
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) to[c][i] = element_of(row[4 * i + c] * gain[c] + offset[c], normal + 6);
    }
}
