/*
 * Pictures of luma and chroma. Y, U and V are resized apart, as planes of one sample each, and the resized row is converted:
 * how the samples lie in memory (I420, NV12 and others) is only a matter of where each plane begins and how far apart its
 * samples are. Formulas: src/kernels/reference/planar.ts.
 */
#include "planar.h"

#include <string.h>

enum { PIXEL_BYTES_RGBX = 4, MOST_TAPS = 2 * 16384 + 4 };

struct plane {
    const uint8_t *from;
    int32_t stride, width, height, taps, row_taps, first_line;
    struct columns columns;
    const int32_t *row_first;
    const int16_t *row_weights;
};

/* Y, U or V. */
static struct plane plane_of(const struct picture_plan *p, int32_t which) {
    if (which == 0) {
        return (struct plane){
            p->source + p->luma_offset, p->stride, p->source_width, p->source_height, p->column_taps, p->row_taps, 0,
            {p->column_first, p->column_weights, p->window_at, p->windows, p->source_width > 1 ? p->luma_step : 0},
            p->row_first, p->row_weights};
    }
    return (struct plane){
        p->source + (which == 1 ? p->u_offset : p->v_offset), p->chroma_stride, p->chroma_width, p->chroma_height,
        p->chroma_column_taps, p->chroma_row_taps, p->row_taps + (which - 1) * p->chroma_row_taps,
        {p->chroma_column_first, p->chroma_column_weights, p->chroma_window_at, p->chroma_windows, p->chroma_width > 1 ? p->chroma_step : 0},
        p->chroma_row_first, p->chroma_row_weights};
}

static const uint8_t *row_of(const struct plane *plane, int32_t row) {
    const int32_t last = plane->height - 1;
    return plane->from + (size_t)(row < 0 ? 0 : row > last ? last : row) * (size_t)plane->stride;
}

/* A row of the plane with its samples side by side: where it lies, or taken out. Bytes past its end, which only weights of 0 see, stay as they are. */
static const uint8_t *fetch(const struct picture_plan *p, const struct plane *plane, int32_t step, int32_t row) {
    const uint8_t *from = row_of(plane, row);
    if (step == 1 && plane->width >= plane->taps) return from;
    kernels.take_u8(p->fetched, from, step, plane->width);
    return p->fetched;
}

/* A row after the horizontal step of the antialiased filter; kept until another one needs its place. */
static const uint8_t *line(const struct picture_plan *p, const struct plane *plane, int32_t step, int32_t row) {
    const int32_t last = plane->height - 1, inside = row < 0 ? 0 : row > last ? last : row;
    const int32_t place = plane->first_line + inside % plane->row_taps;
    uint8_t *to = p->lines + (size_t)place * (size_t)p->line_bytes;
    if (p->line_rows[place] == inside) return to;
    p->line_rows[place] = inside;
    const uint8_t *from = fetch(p, plane, step, inside);
    kernels.antialias_columns_plane_u8(to, from, plane->columns.first, plane->columns.weights, plane->taps, p->width);
    return to;
}

static void antialias(const struct picture_plan *p, const struct plane *plane, int32_t step, int32_t y, int16_t *to) {
    uint8_t *row = p->row + p->left * PIXEL_BYTES_RGBX;
    for (int32_t t = 0; t < plane->row_taps; t++) p->taps[t] = line(p, plane, step, plane->row_first[y] + t);
    kernels.antialias_rows_u8(row, p->taps, plane->row_weights + 2 * plane->row_taps * y, plane->row_taps, p->width);
    kernels.widen_u8_i16(to, row, p->width);
}

void resize_planar_row(const struct picture_plan *p, int32_t y) {
    for (int32_t which = 0; which < 3; which++) {
        const struct plane plane = plane_of(p, which);
        int16_t *to = p->samples + which * p->sample_plane;
        if (p->filter == 0) {
            const int32_t row = plane.row_first[y];
            kernels.bilinear_plane_u8_i16(to, row_of(&plane, row), row_of(&plane, row + 1), &plane.columns, plane.row_weights[2 * y],
                                          p->width);
        } else {
            antialias(p, &plane, which ? p->chroma_step : p->luma_step, y, to);
        }
    }
    kernels.convert_yuv_i16_rgbx(p->row + p->left * PIXEL_BYTES_RGBX, p->samples, p->sample_plane, p->matrix, p->width);
}

enum kernel_status check_planar(const struct picture_plan *p) {
    if (!p->chroma_column_first || !p->chroma_column_weights || !p->chroma_row_first || !p->chroma_row_weights || !p->matrix ||
        !p->samples || !p->window_at != !p->windows || !p->chroma_window_at != !p->chroma_windows) {
        return STATUS_MISSING_BUFFER;
    }
    if (p->chroma_width < 1 || p->chroma_height < 1 || p->luma_step < 1 || p->chroma_step < 1 || p->sample_plane < p->width) {
        return STATUS_BAD_SIZE;
    }
    if (p->chroma_column_taps < 2 || p->chroma_column_taps & 1 || p->chroma_row_taps < 2 || p->chroma_row_taps & 1 ||
        p->chroma_row_taps > MOST_TAPS || (p->filter == 0 && (p->chroma_column_taps != 2 || p->chroma_row_taps != 2))) {
        return STATUS_BAD_TAPS;
    }
    if (p->filter == 1 && (!p->fetched || p->line_count != p->row_taps + 2 * p->chroma_row_taps)) return STATUS_MISSING_BUFFER;
    return STATUS_OK;
}
