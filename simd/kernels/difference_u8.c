/*
 * How far a row of RGBX px is from the background, per channel: d = |x − (b + 2^7 >> 8)|, b being 2^15 + background. A px whose
 * d are all below `threshold` (at least 1) is 0; another is d, or with `keep` the px itself.
 */
#include "../kernel.h"

#if VEC
/* The bytes of eight numbers: rounded, while 0 lies at 2^15. */
static inline vi rounded(const int16_t *background) {
    return add_i16(shift_right_i16(add_i16(load(background), splat_i16(128)), 8), splat_i16(128));
}
#endif

void SPELLING(difference_u8)(uint8_t *out, const uint8_t *in, const int16_t *background, int32_t threshold, int32_t keep,
                             int32_t count) {
    int32_t i = 0;
#if VEC
    const vi colors = splat_i32(0x00ffffff);
    const vi most = splat_i32((int32_t)((uint32_t)(threshold - 1) * 0x01010101u));
    for (; i + 4 <= count; i += 4) {
        const vi px = load(in + 4 * i);
        const vi seen = narrow_i16_u8(rounded(background + 4 * i), rounded(background + 4 * i + 8));
        /* No byte of the greater is below its fellow, so nothing is borrowed from the next one. */
        const vi apart = and_bits(sub_i32(max_u8(px, seen), min_u8(px, seen)), colors);
        const vi still = equal_i32(max_u8(apart, most), most);
        store(out + 4 * i, select_bits(still, splat_i32(0), keep ? px : apart));
    }
#endif
    for (; i < count; i++) {
        int32_t apart[3], moved = 0;
        for (int32_t c = 0; c < 3; c++) {
            const int32_t difference = in[4 * i + c] - ((background[4 * i + c] + 32768 + 128) >> 8);
            apart[c] = difference < 0 ? -difference : difference;
            moved |= apart[c] >= threshold;
        }
        for (int32_t c = 0; c < 3; c++) out[4 * i + c] = (uint8_t)(!moved ? 0 : keep ? in[4 * i + c] : apart[c]);
    }
}
