/* As weigh_columns_u8_f32, for a row of bytes. One sum waits for itself, so that there is nothing to do four at a time. */
#include "../kernel.h"

void SPELLING(weigh_columns_plane_u8_f32)(float *out, const uint8_t *row, const int32_t *first, const float *weights,
                                          int32_t taps, int32_t count) {
    for (int32_t i = 0; i < count; i++, weights += taps) {
        const uint8_t *x = row + first[i];
        float sum = 0;
        for (int32_t t = 0; t < taps; t++) sum += x[t] * weights[t];
        out[i] = sum;
    }
}
