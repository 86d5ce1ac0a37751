/*
 * Horizontal step of the float filters: out = Σ k·x per channel over `taps` px from byte `first[i]` of the RGBX row, from the
 * first to the last, beginning with 0, each product and each sum rounded to float32. weights: `taps` per output px.
 */
#include "../kernel.h"

#if VEC
static inline vf add_px(vf sum, vi four, vi channels, float weight) {
    return add_f32(sum, mul_f32(convert_i32_f32(swizzle(four, channels)), splat_f32(weight)));
}
#endif

void SPELLING(weigh_columns_u8_f32)(float *out, const uint8_t *row, const int32_t *first, const float *weights,
                                    int32_t taps, int32_t count) {
    for (int32_t i = 0; i < count; i++, weights += taps) {
        const uint8_t *px = row + first[i];
        int32_t t = 0;
#if VEC
        const vi one = bytes(0, NIL, NIL, NIL, 1, NIL, NIL, NIL, 2, NIL, NIL, NIL, 3, NIL, NIL, NIL);
        const vi two = bytes(4, NIL, NIL, NIL, 5, NIL, NIL, NIL, 6, NIL, NIL, NIL, 7, NIL, NIL, NIL);
        const vi three = bytes(8, NIL, NIL, NIL, 9, NIL, NIL, NIL, 10, NIL, NIL, NIL, 11, NIL, NIL, NIL);
        const vi four = bytes(12, NIL, NIL, NIL, 13, NIL, NIL, NIL, 14, NIL, NIL, NIL, 15, NIL, NIL, NIL);
        vf sum = splat_f32(0);
        for (; t + 4 <= taps; t += 4) {
            const vi all = load(px + 4 * t);
            sum = add_px(sum, all, one, weights[t]);
            sum = add_px(sum, all, two, weights[t + 1]);
            sum = add_px(sum, all, three, weights[t + 2]);
            sum = add_px(sum, all, four, weights[t + 3]);
        }
        for (; t < taps; t++) sum = add_px(sum, load32_splat(px + 4 * t), one, weights[t]);
        store_f32(out + 4 * i, sum);
#else
        float sum[3] = {0, 0, 0};
        for (; t < taps; t++) {
            for (int32_t c = 0; c < 3; c++) sum[c] += px[4 * t + c] * weights[t];
        }
        for (int32_t c = 0; c < 3; c++) out[4 * i + c] = sum[c];
#endif
    }
}
