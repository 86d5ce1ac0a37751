/* A row of gray px as RGBX px with three equal channels; X = 0. */
#include "../kernel.h"

void SPELLING(expand_gray_u8)(uint8_t *out, const uint8_t *in, int32_t count) {
    int32_t i = 0;
#if VEC
    const vi low = bytes(0, 0, 0, NIL, 1, 1, 1, NIL, 2, 2, 2, NIL, 3, 3, 3, NIL);
    const vi high = bytes(4, 4, 4, NIL, 5, 5, 5, NIL, 6, 6, 6, NIL, 7, 7, 7, NIL);
    for (; i + 8 <= count; i += 8) {
        const vi px = load64(in + i);
        store(out + 4 * i, swizzle(px, low));
        store(out + 4 * i + 16, swizzle(px, high));
    }
#endif
    for (; i < count; i++) {
        out[4 * i] = out[4 * i + 1] = out[4 * i + 2] = in[i];
        out[4 * i + 3] = 0;
    }
}
