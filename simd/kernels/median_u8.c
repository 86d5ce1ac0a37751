/*
 * The median of 3 × 3 per byte of an RGBX row, px being four bytes apart; the lines have a px more on both sides. Of each column
 * the least, middle and greatest, then the median of the greatest least, the middle middle and the least greatest.
 */
#include "../kernel.h"

#if VEC
typedef vi number;
#define LOWER(a, b) min_u8(a, b)
#define UPPER(a, b) max_u8(a, b)
#else
typedef int32_t number;
#define LOWER(a, b) ((a) < (b) ? (a) : (b))
#define UPPER(a, b) ((a) < (b) ? (b) : (a))
#endif

static inline number middle_of(number a, number b, number c) {
    const number low = LOWER(a, b), high = UPPER(a, b);
    return UPPER(low, LOWER(high, c));
}

static inline number median_of(const number px[9]) {
    number low[3], middle[3], high[3];
    for (int32_t k = 0; k < 3; k++) {
        const number a = px[3 * k], b = px[3 * k + 1], c = px[3 * k + 2];
        low[k] = LOWER(LOWER(a, b), c), middle[k] = middle_of(a, b, c), high[k] = UPPER(UPPER(a, b), c);
    }
    return middle_of(UPPER(UPPER(low[0], low[1]), low[2]), middle_of(middle[0], middle[1], middle[2]),
                     LOWER(LOWER(high[0], high[1]), high[2]));
}

void SPELLING(median_u8)(uint8_t *out, const uint8_t *const *lines, int32_t count) {
    int32_t i = 0;
    number px[9];
#if VEC
    for (; i + 4 <= count; i += 4) {
        for (int32_t k = 0; k < 9; k++) px[k] = load(lines[k % 3] + 4 * (i + k / 3));
        store(out + 4 * i, median_of(px));
    }
    /* The last px, by themselves: the bytes after them are not there. */
    for (; i < count; i++) {
        for (int32_t k = 0; k < 9; k++) px[k] = load32_splat(lines[k % 3] + 4 * (i + k / 3));
        store32(out + 4 * i, median_of(px));
    }
#else
    for (i *= 4; i < 4 * count; i++) {
        for (int32_t k = 0; k < 9; k++) px[k] = lines[k % 3][i + 4 * (k / 3)];
        out[i] = (uint8_t)median_of(px);
    }
#endif
}
