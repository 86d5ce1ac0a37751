/* As pack_nchw_u8_f32, then y as a byte of a quantised tensor, see quantize.h; normal goes on with its limits. */
#include "../quantize.h"

void SPELLING(pack_nchw_u8_q8)(void *out, const uint8_t *row, const float *normal, int32_t plane, int32_t reverse,
                               int32_t count) {
    uint8_t *base = out;
    int32_t i = 0;
#if VEC
    const vi from[3] = {bytes(0, NIL, NIL, NIL, 4, NIL, NIL, NIL, 8, NIL, NIL, NIL, 12, NIL, NIL, NIL),
                        bytes(1, NIL, NIL, NIL, 5, NIL, NIL, NIL, 9, NIL, NIL, NIL, 13, NIL, NIL, NIL),
                        bytes(2, NIL, NIL, NIL, 6, NIL, NIL, NIL, 10, NIL, NIL, NIL, 14, NIL, NIL, NIL)};
    for (; i + 4 <= count; i += 4) {
        const vi px = load(row + 4 * i);
        for (int32_t c = 0; c < 3; c++) {
            const vf x = convert_i32_f32(swizzle(px, from[reverse ? 2 - c : c]));
            const vf y = add_f32(mul_f32(x, splat_f32(normal[c])), splat_f32(normal[3 + c]));
            store_quantized_x4(base + c * plane + i, y, normal + 6);
        }
    }
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) {
            const float y = row[4 * i + (reverse ? 2 - c : c)] * normal[c] + normal[3 + c];
            base[c * plane + i] = quantize(y, normal + 6);
        }
    }
}
