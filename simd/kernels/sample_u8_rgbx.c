/* A row of px taken by bilinear from anywhere of a picture of three or four bytes per px, as RGBX px in its order. Formulas: samples.h. */
#include "../samples.h"

#if VEC
/* The channels of px i, as int32. Of px of three bytes, the second begins in the last byte of the first four: nothing is read past it. */
static inline vi sample_px(const struct samples *in, int32_t i, vi by_channel) {
    const uint8_t *upper = sample_at(in, i), *lower = upper + in->stride;
    const int32_t second = 2 * in->step - 4;
    return blend_samples(swizzle(load32_pair(upper, upper + second), by_channel),
                         swizzle(load32_pair(lower, lower + second), by_channel), load32_splat(in->column_weights + i),
                         load32_splat(in->row_weights + i));
}
#endif

void SPELLING(sample_u8_rgbx)(uint8_t *out, const struct samples *samples, int32_t count) {
    const struct samples in = *samples;
    int32_t i = 0;
#if VEC
    const vi by_channel = in.step == 4 ? bytes(0, NIL, 4, NIL, 1, NIL, 5, NIL, 2, NIL, 6, NIL, 3, NIL, 7, NIL)
                                        : bytes(0, NIL, 5, NIL, 1, NIL, 6, NIL, 2, NIL, 7, NIL, NIL, NIL, NIL, NIL);
    for (; in.step && i + 4 <= count; i += 4) {
        const vi low = narrow_i32_i16(sample_px(&in, i, by_channel), sample_px(&in, i + 1, by_channel));
        const vi high = narrow_i32_i16(sample_px(&in, i + 2, by_channel), sample_px(&in, i + 3, by_channel));
        store(out + 4 * i, narrow_i16_u8(low, high));
    }
#endif
    for (; i < count; i++) {
        const uint8_t *px = sample_at(&in, i);
        for (int32_t c = 0; c < 3; c++) {
            const int32_t upper[2] = {px[c], px[c + in.step]}, lower[2] = {px[c + in.stride], px[c + in.stride + in.step]};
            out[4 * i + c] = blend_sample(upper, lower, in.column_weights[i], in.row_weights[i]);
        }
        out[4 * i + 3] = 0;
    }
}
