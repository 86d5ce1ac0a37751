/* A row of gray px: y = x·gain + offset, each step rounded. normal as in pack_nchw.h; the first channel counts. */
#include "element.h"

void SPELLED_KERNEL(void *out, const uint8_t *row, const float *normal, int32_t count) {
    element *to = out;
    int32_t i = 0;
#if VEC
    const vi apart = bytes(0, NIL, NIL, NIL, 1, NIL, NIL, NIL, 2, NIL, NIL, NIL, 3, NIL, NIL, NIL);
    const vf gain = splat_f32(normal[0]), offset = splat_f32(normal[3]);
    for (; i + 4 <= count; i += 4) {
        const vf x = convert_i32_f32(swizzle(load32_splat(row + i), apart));
        store_elements_x4(to + i, add_f32(mul_f32(x, gain), offset), normal + 6);
    }
#endif
    for (; i < count; i++) to[i] = element_of(row[i] * normal[0] + normal[3], normal + 6);
}
