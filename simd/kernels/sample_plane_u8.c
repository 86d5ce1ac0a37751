/* A row of samples taken by bilinear from anywhere of a plane. Formulas: samples.h. */
#include "../samples.h"

void SPELLING(sample_plane_u8)(uint8_t *out, const struct samples *in, int32_t count) {
    const int32_t step = in->step, stride = in->stride;
    int32_t i = 0;
#if VEC
    const vi upper = bytes(0, NIL, 1, NIL, 4, NIL, 5, NIL, 8, NIL, 9, NIL, 12, NIL, 13, NIL);
    const vi lower = bytes(2, NIL, 3, NIL, 6, NIL, 7, NIL, 10, NIL, 11, NIL, 14, NIL, 15, NIL);
    for (; i + 4 <= count; i += 4) {
        uint8_t quads[16];
        for (int32_t k = 0; k < 4; k++) {
            const uint8_t *from = sample_at(in, i + k);
            quads[4 * k] = from[0];
            quads[4 * k + 1] = from[step];
            quads[4 * k + 2] = from[stride];
            quads[4 * k + 3] = from[stride + step];
        }
        const vi all = load(quads);
        store_x4(out + i, blend_samples(swizzle(all, upper), swizzle(all, lower), load(in->column_weights + i), load(in->row_weights + i)));
    }
#endif
    for (; i < count; i++) {
        const uint8_t *from = sample_at(in, i);
        const int32_t above[2] = {from[0], from[step]}, below[2] = {from[stride], from[stride + step]};
        out[i] = blend_sample(above, below, in->column_weights[i], in->row_weights[i]);
    }
}
