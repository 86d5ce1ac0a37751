/* As pack_nhwc_u8_f32, for a row of RGBX px of float32. */
#include "../planes.h"

void SPELLING(pack_nhwc_f32)(void *out, const float *row, const float *normal, int32_t plane, int32_t reverse, int32_t count) {
    float *to = out;
    int32_t i = 0;
    (void)plane;
#if VEC
    const struct px_normal n = px_normal_of(normal);
    /* Four numbers are written for a px of three; the next px overwrites the fourth, and the last one is done apart. */
    for (; i + 2 <= count; i++) store_f32(to + 3 * i, normalise_px(row + 4 * i, n, reverse));
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) to[3 * i + c] = row[4 * i + (reverse ? 2 - c : c)] * normal[c] + normal[3 + c];
    }
}
