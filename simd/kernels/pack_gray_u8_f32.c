/* A row of gray px as float32: y = x·gain + offset, each step rounded. normal as in pack_nchw_u8_f32; the first channel counts. */
#include "../kernel.h"

void SPELLING(pack_gray_u8_f32)(void *out, const uint8_t *row, const float *normal, int32_t count) {
    float *to = out;
    int32_t i = 0;
#if VEC
    const vi apart = bytes(0, NIL, NIL, NIL, 1, NIL, NIL, NIL, 2, NIL, NIL, NIL, 3, NIL, NIL, NIL);
    const vf gain = splat_f32(normal[0]), offset = splat_f32(normal[3]);
    for (; i + 4 <= count; i += 4) {
        const vf x = convert_i32_f32(swizzle(load32_splat(row + i), apart));
        const vf y = add_f32(mul_f32(x, gain), offset);
        store_f32(to + i, y);
    }
#endif
    for (; i < count; i++) {
        const float y = row[i] * normal[0] + normal[3];
        to[i] = y;
    }
}
