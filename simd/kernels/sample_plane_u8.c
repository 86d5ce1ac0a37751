/* A row of samples taken by bilinear from anywhere of a plane. Formulas: samples.h. */
#include "../samples.h"

#if VEC
/* The four samples of output i, upper ones first, as bytes of one number. */
static inline int32_t quad_at(const struct samples *in, int32_t i) {
    const uint8_t *upper = sample_at(in, i), *lower = upper + in->stride;
    return (int32_t)(upper[0] | (uint32_t)upper[in->step] << 8 | (uint32_t)lower[0] << 16 | (uint32_t)lower[in->step] << 24);
}
#endif

void SPELLING(sample_plane_u8)(uint8_t *out, const struct samples *samples, int32_t count) {
    const struct samples in = *samples;
    const int32_t step = in.step, stride = in.stride;
    int32_t i = 0;
#if VEC
    const vi upper = bytes(0, NIL, 1, NIL, 4, NIL, 5, NIL, 8, NIL, 9, NIL, 12, NIL, 13, NIL);
    const vi lower = bytes(2, NIL, 3, NIL, 6, NIL, 7, NIL, 10, NIL, 11, NIL, 14, NIL, 15, NIL);
    for (; i + 4 <= count; i += 4) {
        const vi all = make_i32(quad_at(&in, i), quad_at(&in, i + 1), quad_at(&in, i + 2), quad_at(&in, i + 3));
        store_x4(out + i, blend_samples(swizzle(all, upper), swizzle(all, lower), load(in.column_weights + i), load(in.row_weights + i)));
    }
#endif
    for (; i < count; i++) {
        const uint8_t *from = sample_at(&in, i);
        const int32_t above[2] = {from[0], from[step]}, below[2] = {from[stride], from[stride + step]};
        out[i] = blend_sample(above, below, in.column_weights[i], in.row_weights[i]);
    }
}
