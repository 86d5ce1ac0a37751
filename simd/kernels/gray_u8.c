/*
 * A row of RGBX px as gray: (9798·R + 19235·G + 3735·B + 2^14) >> 15, OpenCV's RGB2GRAY of bytes; the weights are 2^15 together, so that
 * three equal channels stay as they are. With `reverse` the row is BGRX. X is not looked at.
 */
#include "../kernel.h"

enum { RED = 9798, GREEN = 19235, BLUE = 3735, HALF = 1 << 14 };

#if VEC
/* Four px, in the low byte of each lane. `first` weighs R and G, `second` B. */
static inline vi gray_x4(const uint8_t *row, vi first, vi second) {
    const vi px = load(row);
    const vi rg = swizzle(px, bytes(0, NIL, 1, NIL, 4, NIL, 5, NIL, 8, NIL, 9, NIL, 12, NIL, 13, NIL));
    const vi b = swizzle(px, bytes(2, NIL, NIL, NIL, 6, NIL, NIL, NIL, 10, NIL, NIL, NIL, 14, NIL, NIL, NIL));
    const vi sum = add_i32(add_i32(dot_i16(rg, first), dot_i16(b, second)), splat_i32(HALF));
    return shift_right_i32(sum, 15);
}
#endif

void SPELLING(gray_u8)(uint8_t *out, const uint8_t *row, int32_t reverse, int32_t count) {
    const int32_t first = reverse ? BLUE : RED, third = RED + BLUE - first;
    int32_t i = 0;
#if VEC
    const vi pair = splat_i32(GREEN << 16 | first), last = splat_i32(third);
    for (; i + 16 <= count; i += 16) {
        const uint8_t *px = row + 4 * i;
        const vi low = narrow_i32_i16(gray_x4(px, pair, last), gray_x4(px + 16, pair, last));
        const vi high = narrow_i32_i16(gray_x4(px + 32, pair, last), gray_x4(px + 48, pair, last));
        store(out + i, narrow_i16_u8(low, high));
    }
#endif
    for (; i < count; i++) {
        const uint8_t *px = row + 4 * i;
        out[i] = (uint8_t)((first * px[0] + GREEN * px[1] + third * px[2] + HALF) >> 15);
    }
}
