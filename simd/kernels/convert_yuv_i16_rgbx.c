/*
 * A row of Y, of U and of V, `plane` numbers apart and in Q7, as RGBX px; X = 0. With m(a, b) = (a·b + 2^14) >> 15 and matrix = luma
 * red_v green_u green_v blue_u red green blue: R = clip((m(y, luma) + m(v, red_v) + red) >> 5), G = clip((m(y, luma) +
 * m(u, green_u) + m(v, green_v) + green) >> 5), B = clip((m(y, luma) + m(u, blue_u) + blue) >> 5). Numbers: src/kernels/yuv-matrix.ts.
 */
#include "../kernel.h"

static inline int32_t multiply(int32_t a, int32_t b) { return (a * b + 0x4000) >> 15; }
static inline uint8_t clip(int32_t a) { return (uint8_t)(a < 0 ? 0 : a >> 5 > 255 ? 255 : a >> 5); }

void SPELLING(convert_yuv_i16_rgbx)(uint8_t *out, const int16_t *yuv, int32_t plane, const int16_t *matrix, int32_t count) {
    const int16_t *luma = yuv, *chroma_u = luma + plane, *chroma_v = chroma_u + plane;
    int32_t i = 0;
#if VEC
    const vi k = splat_i16(matrix[0]), rv = splat_i16(matrix[1]), gu = splat_i16(matrix[2]), gv = splat_i16(matrix[3]);
    const vi bu = splat_i16(matrix[4]), r0 = splat_i16(matrix[5]), g0 = splat_i16(matrix[6]), b0 = splat_i16(matrix[7]);
    for (; i + 8 <= count; i += 8) {
        const vi y = multiply_q15(load(luma + i), k), u = load(chroma_u + i), v = load(chroma_v + i);
        const vi r = shift_right_i16(add_i16(add_i16(y, r0), multiply_q15(v, rv)), 5);
        const vi g = shift_right_i16(add_i16(add_i16(y, g0), add_i16(multiply_q15(u, gu), multiply_q15(v, gv))), 5);
        const vi b = shift_right_i16(add_i16(add_i16(y, b0), multiply_q15(u, bu)), 5);
        const vi red_blue = narrow_i16_u8(r, b), green = narrow_i16_u8(g, splat_i16(0));
        const vi red_green = zip_low_u8(red_blue, green), blue_none = zip_high_u8(red_blue, green);
        store(out + 4 * i, zip_low_i16(red_green, blue_none));
        store(out + 4 * i + 16, zip_high_i16(red_green, blue_none));
    }
#endif
    for (; i < count; i++) {
        const int32_t y = multiply(luma[i], matrix[0]), u = chroma_u[i], v = chroma_v[i];
        out[4 * i] = clip(y + multiply(v, matrix[1]) + matrix[5]);
        out[4 * i + 1] = clip(y + multiply(u, matrix[2]) + multiply(v, matrix[3]) + matrix[6]);
        out[4 * i + 2] = clip(y + multiply(u, matrix[4]) + matrix[7]);
        out[4 * i + 3] = 0;
    }
}
