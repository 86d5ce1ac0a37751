/*
 * As bilinear_yuv_u8_rgbx, but into three planes of float32 as pack_nchw_u8_f32 has it; the columns have windows without
 * `pairs`. Source rows are read where they lie and lines are not kept, though a row may serve twice: that is less work than to
 * store lines and read them again, and memory is waited for while the arithmetic goes on. So are the stores of the pad: beside
 * every eight px `pad_step` (a multiple of 4) numbers `pad_value` from `pad` on.
 */
#include "../yuv.h"

#if VEC
static inline void pack(float *out, vi px, vi from, vf gain, vf offset) {
    store_f32(out, add_f32(mul_f32(convert_i32_f32(swizzle(px, from)), gain), offset));
}
#endif

void SPELLING(bilinear_yuv_nchw_u8_f32)(float *out, const struct yuv_rows *rows, const float *normal, int32_t plane,
                                        int32_t reverse, int32_t count, float *pad, float pad_value, int32_t pad_step) {
    const int32_t red = reverse ? 2 : 0, blue = 2 - red;
    int32_t i = 0;
    assert(rows->luma.windows && rows->chroma.windows && !rows->luma.pairs && !rows->chroma.pairs);
#if VEC
    const struct yuv_rows in = *rows;
    const vf gain_r = splat_f32(normal[red]), gain_g = splat_f32(normal[1]), gain_b = splat_f32(normal[blue]);
    const vf offset_r = splat_f32(normal[3 + red]), offset_g = splat_f32(normal[4]), offset_b = splat_f32(normal[3 + blue]);
    const vf pads = splat_f32(pad_value);
    const vi even = bytes(0, NIL, NIL, NIL, 2, NIL, NIL, NIL, 4, NIL, NIL, NIL, 6, NIL, NIL, NIL);
    const vi odd = bytes(1, NIL, NIL, NIL, 3, NIL, NIL, NIL, 5, NIL, NIL, NIL, 7, NIL, NIL, NIL);
    const vi even_high = bytes(8, NIL, NIL, NIL, 10, NIL, NIL, NIL, 12, NIL, NIL, NIL, 14, NIL, NIL, NIL);
    const vi odd_high = bytes(9, NIL, NIL, NIL, 11, NIL, NIL, NIL, 13, NIL, NIL, NIL, 15, NIL, NIL, NIL);
    float *reds = out + red * plane, *greens = out + plane, *blues = out + blue * plane;
    for (; i + 8 <= count; i += 8, pad += pad_step) {
        const struct colors px = resize_x8(&in, i, 0, 0);
        for (int32_t k = 0; k < pad_step; k += 4) store_f32(pad + k, pads);
        pack(reds + i, px.red_green, even, gain_r, offset_r);
        pack(reds + i + 4, px.red_green, odd, gain_r, offset_r);
        pack(greens + i, px.red_green, even_high, gain_g, offset_g);
        pack(greens + i + 4, px.red_green, odd_high, gain_g, offset_g);
        pack(blues + i, px.blue, even, gain_b, offset_b);
        pack(blues + i + 4, px.blue, odd, gain_b, offset_b);
    }
#endif
    for (; i < count; i++) {
        uint8_t px[3];
        resize_x1(px, rows, i);
        for (int32_t c = 0; c < 3; c++) {
            const int32_t to = c == 1 ? 1 : c == 0 ? red : blue;
            out[to * plane + i] = px[c] * normal[to] + normal[3 + to];
        }
    }
}
