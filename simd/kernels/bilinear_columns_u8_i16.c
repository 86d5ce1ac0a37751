/* Horizontal step of INTER_LINEAR, per channel: x₀ at byte `first[i]` of the RGBX row, x₁ the px after it, a and b = weights[2i], weights[2i + 1]. */
#include "../bilinear.h"

#if VEC
/* Four channels of one px. */
static inline vi filter_px(const uint8_t *pair, const int16_t *weights) {
    const vi by_channel = bytes(0, NIL, 4, NIL, 1, NIL, 5, NIL, 2, NIL, 6, NIL, 3, NIL, 7, NIL);
    return filter_x4(swizzle(load64(pair), by_channel), load32_splat(weights));
}
#endif

void SPELLING(bilinear_columns_u8_i16)(int16_t *out, const uint8_t *row, const int32_t *first, const int16_t *weights,
                                       int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 2 <= count; i += 2) {
        const vi a = filter_px(row + first[i], weights + 2 * i);
        store(out + 4 * i, narrow_i32_i16(a, filter_px(row + first[i + 1], weights + 2 * i + 2)));
    }
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) out[4 * i + c] = (int16_t)filter_x1(row + first[i] + c, 4, weights + 2 * i);
    }
}
