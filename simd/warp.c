/*
 * Pictures whose px lie anywhere: a row of the tensor at a time, where its px lie in the picture → samples around them → RGBX.
 * `mapping` m takes px i of row y, counted from 0, to the place in the picture where its colour is taken, which is whole in
 * the middle of a px: x = (m0·i + m1·y + m2) / (m6·i + m7·y + m8), y' = (m3·i + m4·y + m5) / (the same). What does not depend on i is
 * computed once per row, in double. Formulas: src/kernels/reference/warp.ts.
 */
#include "warp.h"

#include "planar.h"

enum { WARP_CONSTANT = 2 };

/* A plane and what of it the row is made of; `share` is how many px a sample of it serves on each axis. */
struct plane {
    const uint8_t *from;
    int32_t stride, step, width, height, across, down;
};

/* A sample that serves s px lies in the middle of them: in samples, (x + ½) / s − ½. `at`: where what is found is kept, 4 numbers per px. */
static struct samples place(const struct picture_plan *p, const struct plane *plane, int32_t *at) {
    const int32_t n = p->tensor_width;
    const float across = 1.0f / (float)plane->across, down = 1.0f / (float)plane->down;
    kernels.place_samples_f32(at, at + n, p->points, across, 0.5f * across - 0.5f, plane->width, n);
    kernels.place_samples_f32(at + 2 * n, at + 3 * n, p->points + n, down, 0.5f * down - 0.5f, plane->height, n);
    return (struct samples){plane->from, plane->height > 1 ? plane->stride : 0, plane->width > 1 ? plane->step : 0,
                            at, at + 2 * n, at + n, at + 3 * n};
}

static struct plane whole_plane(const struct picture_plan *p, int32_t step) {
    return (struct plane){p->source + p->source_offset, p->stride, step, p->source_width, p->source_height, 1, 1};
}

static void warp_yuv(const struct picture_plan *p) {
    const int32_t n = p->tensor_width;
    const struct plane luma = {p->source + p->luma_offset, p->stride, p->luma_step, p->source_width, p->source_height, 1, 1};
    /* Where both have one sample, it does not matter how many px it serves. */
    const struct plane chroma = {p->source + p->u_offset, p->chroma_stride, p->chroma_step, p->chroma_width, p->chroma_height,
                                 p->chroma_width < p->source_width ? 2 : 1, p->chroma_height < p->source_height ? 2 : 1};
    struct samples planes[3] = {place(p, &luma, p->places), place(p, &chroma, p->places + 4 * n)};
    planes[2] = planes[1];
    planes[2].from = p->source + p->v_offset;
    const struct yuv_factors factors = whole_yuv_factors(p);
    kernels.sample_yuv_u8_rgbx(p->row, planes, &factors, n);
}

static void warp_gray(const struct picture_plan *p) {
    const int32_t n = p->tensor_width;
    const struct plane plane = whole_plane(p, p->format == FORMAT_GRAY16 ? 2 : 1);
    const struct samples in = place(p, &plane, p->places);
    if (p->format == FORMAT_GRAY16) kernels.sample_gray_u16(p->samples, &in, p->levels, n);
    else kernels.sample_plane_u8(p->samples, &in, n);
    kernels.expand_gray_u8(p->row, p->samples, n);
}

void warp_row(const struct picture_plan *p, int32_t y) {
    const double *m = p->mapping;
    const float line[6] = {(float)(m[1] * y + m[2]), (float)(m[4] * y + m[5]), (float)(m[7] * y + m[8]),
                           (float)m[0], (float)m[3], (float)m[6]};
    const int32_t n = p->tensor_width;
    kernels.warp_points_f32(p->points, line, n);
    if (p->format == FORMAT_YUV) {
        warp_yuv(p);
    } else if (p->format >= FORMAT_GRAY8) {
        warp_gray(p);
    } else {
        const struct plane plane = whole_plane(p, p->format >= FORMAT_RGB ? 3 : 4);
        const struct samples in = place(p, &plane, p->places);
        kernels.sample_u8_rgbx(p->row, &in, n);
    }
    if (p->warp == WARP_CONSTANT) kernels.cover_u8_rgbx(p->row, p->points, p->source_width, p->source_height, p->pad, n);
}

enum kernel_status check_warp(const struct picture_plan *p) {
    if (!p->mapping || !p->points || !p->places || (p->format >= FORMAT_GRAY8 && p->format != FORMAT_YUV && !p->samples)) return STATUS_MISSING_BUFFER;
    if (p->warp < 1 || p->warp > WARP_CONSTANT || p->turned) return STATUS_BAD_KIND;
    return p->width == p->tensor_width && p->height == p->tensor_height ? STATUS_OK : STATUS_BAD_PLACEMENT;
}
