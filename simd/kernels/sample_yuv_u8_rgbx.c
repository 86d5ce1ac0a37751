/*
 * A row taken by bilinear from anywhere of the planes of Y, U and V, as RGBX px; X = 0. Formulas: samples.h, of which s >> 14 has the 7
 * fractional bits of h in yuv.h: nothing is rounded to 8 bits before the matrix. `factors` are those of one row.
 */
#include "../samples.h"
#include "../yuv.h"

#if VEC
static inline struct pairs sample_x8(const struct samples *in, int32_t i) {
    return (struct pairs){shift_right_i32(mix_plane_x4(in, i), 14), shift_right_i32(mix_plane_x4(in, i + 4), 14)};
}
#endif

void SPELLING(sample_yuv_u8_rgbx)(uint8_t *out, const struct samples *planes, const struct yuv_factors *factors, int32_t count) {
    const struct samples y = planes[0], u = planes[1], v = planes[2];
    int32_t i = 0;
#if VEC
    for (; i + 8 <= count; i += 8) {
        store_rgbx(out + 4 * i, convert_x8(sample_x8(&y, i), sample_x8(&u, i), sample_x8(&v, i), factors));
    }
#endif
    for (; i < count; i++) {
        const int32_t h[6] = {mix_plane_x1(&y, i) >> 14, 0, mix_plane_x1(&u, i) >> 14, 0, mix_plane_x1(&v, i) >> 14, 0};
        convert_x1(out + 4 * i, h, factors);
        out[4 * i + 3] = 0;
    }
}
