/*
 * Horizontal step of INTER_LINEAR: out = (a·x₀ + b·x₁) >> 4 per channel, x₀ at byte `first[i]` of the RGBX row, x₁ the px after
 * it, a and b = weights[2i], weights[2i + 1]. At most (255 · 2049) >> 4, which fits an int16.
 */
#include "../kernel.h"

#if VEC
/* Four channels of one px, as int32. */
static inline vi blend(const uint8_t *pair, const int16_t *weights) {
    const vi by_channel = bytes(0, NIL, 4, NIL, 1, NIL, 5, NIL, 2, NIL, 6, NIL, 3, NIL, 7, NIL);
    return shift_right_i32(dot_i16(swizzle(load64(pair), by_channel), load32_splat(weights)), 4);
}
#endif

void SPELLING(bilinear_columns_u8_i16)(int16_t *out, const uint8_t *row, const int32_t *first, const int16_t *weights,
                                       int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 2 <= count; i += 2) {
        const vi a = blend(row + first[i], weights + 2 * i);
        const vi b = blend(row + first[i + 1], weights + 2 * i + 2);
        store(out + 4 * i, narrow_i32_i16(a, b));
    }
#endif
    for (; i < count; i++) {
        const uint8_t *px = row + first[i];
        const int32_t a = weights[2 * i], b = weights[2 * i + 1];
        for (int32_t c = 0; c < 3; c++) out[4 * i + c] = (int16_t)((a * px[c] + b * px[c + 4]) >> 4);
    }
}
