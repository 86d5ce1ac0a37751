/*
 * Horizontal step of TensorFlow's resize_bilinear: out = a + (b − a)·share per channel, each step rounded to float32; a is the px at
 * byte `first[i]` of the RGBX row, b the one after it, share = weights[2i + 1].
 */
#include "../kernel.h"

void SPELLING(blend_columns_u8_f32)(float *out, const uint8_t *row, const int32_t *first, const float *weights, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const uint8_t *px = row + first[i];
        const float share = weights[2 * i + 1];
#if VEC
        const vi pair = load64(px);
        const vi a = swizzle(pair, bytes(0, NIL, NIL, NIL, 1, NIL, NIL, NIL, 2, NIL, NIL, NIL, 3, NIL, NIL, NIL));
        const vi b = swizzle(pair, bytes(4, NIL, NIL, NIL, 5, NIL, NIL, NIL, 6, NIL, NIL, NIL, 7, NIL, NIL, NIL));
        store_f32(out + 4 * i, add_f32(convert_i32_f32(a), mul_f32(convert_i32_f32(sub_i32(b, a)), splat_f32(share))));
#else
        for (int32_t c = 0; c < 3; c++) out[4 * i + c] = (float)px[c] + (float)(px[4 + c] - px[c]) * share;
#endif
    }
}
