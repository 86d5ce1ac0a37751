/* Vertical step of TensorFlow's resize_bilinear: out = a + (b − a)·share per number of two lines, each step rounded to float32. */
#include "../kernel.h"

void SPELLING(blend_rows_f32)(float *out, const float *upper, const float *lower, float share, int32_t count) {
    int32_t i = 0;
#if VEC
    const vf shares = splat_f32(share);
    for (; i + 4 <= count; i += 4) {
        const vf a = load_f32(upper + i), b = load_f32(lower + i);
        store_f32(out + i, add_f32(a, mul_f32(sub_f32(b, a), shares)));
    }
#endif
    for (; i < count; i++) out[i] = upper[i] + (lower[i] - upper[i]) * share;
}
