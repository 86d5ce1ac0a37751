/*
 * 1 if one of `count` kept boxes of the same class has IoU > threshold with `box`, else 0. Each box is x₁ y₁ x₂ y₂ with
 * x₁ ≤ x₂, y₁ ≤ y₂, its area and its class (an int32's bits); `kept` has six arrays of these, `stride` elements apart.
 * IoU = i / ((a + b) − i), each step rounded; NaN (two empty boxes) is not above any threshold.
 */
#include "../kernel.h"

static inline float smaller(float a, float b) { return b < a ? b : a; }
static inline float larger(float a, float b) { return a < b ? b : a; }

int32_t SPELLING(overlaps_any_f32)(const float *kept, int32_t stride, const float *box, float threshold, int32_t count) {
    const float *left = kept, *top = left + stride, *right = top + stride, *bottom = right + stride;
    const float *area = bottom + stride, *class_of = area + stride;
    int32_t i = 0;
#if VEC
    const vf x1 = splat_f32(box[0]), y1 = splat_f32(box[1]), x2 = splat_f32(box[2]), y2 = splat_f32(box[3]);
    const vf own_area = splat_f32(box[4]), limit = splat_f32(threshold), zero = splat_f32(0);
    const vi own_class = load32_splat(box + 5);
    for (; i + 4 <= count; i += 4) {
        const vf width = sub_f32(min_f32(load_f32(right + i), x2), max_f32(load_f32(left + i), x1));
        const vf height = sub_f32(min_f32(load_f32(bottom + i), y2), max_f32(load_f32(top + i), y1));
        const vf common = mul_f32(max_f32(width, zero), max_f32(height, zero));
        const vf iou = div_f32(common, sub_f32(add_f32(load_f32(area + i), own_area), common));
        if (any_bit(and_bits(greater_f32(iou, limit), equal_i32(load(class_of + i), own_class)))) return 1;
    }
#endif
    for (; i < count; i++) {
        if (memcmp(class_of + i, box + 5, 4) != 0) continue;
        const float width = larger(smaller(right[i], box[2]) - larger(left[i], box[0]), 0);
        const float height = larger(smaller(bottom[i], box[3]) - larger(top[i], box[1]), 0);
        const float common = width * height;
        if (common / (area[i] + box[4] - common) > threshold) return 1;
    }
    return 0;
}
