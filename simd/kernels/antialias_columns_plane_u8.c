/* As antialias_columns_u8, for a row of bytes: out = (Σ k·x + 2^21) >> 22, clipped to 0 … 255, over `taps` bytes from first[i] on. */
#include "../kernel.h"

void SPELLING(antialias_columns_plane_u8)(uint8_t *out, const uint8_t *row, const int32_t *first, const int16_t *weights,
                                          int32_t taps, int32_t count) {
    for (int32_t i = 0; i < count; i++, weights += 2 * taps) {
        const uint8_t *from = row + first[i];
        int32_t sum = 1 << 21, t = 0;
#if VEC
        /* Each pair of bytes once for the high and once for the low parts of its weights. */
        const vi pairs = bytes(0, NIL, 1, NIL, 0, NIL, 1, NIL, 2, NIL, 3, NIL, 2, NIL, 3, NIL);
        dots parts = dots_from(splat_i32(0));
        for (; t + 4 <= taps; t += 4) {
            parts = dots_more(parts, swizzle(load32_splat(from + t), pairs), load(weights + 2 * t));
        }
        int32_t part[4];
        store(part, dots_total(parts));
        sum += (part[0] + part[2]) * 2048 + part[1] + part[3];
#endif
        for (; t < taps; t++) {
            const int16_t *part_of = weights + 2 * (t & ~1) + (t & 1);
            sum += (part_of[0] * 2048 + part_of[2]) * from[t];
        }
        out[i] = (uint8_t)(sum < 0 ? 0 : sum >> 22 > 255 ? 255 : sum >> 22);
    }
}
