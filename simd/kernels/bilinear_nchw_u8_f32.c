/*
 * Columns, rows and pack of INTER_LINEAR in one step, for RGBX pictures that shrink so much that no source row is used twice:
 * the lines would be written and read once each. Makes `rows` rows of the tensor side by side, from source rows lines[2r] and
 * lines[2r + 1] by row_weights[2r] and row_weights[2r + 1]: that keeps more memory in flight. Beside every four px it writes
 * `pad_step` (a multiple of 4) numbers `pad_value` from `pad` on: stores that wait for memory while the arithmetic goes on.
 */
#include "../bilinear.h"
#include "../float_planes.h"

#if VEC
struct colors {
    vi red, green, blue;
};

/* Of four px of a row, what it adds to the blend of two. */
static inline struct colors share(const uint8_t *row, const int32_t *at, vi weights, vi row_weight) {
    /* Of two px pairs: the red bytes x₀ x₁ of one and the other, then the green, the blue, the rest. */
    const vi by_channel = bytes(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const vi a = swizzle(load64_pair(row + at[0], row + at[1]), by_channel);
    const vi b = swizzle(load64_pair(row + at[2], row + at[3]), by_channel);
    const vi red_green = zip_low_i32(a, b), blue = zip_high_i32(a, b);
    return (struct colors){share_x4(filter_x4(widen_low_u8(red_green), weights), row_weight),
                           share_x4(filter_x4(widen_high_u8(red_green), weights), row_weight),
                           share_x4(filter_x4(widen_low_u8(blue), weights), row_weight)};
}
#endif

void SPELLING(bilinear_nchw_u8_f32)(float *out, const uint8_t *const *lines, const int32_t *first, const int16_t *weights,
                                    const int16_t *row_weights, const float *normal, int32_t width, int32_t plane,
                                    int32_t reverse, int32_t rows, int32_t count, float *pad, float pad_value,
                                    int32_t pad_step) {
    int32_t i = 0;
#if VEC
    const struct float_planes_x4 to_x4 = float_planes_x4_of(out, normal, plane, reverse);
    for (; i + 4 <= count; i += 4, pad += pad_step) {
        for (int32_t k = 0; k < pad_step; k += 4) store_f32(pad + k, splat_f32(pad_value));
        const vi w = load(weights + 2 * i);
        const int32_t at[4] = {first[i], first[i + 1], first[i + 2], first[i + 3]};
        for (int32_t r = 0; r < rows; r++) {
            const vi both = load32_splat(row_weights + 2 * r);
            const struct colors upper = share(lines[2 * r], at, w, both);
            const struct colors lower = share(lines[2 * r + 1], at, w, shift_right_u32(both, 16));
            pack_x4(&to_x4, 0, r * width + i, sum_x4(upper.red, lower.red));
            pack_x4(&to_x4, 1, r * width + i, sum_x4(upper.green, lower.green));
            pack_x4(&to_x4, 2, r * width + i, sum_x4(upper.blue, lower.blue));
        }
    }
#endif
    /* Made here, so that the vectors have the registers. */
    const struct float_planes to = float_planes_of(out, normal, plane, reverse);
    for (; i < count; i++) {
        for (int32_t r = 0; r < rows; r++) {
            const uint8_t *u = lines[2 * r] + first[i], *l = lines[2 * r + 1] + first[i];
            for (int32_t c = 0; c < 3; c++) {
                const int32_t upper = filter_x1(u + c, 4, weights + 2 * i), lower = filter_x1(l + c, 4, weights + 2 * i);
                to.plane[c][r * width + i] = blend_x1(upper, lower, row_weights + 2 * r) * to.gain[c] + to.offset[c];
            }
        }
    }
}
