/*
 * Which samples of an axis of `size` lie around points of a picture, and what each weighs. s = points·scale + offset (each step
 * rounded to float32), inside 0 … size − 1: what lies beside the picture is at its edge. first = trunc(s), at most size − 2;
 * b = trunc((s − first)·2^14 + ½), weights = 2^14 − b in the low half, b in the high one.
 */
#include "../kernel.h"

void SPELLING(place_samples_f32)(int32_t *first, int32_t *weights, const float *points, float scale, float offset, int32_t size,
                                 int32_t count) {
    const float last = (float)(size - 1), last_pair = size > 2 ? (float)(size - 2) : 0;
    int32_t i = 0;
#if VEC
    for (; i + 4 <= count; i += 4) {
        const vf point = add_f32(mul_f32(load_f32(points + i), splat_f32(scale)), splat_f32(offset));
        const vf s = min_f32(max_f32(point, splat_f32(0)), splat_f32(last));
        const vi at = truncate_f32_i32(min_f32(s, splat_f32(last_pair)));
        const vf share = mul_f32(sub_f32(s, convert_i32_f32(at)), splat_f32(1 << 14));
        const vi b = truncate_f32_i32(add_f32(share, splat_f32(0.5f)));
        store(first + i, at);
        store(weights + i, or_bits(sub_i32(splat_i32(1 << 14), b), shift_left_i32(b, 16)));
    }
#endif
    for (; i < count; i++) {
        const float point = points[i] * scale + offset, above = point < 0 ? 0 : point;
        const float s = last < above ? last : above;
        first[i] = (int32_t)(last_pair < s ? last_pair : s);
        const int32_t b = (int32_t)((s - (float)first[i]) * (1 << 14) + 0.5f);
        weights[i] = ((1 << 14) - b) | b << 16;
    }
}
