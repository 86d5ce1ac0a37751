/* As pack_nchw_u8_f32, then y as the bits of the nearest float16, a half to the even one. */
#include "../float16.h"

#if VEC
static inline vi channel(vi px, vi from, vf gain, vf offset) {
    return float16_bits_x4(add_f32(mul_f32(convert_i32_f32(swizzle(px, from)), gain), offset));
}
#endif

void SPELLING(pack_nchw_u8_f16)(void *out, const uint8_t *row, const float *normal, int32_t plane, int32_t reverse,
                                int32_t count) {
    uint16_t *base = out;
    int32_t i = 0;
#if VEC
    const vi from[3] = {bytes(0, NIL, NIL, NIL, 4, NIL, NIL, NIL, 8, NIL, NIL, NIL, 12, NIL, NIL, NIL),
                        bytes(1, NIL, NIL, NIL, 5, NIL, NIL, NIL, 9, NIL, NIL, NIL, 13, NIL, NIL, NIL),
                        bytes(2, NIL, NIL, NIL, 6, NIL, NIL, NIL, 10, NIL, NIL, NIL, 14, NIL, NIL, NIL)};
    /* The low halves of four lanes, side by side. */
    const vi halves = bytes(0, 1, 4, 5, 8, 9, 12, 13, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL);
    for (; i + 4 <= count; i += 4) {
        const vi px = load(row + 4 * i);
        for (int32_t c = 0; c < 3; c++) {
            const vi y = channel(px, from[reverse ? 2 - c : c], splat_f32(normal[c]), splat_f32(normal[3 + c]));
            store64(base + c * plane + i, swizzle(y, halves));
        }
    }
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) {
            base[c * plane + i] = float16_bits(row[4 * i + (reverse ? 2 - c : c)] * normal[c] + normal[3 + c]);
        }
    }
}
