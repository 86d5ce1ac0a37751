/* As weigh_columns_u8_f32, for a row of bytes. Four sums at a time, because each waits for itself; their bytes lie too far apart for vectors. */
#include "../kernel.h"

void SPELLING(weigh_columns_plane_u8_f32)(float *out, const uint8_t *row, const int32_t *first, const float *weights,
                                          int32_t taps, int32_t count) {
    int32_t i = 0;
    for (; i + 4 <= count; i += 4, weights += 4 * taps) {
        const uint8_t *a = row + first[i], *b = row + first[i + 1], *c = row + first[i + 2], *d = row + first[i + 3];
        float sum[4] = {0, 0, 0, 0};
        for (int32_t t = 0; t < taps; t++) {
            sum[0] += a[t] * weights[t];
            sum[1] += b[t] * weights[taps + t];
            sum[2] += c[t] * weights[2 * taps + t];
            sum[3] += d[t] * weights[3 * taps + t];
        }
        for (int32_t k = 0; k < 4; k++) out[i + k] = sum[k];
    }
    for (; i < count; i++, weights += taps) {
        float sum = 0;
        for (int32_t t = 0; t < taps; t++) sum += row[first[i] + t] * weights[t];
        out[i] = sum;
    }
}
