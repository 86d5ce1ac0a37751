/*
 * Pictures of luma and chroma. Y, U and V are resized apart, as planes of one sample each, and the matrix comes last. How the
 * samples lie in memory (I420, NV12 and others) is only a matter of where each plane begins and how far apart its samples are.
 * Formulas: src/kernels/reference/planar.ts.
 */
#include "planar.h"

#include <string.h>

enum { WHOLE = 1 << 15 };

/* Y, U or V, and how it is resized. */
struct plane {
    const uint8_t *from;
    int32_t stride, step, width, height, taps, row_taps, first_line;
    const int32_t *first, *row_first;
    const int16_t *weights, *row_weights;
};

static struct plane plane_of(const struct picture_plan *p, int32_t which) {
    if (which == 0 && p->converted) {
        return (struct plane){p->source + p->luma_offset, p->stride, p->luma_step, p->source_width, p->source_height,
                              2, 2, 0, p->luma_column_first, p->luma_row_first, p->luma_column_weights, p->luma_row_weights};
    }
    if (which == 0) {
        return (struct plane){p->source + p->luma_offset, p->stride, p->luma_step, p->source_width, p->source_height,
                              p->column_taps, p->row_taps, 0, p->column_first, p->row_first, p->column_weights, p->row_weights};
    }
    return (struct plane){p->source + (which == 1 ? p->u_offset : p->v_offset), p->chroma_stride, p->chroma_step, p->chroma_width,
                          p->chroma_height, p->chroma_column_taps, p->chroma_row_taps,
                          p->row_taps + (which - 1) * p->chroma_row_taps, p->chroma_column_first, p->chroma_row_first,
                          p->chroma_column_weights, p->chroma_row_weights};
}

static int32_t inside(const struct plane *plane, int32_t row) {
    const int32_t last = plane->height - 1;
    return row < 0 ? 0 : row > last ? last : row;
}

static const uint8_t *row_of(const struct plane *plane, int32_t row) {
    return plane->from + (size_t)inside(plane, row) * (size_t)plane->stride;
}

/* A plane of one column has no second sample, only a weight of 0 for it. */
static struct columns columns_of(const struct picture_plan *p, const struct plane *plane, int32_t which) {
    const int32_t next = plane->width > 1 ? plane->step : 0;
    return which ? (struct columns){plane->first, plane->weights, p->chroma_window_at, p->chroma_windows, next,
                                    (enum window_kind)p->chroma_window_kind}
                 : (struct columns){plane->first, plane->weights, p->window_at, p->windows, next,
                                    (enum window_kind)p->window_kind};
}

/* A factor of the matrix shared out to the upper and the lower row; `weight` of the upper one has 15 bits. */
static int32_t share(int32_t factor, int32_t weight) {
    const int32_t upper = (factor * weight + 0x4000) >> 15;
    return (int32_t)(((uint32_t)upper & 0xffff) | (uint32_t)(factor - upper) << 16);
}

static struct yuv_factors share_factors(const struct picture_plan *p, int32_t luma_weight, int32_t chroma_weight) {
    struct yuv_factors factors;
    for (int32_t k = 0; k < 5; k++) factors.pairs[k] = share(p->matrix[k], k == 0 ? luma_weight : chroma_weight);
    for (int32_t k = 0; k < 3; k++) factors.added[k] = (int16_t)p->matrix[5 + k];
    return factors;
}

struct yuv_factors whole_yuv_factors(const struct picture_plan *p) { return share_factors(p, WHOLE, WHOLE); }

struct yuv_rows list_yuv_rows(const struct picture_plan *p, int32_t y) {
    struct yuv_rows in;
    for (int32_t which = 0; which < 3; which++) {
        const struct plane plane = plane_of(p, which);
        for (int32_t k = 0; k < 2; k++) in.rows[2 * which + k] = row_of(&plane, plane.row_first[y] + k);
        if (which < 2) *(which ? &in.chroma : &in.luma) = columns_of(p, &plane, which);
    }
    in.factors = share_factors(p, (p->converted ? p->luma_row_weights : p->row_weights)[2 * y], p->chroma_row_weights[2 * y]);
    return in;
}

/* A row of the plane with its samples side by side: where it lies, or taken out. Bytes past its end, which only weights of 0 see, stay as they are. */
static const uint8_t *fetch(const struct picture_plan *p, const struct plane *plane, int32_t row) {
    const uint8_t *from = row_of(plane, row);
    if (plane->step == 1 && plane->width >= plane->taps) return from;
    kernels.take_u8(p->fetched, from, plane->step, plane->width);
    return p->fetched;
}

/* A row after the horizontal step of the antialiased filter, or before it of a turned picture; kept until another one needs its place. */
static const uint8_t *line(const struct picture_plan *p, const struct plane *plane, int32_t row) {
    const int32_t place = plane->first_line + row % plane->row_taps;
    uint8_t *to = p->lines + (size_t)place * (size_t)p->line_bytes;
    if (p->line_rows[place] == row) return to;
    p->line_rows[place] = row;
    const uint8_t *samples = fetch(p, plane, row);
    if (p->turned) memcpy(to, samples, (size_t)plane->width);
    else kernels.antialias_columns_plane_u8(to, samples, plane->first, plane->weights, plane->taps, p->width);
    return to;
}

static void antialias(const struct picture_plan *p, const struct plane *plane, int32_t y, uint8_t *to) {
    const int16_t *weights = plane->row_weights + 2 * plane->row_taps * y;
    for (int32_t t = 0; t < plane->row_taps; t++) p->taps[t] = line(p, plane, inside(plane, plane->row_first[y] + t));
    if (!p->turned) {
        kernels.antialias_rows_u8(to, p->taps, weights, plane->row_taps, p->width);
        return;
    }
    /* Columns of the tensor come first. */
    kernels.antialias_rows_u8(p->fetched, p->taps, weights, plane->row_taps, plane->width);
    kernels.antialias_columns_plane_u8(to, p->fetched, plane->first, plane->weights, plane->taps, p->width);
}

void resize_yuv_row(const struct picture_plan *p, int32_t y) {
    uint8_t *to = p->row + p->left * PIXEL_BYTES_RGBX;
    if (p->filter == 0) {
        const struct yuv_rows in = list_yuv_rows(p, y);
        kernels.bilinear_yuv_u8_rgbx(to, &in, p->width);
        return;
    }
    const uint8_t *rows[3];
    for (int32_t which = 0; which < 3; which++) {
        const struct plane plane = plane_of(p, which);
        uint8_t *samples = p->samples + which * p->width;
        antialias(p, &plane, y, samples);
        rows[which] = samples;
    }
    const struct yuv_factors factors = whole_yuv_factors(p);
    kernels.convert_yuv_u8_rgbx(to, rows, &factors, p->width);
}

void convert_yuv_row(const struct picture_plan *p, int32_t row, uint8_t *to) {
    const struct yuv_rows in = list_yuv_rows(p, row);
    kernels.bilinear_yuv_u8_rgbx(to, &in, p->source_width);
}

enum kernel_status check_planar(const struct picture_plan *p) {
    if (!p->chroma_column_first || !p->chroma_column_weights || !p->chroma_row_first || !p->chroma_row_weights || !p->matrix ||
        !p->window_at != !p->windows || !p->chroma_window_at != !p->chroma_windows) {
        return STATUS_MISSING_BUFFER;
    }
    if (p->chroma_width < 1 || p->chroma_height < 1 || p->luma_step < 1 || p->chroma_step < 1) return STATUS_BAD_SIZE;
    if (p->chroma_column_taps < 2 || p->chroma_column_taps & 1 || p->chroma_row_taps < 2 || p->chroma_row_taps & 1 ||
        p->chroma_row_taps > MOST_TAPS) {
        return STATUS_BAD_TAPS;
    }
    if (p->window_kind < WINDOWS_OF_FOUR || p->window_kind > WINDOWS_OF_TWO || p->chroma_window_kind < WINDOWS_OF_FOUR ||
        p->chroma_window_kind > WINDOWS_OF_BOTH) {
        return STATUS_BAD_KIND;
    }
    if (p->converted) {
        if (!p->luma_column_first || !p->luma_column_weights || !p->luma_row_first || !p->luma_row_weights) return STATUS_MISSING_BUFFER;
        return p->chroma_column_taps == 2 && p->chroma_row_taps == 2 ? STATUS_OK : STATUS_BAD_TAPS;
    }
    if (p->filter == 0) {
        return p->chroma_column_taps == 2 && p->chroma_row_taps == 2 && p->line_count == 0 ? STATUS_OK : STATUS_BAD_TAPS;
    }
    if (p->line_count != p->row_taps + 2 * p->chroma_row_taps) return STATUS_BAD_TAPS;
    return p->fetched && p->samples ? STATUS_OK : STATUS_MISSING_BUFFER;
}
