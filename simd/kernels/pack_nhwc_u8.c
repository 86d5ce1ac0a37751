/* A row of RGBX px into px of three bytes. With `reverse` B, G, R. */
#include "../kernel.h"

void SPELLING(pack_nhwc_u8)(void *out, const uint8_t *row, const float *normal, int32_t plane, int32_t reverse,
                            int32_t count) {
    uint8_t *to = out;
    int32_t i = 0;
    (void)normal;
    (void)plane;
#if VEC
    const vi order = reverse ? bytes(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, NIL, NIL, NIL, NIL)
                             : bytes(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, NIL, NIL, NIL, NIL);
    for (; i + 4 <= count; i += 4) {
        const vi px = swizzle(load(row + 4 * i), order);
        store64(to + 3 * i, px);
        store32(to + 3 * i + 8, swizzle(px, bytes(8, 9, 10, 11, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL)));
    }
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) to[3 * i + c] = row[4 * i + (reverse ? 2 - c : c)];
    }
}
