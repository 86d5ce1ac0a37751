/* A row of RGBX px into three planes of bytes, `plane` elements apart. With `reverse` the planes are B, G, R. */
#include "../kernel.h"

void SPELLING(pack_nchw_u8)(void *out, const uint8_t *row, const float *normal, int32_t plane, int32_t reverse,
                            int32_t count) {
    uint8_t *first = out, *second = first + plane, *third = second + plane;
    int32_t i = 0;
    (void)normal;
#if VEC
    /* Each channel's 4 bytes side by side. */
    const vi by_channel = reverse ? bytes(2, 6, 10, 14, 1, 5, 9, 13, 0, 4, 8, 12, NIL, NIL, NIL, NIL)
                                  : bytes(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, NIL, NIL, NIL, NIL);
    for (; i + 4 <= count; i += 4) {
        const vi px = swizzle(load(row + 4 * i), by_channel);
        store32(first + i, px);
        store32(second + i, swizzle(px, bytes(4, 5, 6, 7, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL)));
        store32(third + i, swizzle(px, bytes(8, 9, 10, 11, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL)));
    }
#endif
    const int32_t from = reverse ? 2 : 0;
    for (; i < count; i++) {
        first[i] = row[4 * i + from];
        second[i] = row[4 * i + 1];
        third[i] = row[4 * i + 2 - from];
    }
}
