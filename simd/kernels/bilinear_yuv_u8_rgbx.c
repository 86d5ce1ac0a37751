/* A row of a resized YUV picture as RGBX px, from two rows of each plane; X = 0. Formulas: yuv.h. */
#include "../yuv.h"

void SPELLING(bilinear_yuv_u8_rgbx)(uint8_t *out, const struct yuv_rows *rows, int32_t count) {
    int32_t i = 0;
#if VEC
    const struct yuv_rows in = *rows;
    const int32_t end = in.luma.windows && in.chroma.windows ? count & ~7 : 0;
    for (; i < end; i += 8) store_rgbx(out + 4 * i, resize_x8(&in, i, in.luma.kind, in.chroma.kind));
#endif
    for (; i < count; i++) {
        resize_x1(out + 4 * i, rows, i);
        out[4 * i + 3] = 0;
    }
}
