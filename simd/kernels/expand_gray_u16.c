/*
 * A row of gray samples of 16 bits, the lower byte first, as RGBX px with three equal channels; X = 0.
 * x = trunc(clip(s·levels[0] + levels[1])) with clip to 0…255; each step is rounded to float32.
 */
#include "../kernel.h"

static inline uint8_t SPELLING(level)(const uint8_t *in, const float *levels) {
    const float product = (float)(in[0] | in[1] << 8) * levels[0], level = product + levels[1];
    return (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
}

void SPELLING(expand_gray_u16)(uint8_t *out, const uint8_t *in, const float *levels, int32_t count) {
    int32_t i = 0;
#if VEC
    const vf gain = splat_f32(levels[0]), offset = splat_f32(levels[1]), least = splat_f32(0), most = splat_f32(255);
    const vi spread = bytes(0, 0, 0, NIL, 4, 4, 4, NIL, 8, 8, 8, NIL, 12, 12, 12, NIL);
    for (; i + 4 <= count; i += 4) {
        const vf level = add_f32(mul_f32(convert_i32_f32(load_u16x4(in + 2 * i)), gain), offset);
        store(out + 4 * i, swizzle(truncate_f32_i32(min_f32(max_f32(level, least), most)), spread));
    }
#endif
    for (; i < count; i++) {
        out[4 * i] = out[4 * i + 1] = out[4 * i + 2] = SPELLING(level)(in + 2 * i, levels);
        out[4 * i + 3] = 0;
    }
}
