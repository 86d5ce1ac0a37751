/* A row of a YUV picture that has its size, as RGBX px; X = 0. Formulas: yuv.h, where h is the sample with 7 fractional bits. */
#include "../yuv.h"

#if VEC
/* The row is its own lower one. */
static inline struct pairs widen_x8(const uint8_t *row) {
    const vi h = shift_right_u16(swizzle(load64(row), bytes(NIL, 0, NIL, 1, NIL, 2, NIL, 3, NIL, 4, NIL, 5, NIL, 6, NIL, 7)), 1);
    return (struct pairs){zip_low_i16(h, h), zip_high_i16(h, h)};
}
#endif

void SPELLING(convert_yuv_u8_rgbx)(uint8_t *out, const uint8_t *const *rows, const struct yuv_factors *factors, int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 8 <= count; i += 8) {
        store_rgbx(out + 4 * i, convert_x8(widen_x8(rows[0] + i), widen_x8(rows[1] + i), widen_x8(rows[2] + i), factors));
    }
#endif
    for (; i < count; i++) {
        int32_t h[6];
        for (int32_t k = 0; k < 6; k++) h[k] = rows[k / 2][i] * 128;
        convert_x1(out + 4 * i, h, factors);
        out[4 * i + 3] = 0;
    }
}
