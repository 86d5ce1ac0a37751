/*
 * Vertical step of Pillow's resize: out = (Σ k·line + 2^21) >> 22 per byte, clipped to 0 … 255, over `taps` rows.
 * Weights as in antialias_columns_u8, 2·taps numbers. `taps` is even.
 */
#include "../kernel.h"

void SPELLING(antialias_rows_u8)(uint8_t *out, const uint8_t *const *lines, const int16_t *weights, int32_t taps,
                                 int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 8 <= count; i += 8) {
        const dots none = dots_from(splat_i32(0)), half = dots_from(splat_i32(1 << 21));
        dots high[2] = {none, none}, low[2] = {half, half};
        for (int32_t t = 0; t < taps; t += 2) {
            const vi pair = zip_low_u8(load64(lines[t] + i), load64(lines[t + 1] + i));
            const vi left = widen_low_u8(pair), right = widen_high_u8(pair);
            const vi h = load32_splat(weights + 2 * t), l = load32_splat(weights + 2 * t + 2);
            high[0] = dots_more(high[0], left, h);
            high[1] = dots_more(high[1], right, h);
            low[0] = dots_more(low[0], left, l);
            low[1] = dots_more(low[1], right, l);
        }
        const vi a = shift_right_i32(add_i32(shift_left_i32(dots_total(high[0]), 11), dots_total(low[0])), 22);
        const vi b = shift_right_i32(add_i32(shift_left_i32(dots_total(high[1]), 11), dots_total(low[1])), 22);
        const vi px = narrow_i32_i16(a, b);
        store64(out + i, narrow_i16_u8(px, px));
    }
#endif
    for (; i < count; i++) {
        int32_t sum = 1 << 21;
        for (int32_t t = 0; t < taps; t++) {
            const int16_t *part = weights + 2 * (t & ~1) + (t & 1);
            sum += (part[0] * 2048 + part[2]) * lines[t][i];
        }
        out[i] = (uint8_t)(sum < 0 ? 0 : sum >> 22 > 255 ? 255 : sum >> 22);
    }
}
