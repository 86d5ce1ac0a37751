/* Adds a row of RGBX px to a histogram: 256 counts of R, then of G, then of B. */
#include "../kernel.h"

void SPELLING(count_u8)(int32_t *histogram, const uint8_t *in, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) histogram[256 * c + in[4 * i + c]]++;
    }
}
