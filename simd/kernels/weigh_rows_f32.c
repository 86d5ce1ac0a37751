/*
 * Vertical step of the float filters: out = Σ k·line per number over `taps` rows, from the first to the last, beginning with
 * 0, each product and each sum rounded to float32.
 */
#include "../kernel.h"

void SPELLING(weigh_rows_f32)(float *out, const float *const *lines, const float *weights, int32_t taps, int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 16 <= count; i += 16) {
        vf sum[4] = {splat_f32(0), splat_f32(0), splat_f32(0), splat_f32(0)};
        for (int32_t t = 0; t < taps; t++) {
            const float *line = lines[t] + i;
            const vf weight = splat_f32(weights[t]);
            sum[0] = add_f32(sum[0], mul_f32(load_f32(line), weight));
            sum[1] = add_f32(sum[1], mul_f32(load_f32(line + 4), weight));
            sum[2] = add_f32(sum[2], mul_f32(load_f32(line + 8), weight));
            sum[3] = add_f32(sum[3], mul_f32(load_f32(line + 12), weight));
        }
        store_f32(out + i, sum[0]), store_f32(out + i + 4, sum[1]);
        store_f32(out + i + 8, sum[2]), store_f32(out + i + 12, sum[3]);
    }
#endif
    for (; i < count; i++) {
        float sum = 0;
        for (int32_t t = 0; t < taps; t++) sum += lines[t][i] * weights[t];
        out[i] = sum;
    }
}
