/* As pack_nchw_u8_f32, for a row of RGBX px of float32. */
#include "../planes.h"

void SPELLING(pack_nchw_f32)(void *out, const float *row, const float *normal, int32_t plane, int32_t reverse, int32_t count) {
    float *base = out;
    int32_t i = 0;
#if VEC
    for (; i + 4 <= count; i += 4) {
        const struct planes px = planes_of(row + 4 * i);
        for (int32_t c = 0; c < 3; c++) {
            const vf x = px.channel[reverse ? 2 - c : c];
            store_f32(base + c * plane + i, add_f32(mul_f32(x, splat_f32(normal[c])), splat_f32(normal[3 + c])));
        }
    }
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) base[c * plane + i] = row[4 * i + (reverse ? 2 - c : c)] * normal[c] + normal[3 + c];
    }
}
