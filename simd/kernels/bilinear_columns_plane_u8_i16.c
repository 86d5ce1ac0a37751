/* As bilinear_columns_u8_i16, for a row of bytes: x₁ is the byte after x₀. */
#include "../bilinear.h"

#if VEC
static inline int32_t pair_at(const uint8_t *row, int32_t at) { return row[at] | row[at + 1] << 16; }

/* Four px. */
static inline vi filter_px(const uint8_t *row, const int32_t *at, const int16_t *weights) {
    return filter_x4(make_i32(pair_at(row, at[0]), pair_at(row, at[1]), pair_at(row, at[2]), pair_at(row, at[3])), load(weights));
}
#endif

void SPELLING(bilinear_columns_plane_u8_i16)(int16_t *out, const uint8_t *row, const int32_t *first, const int16_t *weights,
                                             int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 8 <= count; i += 8) {
        const vi a = filter_px(row, first + i, weights + 2 * i);
        store(out + i, narrow_i32_i16(a, filter_px(row, first + i + 4, weights + 2 * i + 8)));
    }
#endif
    for (; i < count; i++) out[i] = (int16_t)filter_x1(row + first[i], 1, weights + 2 * i);
}
