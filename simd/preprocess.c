/*
 * A whole picture: fetch row → columns → rows → pack, one pass, a ring of line buffers, no picture in between.
 * Formulas: src/kernels/reference/preprocess.ts.
 */
#include <string.h>

#include "before.h"
#include "planar.h"
#include "shrink.h"
#include "warp.h"

enum { BILINEAR, ANTIALIAS, NEAREST, FLOAT, BLEND };

static const int32_t element_bytes[4] = {4, 2, 1, 1};

static size_t planes_of(const struct picture_plan *p) { return p->layout ? 1 : (size_t)p->channels; }

static int32_t clamp(int32_t value, int32_t most) { return value < 0 ? 0 : value > most ? most : value; }

/* YUV that is resized before it becomes RGB. */
static int is_planar(const struct picture_plan *p) { return p->format == FORMAT_YUV && !p->converted; }

/* The row as RGBX px: where it lies, or expanded. px past its end, which only weights of 0 see, stay as they are. */
static const uint8_t *fetch(const struct picture_plan *p, int32_t row) {
    const uint8_t *from = p->source + p->source_offset + (size_t)row * (size_t)p->stride;
    if (!p->fetched) return from;
    if (p->one_plane) {
        memcpy(p->fetched, from, (size_t)p->source_width);
        return p->fetched;
    }
    switch (p->format) {
        case FORMAT_RGBX: memcpy(p->fetched, from, (size_t)p->source_width * PIXEL_BYTES_RGBX); break;
        case FORMAT_GRAY8: kernels.expand_gray_u8(p->fetched, from, p->source_width); break;
        case FORMAT_YUV: convert_yuv_row(p, row, p->fetched); break;
        case FORMAT_GRAY16: kernels.expand_gray_u16(p->fetched, from, p->levels, p->source_width); break;
        default: kernels.expand_rgb_u8(p->fetched, from, p->format == FORMAT_BGR, p->source_width);
    }
    return p->fetched;
}

static void filter_plane_columns(const struct picture_plan *p, uint8_t *to, const uint8_t *row) {
    const void *weights = p->column_weights;
    const int32_t *first = p->column_first;
    switch (p->filter) {
        case BILINEAR: kernels.bilinear_columns_plane_u8_i16((int16_t *)(void *)to, row, first, weights, p->width); break;
        case ANTIALIAS: kernels.antialias_columns_plane_u8(to, row, first, weights, p->column_taps, p->width); break;
        case NEAREST: kernels.take_columns_plane_u8(to, row, first, p->width); break;
        case BLEND: kernels.blend_columns_plane_u8_f32((float *)(void *)to, row, first, weights, p->width); break;
        default: kernels.weigh_columns_plane_u8_f32((float *)(void *)to, row, first, weights, p->column_taps, p->width);
    }
}

static void filter_columns(const struct picture_plan *p, uint8_t *to, const uint8_t *px) {
    const void *weights = p->column_weights;
    if (p->one_plane) {
        filter_plane_columns(p, to, px);
        return;
    }
    switch (p->filter) {
        case BILINEAR: kernels.bilinear_columns_u8_i16((int16_t *)(void *)to, px, p->column_first, weights, p->width); break;
        case ANTIALIAS: kernels.antialias_columns_u8(to, px, p->column_first, weights, p->column_taps, p->width); break;
        case NEAREST: kernels.take_columns_u8(to, px, p->column_first, p->width); break;
        case BLEND: kernels.blend_columns_u8_f32((float *)(void *)to, px, p->column_first, weights, p->width); break;
        default: kernels.weigh_columns_u8_f32((float *)(void *)to, px, p->column_first, weights, p->column_taps, p->width);
    }
}

static int32_t row_channels(const struct picture_plan *p) { return p->one_plane ? 1 : PIXEL_BYTES_RGBX; }

/* The antialiased filters, which round in between, begin with the columns of the tensor: turned, with rows here. */
static int begins_with_rows(const struct picture_plan *p) { return p->turned && p->filter == ANTIALIAS; }

/* The source row after the horizontal step, or before it where rows come first; kept until another row needs its place. */
static const uint8_t *line(const struct picture_plan *p, int32_t row) {
    const int32_t place = row % p->row_taps;
    uint8_t *to = p->lines + (size_t)place * (size_t)p->line_bytes;
    if (p->line_rows[place] == row) return to;
    p->line_rows[place] = row;
    const uint8_t *px = p->before ? before_row(p, row, fetch) : fetch(p, row);
    if (begins_with_rows(p)) memcpy(to, px, (size_t)(row_channels(p) * p->source_width));
    else filter_columns(p, to, px);
    return to;
}

static int packs_float(const struct picture_plan *p) { return p->filter >= FLOAT && !p->rounding; }

/* The vertical step of float and blend: into its place in `float_row`, or rounded into that in `row`. */
static void filter_float_row(const struct picture_plan *p, int32_t y, uint8_t *rounded) {
    const float *const *lines = (const float *const *)(const void *)p->taps;
    const float *weights = (const float *)(const void *)p->row_weights + (size_t)p->row_taps * (size_t)y;
    const int32_t channels = row_channels(p), count = channels * p->width;
    float *to = p->float_row + p->left * channels;
    if (p->filter == BLEND) kernels.blend_rows_f32(to, lines[0], lines[1], weights[1], count);
    else kernels.weigh_rows_f32(to, lines, weights, p->row_taps, count);
    if (p->rounding) kernels.round_f32_u8(rounded, to, p->rounding, count);
}

/* Row y of the resized picture, into its place in `row`, or of one plane in `gray`: made elsewhere, as it may be three bytes longer. */
static void resize_row(const struct picture_plan *p, int32_t y) {
    const uint8_t **taps = p->taps;
    const int32_t count = row_channels(p) * p->width;
    uint8_t *to = p->one_plane ? p->row : p->row + p->left * PIXEL_BYTES_RGBX;
    for (int32_t t = 0; t < p->row_taps; t++) taps[t] = line(p, clamp(p->row_first[y] + t, p->source_height - 1));
    if (p->filter >= FLOAT) {
        filter_float_row(p, y, to);
    } else if (p->filter == NEAREST) {
        kernels.repeat_u8(to, taps[0], count, 1);
    } else if (p->filter == BILINEAR) {
        const int16_t *upper = (const int16_t *)(const void *)taps[0], *lower = (const int16_t *)(const void *)taps[1];
        kernels.bilinear_rows_i16_u8(to, upper, lower, p->row_weights + 2 * y, (count + 3) / PIXEL_BYTES_RGBX);
    } else {
        const int16_t *weights = p->row_weights + 2 * p->row_taps * y;
        if (begins_with_rows(p)) {
            kernels.antialias_rows_u8(p->fetched, taps, weights, p->row_taps, row_channels(p) * p->source_width);
            filter_columns(p, to, p->fetched);
        } else {
            kernels.antialias_rows_u8(to, taps, weights, p->row_taps, count);
        }
    }
    if (p->one_plane) memcpy(p->gray + p->left, to, (size_t)p->width);
}

/* Copies of `bytes` bytes, one after the other there and `step` bytes apart here. */
static void scatter(uint8_t *to, const uint8_t *from, size_t bytes, size_t step, int32_t count) {
    switch (bytes) {
        case 1: for (int32_t i = 0; i < count; i++) to[(size_t)i * step] = from[i]; break;
        case 2: for (int32_t i = 0; i < count; i++) memcpy(to + (size_t)i * step, from + 2 * i, 2); break;
        case 4: for (int32_t i = 0; i < count; i++) memcpy(to + (size_t)i * step, from + 4 * i, 4); break;
        case 12: for (int32_t i = 0; i < count; i++) memcpy(to + (size_t)i * step, from + 12 * i, 12); break;
        default: for (int32_t i = 0; i < count; i++) {
            for (size_t k = 0; k < bytes; k++) to[(size_t)i * step + k] = from[(size_t)i * bytes + k];
        }
    }
}

/* Column y of the tensor: the elements of a packed row, in groups of the channels that lie side by side. */
static void spread(const struct picture_plan *p, int32_t y) {
    const size_t group = (size_t)element_bytes[p->data_type] * (p->layout ? 3 : 1);
    const size_t width = (size_t)p->tensor_width, step = group * (size_t)p->tensor_height;
    for (size_t plane = 0; plane < planes_of(p); plane++) {
        uint8_t *to = p->tensor + plane * width * step + (size_t)y * group;
        const uint8_t *from = p->packed + plane * width * group;
        scatter(to, from, group, step, p->tensor_width);
    }
}

static void pack_gray_row(const struct picture_plan *p, void *to) {
    const int32_t count = p->tensor_width;
    if (!p->one_plane) kernels.gray_u8(p->gray, p->row, p->reverse, count);
    switch (p->data_type) {
        case 0: kernels.pack_gray_u8_f32(to, p->gray, p->normal, count); break;
        case 1: kernels.pack_gray_u8_f16(to, p->gray, p->normal, count); break;
        case 2: kernels.repeat_u8(to, p->gray, count, 1); break;
        default: kernels.pack_gray_u8_q8(to, p->gray, p->normal, count);
    }
}

static void pack_row(const struct picture_plan *p, int32_t y) {
    const int32_t plane = p->turned ? p->tensor_width : p->tensor_width * p->tensor_height;
    const size_t start = (size_t)y * (size_t)p->tensor_width * (p->layout ? 3 : 1);
    void *to = p->turned ? p->packed : p->tensor + start * (size_t)element_bytes[p->data_type];
    if (packs_float(p)) {
        void (*const pack[4])(void *, const float *, const float *, int32_t, int32_t, int32_t) = {
            kernels.pack_nchw_f32, kernels.pack_nchw_f32_f16, kernels.pack_nhwc_f32, kernels.pack_nhwc_f32_f16};
        pack[p->layout * 2 + p->data_type](to, p->float_row, p->normal, plane, p->reverse, p->tensor_width);
        if (p->turned) spread(p, y);
        return;
    }
    void (*const pack[8])(void *, const uint8_t *, const float *, int32_t, int32_t, int32_t) = {
        kernels.pack_nchw_u8_f32, kernels.pack_nchw_u8_f16, kernels.pack_nchw_u8, kernels.pack_nchw_u8_q8,
        kernels.pack_nhwc_u8_f32, kernels.pack_nhwc_u8_f16, kernels.pack_nhwc_u8, kernels.pack_nhwc_u8_q8};
    if (p->channels == 1) pack_gray_row(p, to);
    else pack[p->layout * 4 + p->data_type](to, p->row, p->normal, plane, p->reverse, p->tensor_width);
    if (p->turned) spread(p, y);
}

/* Makes the row nothing but pad. */
static void fill_row(const struct picture_plan *p) {
    const int32_t count = p->tensor_width * PIXEL_BYTES_RGBX;
    memset(p->row, p->pad, (size_t)count);
    if (p->one_plane) memset(p->gray, p->pad, (size_t)p->tensor_width);
    for (int32_t i = 0; packs_float(p) && i < count; i++) p->float_row[i] = (float)p->pad;
}

/* Rows of nothing but pad: the first is packed, the next ones repeat it, and the rest is copied in large pieces. */
static void pack_pad(const struct picture_plan *p, int32_t from, int32_t to) {
    if (from >= to) return;
    fill_row(p);
    pack_row(p, from);
    if (p->turned) {
        for (int32_t y = from + 1; y < to; y++) spread(p, y);
        return;
    }
    const size_t planes = planes_of(p);
    const size_t row = (size_t)p->tensor_width * (p->layout ? 3 : 1) * (size_t)element_bytes[p->data_type];
    for (size_t plane = 0; plane < planes; plane++) {
        uint8_t *first = p->tensor + (plane * (size_t)p->tensor_height + (size_t)from) * row;
        const size_t total = row * (size_t)(to - from), large = (LARGE_COPY_BYTES + row - 1) / row * row;
        const size_t start = large < total ? large : total;
        kernels.repeat_u8(first + row, first, (int32_t)row, (int32_t)(start / row) - 1);
        for (size_t at = start; at < total; at += start) memcpy(first + at, first, total - at < start ? total - at : start);
    }
}

static enum kernel_status check_taps(const struct picture_plan *p) {
    const int32_t columns = p->column_taps, rows = p->row_taps;
    if (columns < 1 || rows < 1 || columns > MOST_TAPS || rows > MOST_TAPS) return STATUS_BAD_TAPS;
    if ((p->filter == BILINEAR || p->filter == BLEND) && (columns != 2 || rows != 2)) return STATUS_BAD_TAPS;
    if (p->filter == ANTIALIAS && (columns & 1 || rows & 1)) return STATUS_BAD_TAPS;
    if (p->filter == NEAREST && (columns != 1 || rows != 1)) return STATUS_BAD_TAPS;
    return STATUS_OK;
}

static enum kernel_status check(const struct picture_plan *p) {
    if (!p->source || !p->tensor || !p->row || !p->column_first || !p->column_weights || !p->row_first || !p->row_weights || !p->normal ||
        (p->line_count > 0 && (!p->lines || !p->line_rows || !p->taps))) {
        return STATUS_MISSING_BUFFER;
    }
    if (p->source_width < 1 || p->source_height < 1 || p->tensor_width < 1 || p->tensor_height < 1) return STATUS_BAD_SIZE;
    if (p->width < 1 || p->height < 1 || p->left < 0 || p->top < 0 || p->left + p->width > p->tensor_width ||
        p->top + p->height > p->tensor_height) {
        return STATUS_BAD_PLACEMENT;
    }
    if (p->format < 0 || p->format > FORMAT_GRAY16 || p->filter < 0 || p->filter > BLEND || p->layout < 0 || p->layout > 1 ||
        p->data_type < 0 || p->data_type > 3 || (p->channels != 3 && (p->channels != 1 || p->layout != 0)) ||
        (is_planar(p) && (p->filter > ANTIALIAS || p->before))) {
        return STATUS_BAD_KIND;
    }
    const enum kernel_status taps = check_taps(p);
    if (taps != STATUS_OK) return taps;
    if (p->warp && check_warp(p) != STATUS_OK) return check_warp(p);
    if (p->channels == 1 && !p->gray) return STATUS_MISSING_BUFFER;
    if (p->one_plane && (p->channels != 1 || p->format != FORMAT_GRAY8 || p->before || p->warp)) return STATUS_BAD_KIND;
    if (p->turned && !p->packed) return STATUS_MISSING_BUFFER;
    if (p->format == FORMAT_YUV && (!p->converted || check_planar(p) != STATUS_OK)) return check_planar(p);
    if (p->format == FORMAT_GRAY16 && !p->levels) return STATUS_MISSING_BUFFER;
    if (p->filter >= FLOAT && !p->float_row) return STATUS_MISSING_BUFFER;
    if (packs_float(p) && (p->data_type > 1 || p->channels != 3)) return STATUS_BAD_KIND;
    if (p->before && check_before(p) != STATUS_OK) return check_before(p);
    if (p->line_count != p->row_taps) return STATUS_BAD_TAPS;
    if (!p->fetched && ((p->format != FORMAT_RGBX && !p->one_plane) || p->source_width < p->column_taps || begins_with_rows(p))) return STATUS_MISSING_BUFFER;
    return STATUS_OK;
}

int32_t preprocess(const struct picture_plan *p) {
    const enum kernel_status status = check(p);
    if (status != STATUS_OK) return status;
    for (int32_t t = 0; t < p->line_count; t++) p->line_rows[t] = -1;
    if (p->before) begin_before(p, fetch);
    if (!p->warp && shrink_in_one_step(p)) return STATUS_OK;
    pack_pad(p, 0, p->top);
    fill_row(p);
    for (int32_t y = 0; y < p->height; y++) {
        (p->warp ? warp_row : is_planar(p) ? resize_yuv_row : resize_row)(p, y);
        pack_row(p, p->top + y);
    }
    pack_pad(p, p->top + p->height, p->tensor_height);
    if (p->before) end_before(p, fetch);
    return STATUS_OK;
}
