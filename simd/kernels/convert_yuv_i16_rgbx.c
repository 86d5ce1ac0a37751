/* A row of a YUV picture as RGBX px, from filtered rows of the source; X = 0. Formulas: yuv.h. */
#include "../yuv.h"

void SPELLING(convert_yuv_i16_rgbx)(uint8_t *out, const int16_t *const *lines, const struct yuv_factors *factors, int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 8 <= count; i += 8) {
        vi red_green, blue;
        convert_x8(lines, factors, i, &red_green, &blue);
        const vi mixed = swizzle(red_green, bytes(0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15));
        const vi none = swizzle(blue, bytes(0, NIL, 2, NIL, 4, NIL, 6, NIL, 1, NIL, 3, NIL, 5, NIL, 7, NIL));
        store(out + 4 * i, zip_low_i16(mixed, none));
        store(out + 4 * i + 16, zip_high_i16(mixed, none));
    }
#endif
    for (; i < count; i++) {
        convert_x1(lines, factors, i, out + 4 * i);
        out[4 * i + 3] = 0;
    }
}
