/*
 * One row of a resized plane, in Q7, from two rows of it, in one step and without a rounding in between: with the weights a and b of a
 * column, u = (a·row_weight + 2^14) >> 15 of the upper row and a − u of the lower one, the same of b, and out = Σ weight·sample >> 7.
 */
#include "../kernel.h"

#if VEC
/* Four outputs, with 14 fractional bits. */
static inline vi blend(const uint8_t *upper, const uint8_t *lower, const struct columns *columns, vi row_weight, int32_t i) {
    const int32_t at = columns->window_at[i / 4];
    const vi window = load(columns->windows + 4 * i), both = load(columns->weights + 2 * i);
    const vi u = multiply_q15(both, row_weight), l = sub_i16(both, u);
    return add_i32(dot_i16(swizzle(load(upper + at), window), u), dot_i16(swizzle(load(lower + at), window), l));
}
#endif

void SPELLING(bilinear_plane_u8_i16)(int16_t *out, const uint8_t *upper, const uint8_t *lower, const struct columns *columns,
                                     int32_t row_weight, int32_t count) {
    int32_t i = 0;
#if VEC
    const vi weight = splat_i16((int16_t)row_weight);
    for (; columns->windows && i + 8 <= count; i += 8) {
        const vi a = blend(upper, lower, columns, weight, i), b = blend(upper, lower, columns, weight, i + 4);
        store(out + i, narrow_i32_i16(shift_right_i32(a, 7), shift_right_i32(b, 7)));
    }
#endif
    for (; i < count; i++) {
        const uint8_t *u = upper + columns->first[i], *l = lower + columns->first[i];
        const int32_t a = columns->weights[2 * i], b = columns->weights[2 * i + 1];
        const int32_t above = (a * row_weight + 0x4000) >> 15, above_next = (b * row_weight + 0x4000) >> 15;
        const int32_t sum = above * u[0] + above_next * u[columns->next] + (a - above) * l[0] + (b - above_next) * l[columns->next];
        out[i] = (int16_t)(sum >> 7);
    }
}
