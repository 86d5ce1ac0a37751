/*
 * As bilinear_yuv_u8_rgbx, but into three planes of float32 as pack_nchw_u8_f32 has it; no windows are OF_TWO. Source rows are
 * read where they lie and lines are not kept, though a row may serve twice: that is less work than to store lines and read them
 * again, and memory is waited for while the arithmetic goes on. So are the stores of the pad: beside every eight px `pad_step`
 * (a multiple of 4) numbers `pad_value` from `pad` on.
 */
#include "../yuv.h"

#if VEC
struct packing {
    float *reds, *greens, *blues;
    vf gain[3], offset[3];
};

static inline void pack(float *out, vi px, vi from, vf gain, vf offset) {
    store_f32(out, add_f32(mul_f32(convert_i32_f32(swizzle(px, from)), gain), offset));
}

static inline void pack_x8(const struct packing *to, int32_t i, struct colors px) {
    const vi even = bytes(0, NIL, NIL, NIL, 2, NIL, NIL, NIL, 4, NIL, NIL, NIL, 6, NIL, NIL, NIL);
    const vi odd = bytes(1, NIL, NIL, NIL, 3, NIL, NIL, NIL, 5, NIL, NIL, NIL, 7, NIL, NIL, NIL);
    const vi even_high = bytes(8, NIL, NIL, NIL, 10, NIL, NIL, NIL, 12, NIL, NIL, NIL, 14, NIL, NIL, NIL);
    const vi odd_high = bytes(9, NIL, NIL, NIL, 11, NIL, NIL, NIL, 13, NIL, NIL, NIL, 15, NIL, NIL, NIL);
    pack(to->reds + i, px.red_green, even, to->gain[0], to->offset[0]);
    pack(to->reds + i + 4, px.red_green, odd, to->gain[0], to->offset[0]);
    pack(to->greens + i, px.red_green, even_high, to->gain[1], to->offset[1]);
    pack(to->greens + i + 4, px.red_green, odd_high, to->gain[1], to->offset[1]);
    pack(to->blues + i, px.blue, even, to->gain[2], to->offset[2]);
    pack(to->blues + i + 4, px.blue, odd, to->gain[2], to->offset[2]);
}

/* A loop per kind of windows: left to itself, the compiler makes one of the three. Copies, because stores might change what pointers lead to. */
#define MAKE(name, chroma)                                                                                            \
    static __attribute__((noinline)) void name(const struct packing *packing, const struct yuv_rows *rows,           \
                                               int32_t end, float *pad, vf pads, int32_t pad_step) {                 \
        const struct packing to = *packing;                                                                          \
        const struct yuv_rows in = *rows;                                                                            \
        for (int32_t i = 0; i < end; i += 8, pad += pad_step) {                                                      \
            pack_x8(&to, i, resize_x8(&in, i, WINDOWS_OF_FOUR, chroma));                                             \
            for (int32_t k = 0; k < pad_step; k += 4) store_f32(pad + k, pads);                                      \
        }                                                                                                            \
    }
MAKE(make_four, WINDOWS_OF_FOUR)
MAKE(make_eight, WINDOWS_OF_EIGHT)
MAKE(make_both, WINDOWS_OF_BOTH)
#endif

void SPELLING(bilinear_yuv_nchw_u8_f32)(float *out, const struct yuv_rows *rows, const float *normal, int32_t plane,
                                        int32_t reverse, int32_t count, float *pad, float pad_value, int32_t pad_step) {
    const int32_t red = reverse ? 2 : 0, blue = 2 - red;
    int32_t i = 0;
    assert(rows->luma.windows && rows->chroma.windows && rows->luma.kind == WINDOWS_OF_FOUR && rows->chroma.kind != WINDOWS_OF_TWO);
#if VEC
    const struct packing to = {out + red * plane, out + plane, out + blue * plane,
                               {splat_f32(normal[red]), splat_f32(normal[1]), splat_f32(normal[blue])},
                               {splat_f32(normal[3 + red]), splat_f32(normal[4]), splat_f32(normal[3 + blue])}};
    const vf pads = splat_f32(pad_value);
    i = count & ~7;
    const int kind = rows->chroma.kind;
    (kind == WINDOWS_OF_EIGHT ? make_eight : kind == WINDOWS_OF_BOTH ? make_both : make_four)(&to, rows, i, pad, pads, pad_step);
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
