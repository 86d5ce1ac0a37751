/* As bilinear_columns_u8_i16, for a row of bytes: out = (a·x₀ + b·x₁) >> 4, x₀ at first[i], x₁ after it. */
#include "../kernel.h"

#if VEC
static inline int32_t pair_at(const uint8_t *row, int32_t at) { return row[at] | row[at + 1] << 16; }
#endif

void SPELLING(bilinear_columns_plane_u8_i16)(int16_t *out, const uint8_t *row, const int32_t *first, const int16_t *weights,
                                             int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 8 <= count; i += 8) {
        const int32_t *at = first + i;
        const vi a = make_i32(pair_at(row, at[0]), pair_at(row, at[1]), pair_at(row, at[2]), pair_at(row, at[3]));
        const vi b = make_i32(pair_at(row, at[4]), pair_at(row, at[5]), pair_at(row, at[6]), pair_at(row, at[7]));
        const vi low = shift_right_i32(dot_i16(a, load(weights + 2 * i)), 4);
        store(out + i, narrow_i32_i16(low, shift_right_i32(dot_i16(b, load(weights + 2 * i + 8)), 4)));
    }
#endif
    for (; i < count; i++) {
        const uint8_t *x = row + first[i];
        out[i] = (int16_t)((weights[2 * i] * x[0] + weights[2 * i + 1] * x[1]) >> 4);
    }
}
