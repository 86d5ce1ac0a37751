/*
 * A row of RGBX px into three planes of float32, `plane` elements apart: y = x·gain + offset per channel of the tensor,
 * each step rounded. normal = gain₀ gain₁ gain₂ offset₀ offset₁ offset₂. With `reverse` the planes are B, G, R.
 */
#include "../kernel.h"

void SPELLING(pack_nchw_u8_f32)(void *out, const uint8_t *row, const float *normal, int32_t plane, int32_t reverse,
                                int32_t count) {
    float *first = out, *second = first + plane, *third = second + plane;
    int32_t i = 0;
#if VEC
    const vi red = bytes(0, NIL, NIL, NIL, 4, NIL, NIL, NIL, 8, NIL, NIL, NIL, 12, NIL, NIL, NIL);
    const vi green = bytes(1, NIL, NIL, NIL, 5, NIL, NIL, NIL, 9, NIL, NIL, NIL, 13, NIL, NIL, NIL);
    const vi blue = bytes(2, NIL, NIL, NIL, 6, NIL, NIL, NIL, 10, NIL, NIL, NIL, 14, NIL, NIL, NIL);
    float *reds = reverse ? third : first, *blues = reverse ? first : third;
    const int32_t r = reverse ? 2 : 0, b = 2 - r;
    const vf gain_r = splat_f32(normal[r]), gain_g = splat_f32(normal[1]), gain_b = splat_f32(normal[b]);
    const vf offset_r = splat_f32(normal[3 + r]), offset_g = splat_f32(normal[4]), offset_b = splat_f32(normal[3 + b]);
    for (; i + 4 <= count; i += 4) {
        const vi px = load(row + 4 * i);
        store_f32(reds + i, add_f32(mul_f32(convert_i32_f32(swizzle(px, red)), gain_r), offset_r));
        store_f32(second + i, add_f32(mul_f32(convert_i32_f32(swizzle(px, green)), gain_g), offset_g));
        store_f32(blues + i, add_f32(mul_f32(convert_i32_f32(swizzle(px, blue)), gain_b), offset_b));
    }
#endif
    const int32_t from = reverse ? 2 : 0;
    for (; i < count; i++) {
        first[i] = row[4 * i + from] * normal[0] + normal[3];
        second[i] = row[4 * i + 1] * normal[1] + normal[4];
        third[i] = row[4 * i + 2 - from] * normal[2] + normal[5];
    }
}
