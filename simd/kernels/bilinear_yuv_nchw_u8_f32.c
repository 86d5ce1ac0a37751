/*
 * As bilinear_yuv_u8_rgbx, but into three planes of float32 as pack_nchw_u8_f32 has it; no windows are OF_TWO. Source rows are
 * read where they lie and lines are not kept, though a row may serve twice: that is less work than to store lines and read them
 * again, and memory is waited for while the arithmetic goes on. So are the stores of the pad: beside every eight px `pad_step`
 * (a multiple of 4) numbers `pad_value` from `pad` on.
 */
#include "../float_planes.h"
#include "../yuv.h"

#if VEC
static inline void pack_x8(const struct float_planes_x4 *to, int32_t i, struct colors px) {
    const vi even = bytes(0, NIL, NIL, NIL, 2, NIL, NIL, NIL, 4, NIL, NIL, NIL, 6, NIL, NIL, NIL);
    const vi odd = bytes(1, NIL, NIL, NIL, 3, NIL, NIL, NIL, 5, NIL, NIL, NIL, 7, NIL, NIL, NIL);
    const vi even_high = bytes(8, NIL, NIL, NIL, 10, NIL, NIL, NIL, 12, NIL, NIL, NIL, 14, NIL, NIL, NIL);
    const vi odd_high = bytes(9, NIL, NIL, NIL, 11, NIL, NIL, NIL, 13, NIL, NIL, NIL, 15, NIL, NIL, NIL);
    pack_x4(to, 0, i, swizzle(px.red_green, even));
    pack_x4(to, 0, i + 4, swizzle(px.red_green, odd));
    pack_x4(to, 1, i, swizzle(px.red_green, even_high));
    pack_x4(to, 1, i + 4, swizzle(px.red_green, odd_high));
    pack_x4(to, 2, i, swizzle(px.blue, even));
    pack_x4(to, 2, i + 4, swizzle(px.blue, odd));
}

/* A loop per kind of windows: left to itself, the compiler makes one of the three. Copies, because stores might change what pointers lead to. */
#define MAKE(name, chroma)                                                                                            \
    static __attribute__((noinline)) void name(const struct float_planes_x4 *planes, const struct yuv_rows *rows,     \
                                               int32_t end, float *pad, vf pads, int32_t pad_step) {                  \
        const struct float_planes_x4 to = *planes;                                                                    \
        const struct yuv_rows in = *rows;                                                                             \
        for (int32_t i = 0; i < end; i += 8, pad += pad_step) {                                                       \
            pack_x8(&to, i, resize_x8(&in, i, WINDOWS_OF_FOUR, chroma));                                              \
            for (int32_t k = 0; k < pad_step; k += 4) store_f32(pad + k, pads);                                       \
        }                                                                                                             \
    }
MAKE(make_four, WINDOWS_OF_FOUR)
MAKE(make_eight, WINDOWS_OF_EIGHT)
MAKE(make_both, WINDOWS_OF_BOTH)
#endif

void SPELLING(bilinear_yuv_nchw_u8_f32)(float *out, const struct yuv_rows *rows, const float *normal, int32_t plane,
                                        int32_t reverse, int32_t count, float *pad, float pad_value, int32_t pad_step) {
    const int kind = rows->chroma.kind;
    int32_t i = 0;
    assert(rows->luma.windows && rows->chroma.windows && rows->luma.kind == WINDOWS_OF_FOUR && kind != WINDOWS_OF_TWO);
#if VEC
    const struct float_planes_x4 to_x4 = float_planes_x4_of(out, normal, plane, reverse);
    i = count & ~7;
    (kind == WINDOWS_OF_EIGHT ? make_eight : kind == WINDOWS_OF_BOTH ? make_both : make_four)(
        &to_x4, rows, i, pad, splat_f32(pad_value), pad_step);
#endif
    const struct float_planes to = float_planes_of(out, normal, plane, reverse);
    for (; i < count; i++) {
        uint8_t px[3];
        resize_x1(px, rows, i);
        for (int32_t c = 0; c < 3; c++) to.plane[c][i] = px[c] * to.gain[c] + to.offset[c];
    }
}
