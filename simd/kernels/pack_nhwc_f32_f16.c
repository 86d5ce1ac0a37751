/* As pack_nhwc_f32, then y as the bits of the nearest float16, a half to the even one. */
#include "../float16.h"
#include "../planes.h"

void SPELLING(pack_nhwc_f32_f16)(void *out, const float *row, const float *normal, int32_t plane, int32_t reverse,
                                 int32_t count) {
    uint16_t *to = out;
    int32_t i = 0;
    (void)plane;
#if VEC
    const struct px_normal n = px_normal_of(normal);
    const vi halves = bytes(0, 1, 4, 5, 8, 9, 12, 13, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL);
    /* As in pack_nhwc_f32: the fourth number is the next px's to overwrite. */
    for (; i + 2 <= count; i++) store64(to + 3 * i, swizzle(float16_bits_x4(normalise_px(row + 4 * i, n, reverse)), halves));
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) {
            to[3 * i + c] = float16_bits(row[4 * i + (reverse ? 2 - c : c)] * normal[c] + normal[3 + c]);
        }
    }
}
