/*
 * A row of samples taken by bilinear from anywhere of a picture of 16 bits, the lower byte first, each made 8 bits before:
 * trunc(clip(s·levels[0] + levels[1])) with clip to 0…255; each step is rounded to float32. Formulas: samples.h.
 */
#include "../samples.h"

static inline int32_t SPELLING(gray_level)(const uint8_t *in, const float *levels) {
    const float product = (float)(in[0] | in[1] << 8) * levels[0], level = product + levels[1];
    return (int32_t)(level < 0 ? 0 : level > 255 ? 255 : level);
}

#if VEC
static inline vi levels_x4(const uint16_t *samples, const float *levels) {
    const vf level = add_f32(mul_f32(convert_i32_f32(load_u16x4(samples)), splat_f32(levels[0])), splat_f32(levels[1]));
    return truncate_f32_i32(min_f32(max_f32(level, splat_f32(0)), splat_f32(255)));
}

/* The left and the right samples of four pairs. */
static inline vi level_pairs(const uint16_t *left, const uint16_t *right, const float *levels) {
    return or_bits(levels_x4(left, levels), shift_left_i32(levels_x4(right, levels), 16));
}
#endif

void SPELLING(sample_gray_u16)(uint8_t *out, const struct samples *samples, const float *levels, int32_t count) {
    const struct samples in = *samples;
    const int32_t places[4] = {0, in.step, in.stride, in.stride + in.step};
    int32_t i = 0;
#if VEC
    for (; i + 4 <= count; i += 4) {
        uint16_t quads[4][4];
        for (int32_t k = 0; k < 4; k++) {
            const uint8_t *from = sample_at(&in, i + k);
            for (int32_t t = 0; t < 4; t++) memcpy(&quads[t][k], from + places[t], 2);
        }
        store_x4(out + i, blend_samples(level_pairs(quads[0], quads[1], levels), level_pairs(quads[2], quads[3], levels),
                                        load(in.column_weights + i), load(in.row_weights + i)));
    }
#endif
    for (; i < count; i++) {
        const uint8_t *from = sample_at(&in, i);
        int32_t quad[4];
        for (int32_t t = 0; t < 4; t++) quad[t] = SPELLING(gray_level)(from + places[t], levels);
        out[i] = blend_sample(quad, quad + 2, in.column_weights[i], in.row_weights[i]);
    }
}
