/* A row of RGB (or, with `reverse`, BGR) px as RGBX px in RGB order; X = 0. */
#include "../kernel.h"

void SPELLING(expand_rgb_u8)(uint8_t *out, const uint8_t *in, int32_t reverse, int32_t count) {
    int32_t i = 0;
#if VEC
    const vi order = reverse ? bytes(2, 1, 0, NIL, 5, 4, 3, NIL, 8, 7, 6, NIL, 11, 10, 9, NIL)
                             : bytes(0, 1, 2, NIL, 3, 4, 5, NIL, 6, 7, 8, NIL, 9, 10, 11, NIL);
    /* 16 bytes are read for 4 px of 12: the last two px keep the loop inside the row. */
    for (; i + 6 <= count; i += 4) store(out + 4 * i, swizzle(load(in + 3 * i), order));
#endif
    const int32_t red = reverse ? 2 : 0;
    for (; i < count; i++) {
        out[4 * i] = in[3 * i + red];
        out[4 * i + 1] = in[3 * i + 1];
        out[4 * i + 2] = in[3 * i + 2 - red];
        out[4 * i + 3] = 0;
    }
}
