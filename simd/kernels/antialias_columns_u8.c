/*
 * Horizontal step of Pillow's resize: out = (Σ k·x + 2^21) >> 22 per channel, clipped to 0 … 255, over `taps` px from byte
 * `first[i]` of the RGBX row. A weight k of −2^23 … 2^23 comes in two parts, k = 2^11·h + l, 0 ≤ l < 2^11, and two px at a time:
 * weights = h₀ h₁ l₀ l₁ | h₂ h₃ l₂ l₃ | …, 2·taps numbers per output px. `taps` is even.
 */
#include "../kernel.h"

void SPELLING(antialias_columns_u8)(uint8_t *out, const uint8_t *row, const int32_t *first, const int16_t *weights,
                                    int32_t taps, int32_t count) {
    for (int32_t i = 0; i < count; i++, weights += 2 * taps) {
        const uint8_t *px = row + first[i];
#if VEC
        const vi by_channel = bytes(0, NIL, 4, NIL, 1, NIL, 5, NIL, 2, NIL, 6, NIL, 3, NIL, 7, NIL);
        dots high = dots_from(splat_i32(0)), low = dots_from(splat_i32(1 << 21));
        for (int32_t t = 0; t < taps; t += 2) {
            const vi pair = swizzle(load64(px + 4 * t), by_channel);
            high = dots_more(high, pair, load32_splat(weights + 2 * t));
            low = dots_more(low, pair, load32_splat(weights + 2 * t + 2));
        }
        const vi sum = shift_right_i32(add_i32(shift_left_i32(dots_total(high), 11), dots_total(low)), 22);
        const vi channels = narrow_i16_u8(narrow_i32_i16(sum, sum), sum);
        store32(out + 4 * i, channels);
#else
        int32_t sum[3] = {1 << 21, 1 << 21, 1 << 21};
        for (int32_t t = 0; t < taps; t++) {
            const int16_t *part = weights + 2 * (t & ~1) + (t & 1);
            const int32_t k = part[0] * 2048 + part[2];
            for (int32_t c = 0; c < 3; c++) sum[c] += k * px[4 * t + c];
        }
        for (int32_t c = 0; c < 3; c++) out[4 * i + c] = (uint8_t)(sum[c] < 0 ? 0 : sum[c] >> 22 > 255 ? 255 : sum[c] >> 22);
#endif
    }
}
