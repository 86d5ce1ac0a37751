/* Each channel of a row of RGBX px through a table of its own: tables holds 256 bytes of R, then of G, then of B. X = 0. */
#include "../kernel.h"

void SPELLING(map_u8)(uint8_t *out, const uint8_t *in, const uint8_t *tables, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const uint8_t red = tables[in[4 * i]], green = tables[256 + in[4 * i + 1]], blue = tables[512 + in[4 * i + 2]];
        out[4 * i] = red, out[4 * i + 1] = green, out[4 * i + 2] = blue, out[4 * i + 3] = 0;
    }
}
