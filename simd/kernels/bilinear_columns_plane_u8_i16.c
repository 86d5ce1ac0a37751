/* Horizontal step of bilinear on a plane of a YUV picture: out = (a·x₀ + b·x₁) >> 7, 7 fractional bits; see struct columns. */
#include "../kernel.h"

#if VEC
/* Four outputs of their samples and zeros. */
static inline vi blend(vi samples, const int16_t *weights) { return shift_right_i32(dot_i16(samples, load(weights)), 7); }

static inline vi take_pairs(const uint8_t *row, const int32_t *at, const uint8_t *windows) {
    return or_bits(swizzle(load(row + at[0]), load(windows)), swizzle(load(row + at[1]), load(windows + 16)));
}
#endif

void SPELLING(bilinear_columns_plane_u8_i16)(int16_t *out, const uint8_t *row, const struct columns *columns, int32_t count) {
    const int32_t *first = columns->first, next = columns->next;
    const int16_t *weights = columns->weights;
    int32_t i = 0;
#if VEC
    const int32_t *at = columns->window_at;
    const uint8_t *windows = columns->windows;
    const int32_t end = windows ? count & ~7 : 0;
    for (; !columns->pairs && i < end; i += 8, at += 2, windows += 32) {
        const vi a = blend(swizzle(load(row + at[0]), load(windows)), weights + 2 * i);
        const vi b = blend(swizzle(load(row + at[1]), load(windows + 16)), weights + 2 * i + 8);
        store(out + i, narrow_i32_i16(a, b));
    }
    for (; i < end; i += 8, at += 4, windows += 64) {
        const vi a = blend(take_pairs(row, at, windows), weights + 2 * i);
        const vi b = blend(take_pairs(row, at + 2, windows + 32), weights + 2 * i + 8);
        store(out + i, narrow_i32_i16(a, b));
    }
#endif
    for (; i < count; i++) {
        const uint8_t *sample = row + first[i];
        out[i] = (int16_t)((weights[2 * i] * sample[0] + weights[2 * i + 1] * sample[next]) >> 7);
    }
}
