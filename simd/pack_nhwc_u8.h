/* A row of RGBX px into px of three channels: y = x·gain + offset, each step rounded. With `reverse` B, G, R. normal as in pack_nchw.h. */
#include "element.h"

void SPELLED_KERNEL(void *out, const uint8_t *row, const float *normal, int32_t plane, int32_t reverse, int32_t count) {
    element *to = out;
    int32_t i = 0;
    (void)plane;
#if VEC
    /* 4 px are 12 numbers, three vectors; each vector has its own share of the channels. */
    const vi share[3] = {reverse ? bytes(2, NIL, NIL, NIL, 1, NIL, NIL, NIL, 0, NIL, NIL, NIL, 6, NIL, NIL, NIL)
                                 : bytes(0, NIL, NIL, NIL, 1, NIL, NIL, NIL, 2, NIL, NIL, NIL, 4, NIL, NIL, NIL),
                         reverse ? bytes(5, NIL, NIL, NIL, 4, NIL, NIL, NIL, 10, NIL, NIL, NIL, 9, NIL, NIL, NIL)
                                 : bytes(5, NIL, NIL, NIL, 6, NIL, NIL, NIL, 8, NIL, NIL, NIL, 9, NIL, NIL, NIL),
                         reverse ? bytes(8, NIL, NIL, NIL, 14, NIL, NIL, NIL, 13, NIL, NIL, NIL, 12, NIL, NIL, NIL)
                                 : bytes(10, NIL, NIL, NIL, 12, NIL, NIL, NIL, 13, NIL, NIL, NIL, 14, NIL, NIL, NIL)};
    float gains[12], offsets[12];
    for (int32_t k = 0; k < 12; k++) gains[k] = normal[k % 3], offsets[k] = normal[3 + k % 3];
    for (; i + 4 <= count; i += 4) {
        const vi px = load(row + 4 * i);
        for (int32_t k = 0; k < 3; k++) {
            const vf scaled = mul_f32(convert_i32_f32(swizzle(px, share[k])), load_f32(gains + 4 * k));
            store_elements_x4(to + 3 * i + 4 * k, add_f32(scaled, load_f32(offsets + 4 * k)), normal + 6);
        }
    }
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) {
            to[3 * i + c] = element_of(row[4 * i + (reverse ? 2 - c : c)] * normal[c] + normal[3 + c], normal + 6);
        }
    }
}
