/*
 * Columns, rows and pack of INTER_LINEAR in one step, for RGBX pictures that shrink so much that no source row is used twice:
 * the lines would be written and read once each. Makes `rows` rows of the tensor side by side, from the source rows
 * lines[2r] and lines[2r + 1], blended with row_weights[2r] and row_weights[2r + 1]: several rows of memory are then read
 * at once, which keeps more of it in flight. Beside every four px it writes `pad_step` (a multiple of 4) numbers
 * `pad_value` from `pad` on: stores that wait for memory while the arithmetic goes on. Formulas: bilinear_columns_u8_i16, bilinear_rows_i16_u8, pack_nchw_u8_f32.
 */
#include "../kernel.h"

#if VEC
struct channels {
    vi red, green, blue;
};

/* (a·x₀ + b·x₁) >> 4 of four px of a row, then its share of the blend of two rows: both cut off, as int32. */
static inline struct channels share(const uint8_t *row, const int32_t *at, vi weights, vi row_weight) {
    /* Of two px pairs: the red bytes x₀ x₁ of one and the other, then the green, the blue, the rest. */
    const vi by_channel = bytes(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const vi a = swizzle(load64_pair(row + at[0], row + at[1]), by_channel);
    const vi b = swizzle(load64_pair(row + at[2], row + at[3]), by_channel);
    const vi red_green = zip_low_i32(a, b), blue = zip_high_i32(a, b);
    const struct channels line = {shift_right_i32(dot_i16(widen_low_u8(red_green), weights), 4),
                                  shift_right_i32(dot_i16(widen_high_u8(red_green), weights), 4),
                                  shift_right_i32(dot_i16(widen_low_u8(blue), weights), 4)};
    return (struct channels){shift_right_i32(dot_i16(line.red, row_weight), 16),
                             shift_right_i32(dot_i16(line.green, row_weight), 16),
                             shift_right_i32(dot_i16(line.blue, row_weight), 16)};
}

static inline void pack(float *out, vi upper, vi lower, vf gain, vf offset) {
    const vi x = shift_right_i32(add_i32(add_i32(upper, lower), splat_i32(2)), 2);
    store_f32(out, add_f32(mul_f32(convert_i32_f32(x), gain), offset));
}
#endif

void SPELLING(bilinear_nchw_u8_f32)(float *out, const uint8_t *const *lines, const int32_t *first, const int16_t *weights,
                                    const int16_t *row_weights, const float *normal, int32_t width, int32_t plane,
                                    int32_t reverse, int32_t rows, int32_t count, float *pad, float pad_value,
                                    int32_t pad_step) {
    const int32_t red = reverse ? 2 : 0, blue = 2 - red;
    int32_t i = 0;
#if VEC
    const vf gain_r = splat_f32(normal[red]), gain_g = splat_f32(normal[1]), gain_b = splat_f32(normal[blue]);
    const vf offset_r = splat_f32(normal[3 + red]), offset_g = splat_f32(normal[4]), offset_b = splat_f32(normal[3 + blue]);
    const vf pads = splat_f32(pad_value);
    for (; i + 4 <= count; i += 4, pad += pad_step) {
        for (int32_t k = 0; k < pad_step; k += 4) store_f32(pad + k, pads);
        const vi w = load(weights + 2 * i);
        const int32_t at[4] = {first[i], first[i + 1], first[i + 2], first[i + 3]};
        for (int32_t r = 0; r < rows; r++) {
            /* The line is 0 in the high half of a lane, so what the weight has there does not count. */
            const vi both = load32_splat(row_weights + 2 * r);
            const struct channels upper = share(lines[2 * r], at, w, both);
            const struct channels lower = share(lines[2 * r + 1], at, w, shift_right_u32(both, 16));
            float *to = out + r * width + i;
            pack(to + red * plane, upper.red, lower.red, gain_r, offset_r);
            pack(to + plane, upper.green, lower.green, gain_g, offset_g);
            pack(to + blue * plane, upper.blue, lower.blue, gain_b, offset_b);
        }
    }
#endif
    for (; i < count; i++) {
        const int32_t a = weights[2 * i], b = weights[2 * i + 1];
        for (int32_t r = 0; r < rows; r++) {
            const uint8_t *u = lines[2 * r] + first[i], *l = lines[2 * r + 1] + first[i];
            for (int32_t c = 0; c < 3; c++) {
                const int32_t upper = ((a * u[c] + b * u[c + 4]) >> 4) * row_weights[2 * r];
                const int32_t lower = ((a * l[c] + b * l[c + 4]) >> 4) * row_weights[2 * r + 1];
                const int32_t to = c == 1 ? 1 : c == 0 ? red : blue;
                const int32_t x = ((upper >> 16) + (lower >> 16) + 2) >> 2;
                out[to * plane + r * width + i] = x * normal[to] + normal[3 + to];
            }
        }
    }
}
