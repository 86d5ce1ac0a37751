/* As pack_nchw_f32, then y as the bits of the nearest float16, a half to the even one. */
#include "../float16.h"
#include "../planes.h"

void SPELLING(pack_nchw_f32_f16)(void *out, const float *row, const float *normal, int32_t plane, int32_t reverse,
                                 int32_t count) {
    uint16_t *base = out;
    int32_t i = 0;
#if VEC
    const vi halves = bytes(0, 1, 4, 5, 8, 9, 12, 13, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL);
    for (; i + 4 <= count; i += 4) {
        const struct planes px = planes_of(row + 4 * i);
        for (int32_t c = 0; c < 3; c++) {
            const vf x = px.channel[reverse ? 2 - c : c];
            const vf y = add_f32(mul_f32(x, splat_f32(normal[c])), splat_f32(normal[3 + c]));
            store64(base + c * plane + i, swizzle(float16_bits_x4(y), halves));
        }
    }
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) {
            base[c * plane + i] = float16_bits(row[4 * i + (reverse ? 2 - c : c)] * normal[c] + normal[3 + c]);
        }
    }
}
