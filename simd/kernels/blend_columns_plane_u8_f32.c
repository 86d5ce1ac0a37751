/* As blend_columns_u8_f32, for a row of bytes. */
#include "../kernel.h"

void SPELLING(blend_columns_plane_u8_f32)(float *out, const uint8_t *row, const int32_t *first, const float *weights, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const uint8_t *x = row + first[i];
        out[i] = (float)x[0] + (float)(x[1] - x[0]) * weights[2 * i + 1];
    }
}
