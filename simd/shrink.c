/*
 * The common cases in one step: bilinear into float32 planes, of RGBX that shrinks so much that no source row is used twice, and
 * of YUV whose columns are near enough to each other. The pad above and below is written a little at a time beside the picture.
 */
#include "shrink.h"

#include "planar.h"

#include <string.h>

enum {
    /* Six source rows and nine rows of planes: with more streams than this they get into each other's way. */
    ROWS_AT_ONCE = 3,
    MOST_PAD_STEP = 64,
    /* Of each row of a plane, read ahead: the processor fetches the next ones by itself then. */
    CACHE_LINE = 64,
    TOUCHED_BYTES = 4 * CACHE_LINE
};

/* What of the tensor is pad above or below the picture: a run in each plane. */
struct run {
    float *at;
    int32_t count;
    float value;
};

static void fill(struct run run) {
    const int32_t large = LARGE_COPY_BYTES / 4, start = run.count < large ? run.count : large;
    for (int32_t i = 0; i < start; i++) run.at[i] = run.value;
    for (int32_t i = start; i < run.count; i += start) {
        memcpy(run.at + i, run.at, (size_t)(run.count - i < start ? run.count - i : start) * sizeof(float));
    }
}

static float pad_value(const struct picture_plan *p, int32_t channel) {
    return (float)p->pad * p->normal[channel] + p->normal[3 + channel];
}

static float *plane_row(const struct picture_plan *p, int32_t channel, int32_t y) {
    float *tensor = (float *)(void *)p->tensor;
    return tensor + ((size_t)channel * (size_t)p->tensor_height + (size_t)y) * (size_t)p->tensor_width;
}

static void list_runs(const struct picture_plan *p, struct run runs[6]) {
    const int32_t below = p->tensor_height - p->top - p->height;
    for (int32_t c = 0; c < 3; c++) {
        runs[2 * c] = (struct run){plane_row(p, c, 0), p->top * p->tensor_width, pad_value(p, c)};
        runs[2 * c + 1] = (struct run){plane_row(p, c, p->top + p->height), below * p->tensor_width, pad_value(p, c)};
    }
}

/* The columns left and right of the picture, of all its rows. */
static void pad_sides(const struct picture_plan *p) {
    const int32_t right = p->left + p->width;
    if (p->width == p->tensor_width) return;
    float *values = (float *)(void *)p->row;
    for (int32_t c = 0; c < 3; c++) {
        fill((struct run){values, p->tensor_width, pad_value(p, c)});
        for (int32_t y = p->top; y < p->top + p->height; y++) {
            float *to = plane_row(p, c, y);
            kernels.repeat_u8((uint8_t *)to, p->row, 4 * p->left, 1);
            kernels.repeat_u8((uint8_t *)(to + right), p->row, 4 * (p->tensor_width - right), 1);
        }
    }
}

/* Pad that is written beside the picture: what is left of it, and how many numbers per step of `px` px. */
struct pad {
    struct run runs[6];
    int32_t run, px, step;
};

/* Where pad goes beside a row, or several at once. */
struct beside {
    float *at;
    float value;
    int32_t step;
};

/* As many numbers per step that pad and picture end together. */
static struct pad plan_pad(const struct picture_plan *p, int32_t rows_at_once, int32_t px) {
    struct pad pad;
    pad.run = 0;
    pad.px = px;
    const int64_t total = 3 * (int64_t)(p->tensor_height - p->height) * p->tensor_width;
    const int64_t steps = (int64_t)((p->height + rows_at_once - 1) / rows_at_once) * (p->width / px);
    const int64_t step = steps > 0 ? (total / steps + 3) / 4 * 4 : 0;
    pad.step = step < MOST_PAD_STEP ? (int32_t)step : MOST_PAD_STEP;
    list_runs(p, pad.runs);
    pad_sides(p);
    return pad;
}

/* A run with too little left for a whole row of steps is ended apart. */
static struct beside take_pad(const struct picture_plan *p, struct pad *pad) {
    const int32_t now = p->width / pad->px * pad->step;
    while (pad->run < 6 && pad->runs[pad->run].count < now) fill(pad->runs[pad->run++]);
    if (pad->run == 6) return (struct beside){(float *)(void *)p->row, 0, 0};
    struct run *run = &pad->runs[pad->run];
    const struct beside beside = {run->at, run->value, pad->step};
    run->at += now;
    run->count -= now;
    return beside;
}

static void end_pad(struct pad *pad) {
    while (pad->run < 6) fill(pad->runs[pad->run++]);
}

static int fits(const struct picture_plan *p) {
    if (p->layout != 0 || p->data_type != 0 || p->filter != 0 || p->turned || p->channels != 3 || p->converted) return 0;
    if (p->format == FORMAT_YUV) {
        return kernels.bilinear_yuv_nchw_u8_f32 && p->windows && p->chroma_windows && p->window_kind == WINDOWS_OF_FOUR &&
               p->chroma_window_kind != WINDOWS_OF_TWO;
    }
    if (!kernels.bilinear_nchw_u8_f32 || p->format != FORMAT_RGBX || p->fetched) return 0;
    for (int32_t y = 1; y < p->height; y++) {
        if (p->row_first[y] < p->row_first[y - 1] + 2) return 0;
    }
    return 1;
}

static void shrink_rgbx(const struct picture_plan *p) {
    const int32_t last = p->source_height - 1, plane = p->tensor_width * p->tensor_height;
    struct pad pad = plan_pad(p, ROWS_AT_ONCE, 4);
    for (int32_t y = 0; y < p->height; y += ROWS_AT_ONCE) {
        const int32_t rows = p->height - y < ROWS_AT_ONCE ? p->height - y : ROWS_AT_ONCE;
        const uint8_t *lines[2 * ROWS_AT_ONCE];
        for (int32_t k = 0; k < 2 * rows; k++) {
            const int32_t row = p->row_first[y + k / 2] + k % 2;
            lines[k] = p->source + p->source_offset + (size_t)(row < 0 ? 0 : row > last ? last : row) * (size_t)p->stride;
        }
        const struct beside beside = take_pad(p, &pad);
        kernels.bilinear_nchw_u8_f32(plane_row(p, 0, p->top + y) + p->left, lines, p->column_first, p->column_weights,
                                     p->row_weights + 2 * y, p->normal, p->tensor_width, plane, p->reverse, rows, p->width,
                                     beside.at, beside.value, beside.step);
    }
    end_pad(&pad);
}

/* Asks for the beginning of rows that come next, all at once: rows are short, and each would begin with a wait for memory. */
static void touch(const struct picture_plan *p, const struct yuv_rows *in) {
    const int32_t luma = (p->source_width - 1) * p->luma_step + 1, chroma = (p->chroma_width - 1) * p->chroma_step + 1;
    for (int32_t k = 0; k < 6; k++) {
        const int32_t bytes = k < 2 ? luma : chroma;
        for (int32_t at = 0; at < TOUCHED_BYTES && at < bytes; at += CACHE_LINE) (void)*(const volatile uint8_t *)(in->rows[k] + at);
    }
}

static void resize_yuv(const struct picture_plan *p) {
    const int32_t plane = p->tensor_width * p->tensor_height;
    struct pad pad = plan_pad(p, 1, 8);
    struct yuv_rows in = list_yuv_rows(p, 0);
    for (int32_t y = 0; y < p->height; y++) {
        const struct yuv_rows next = list_yuv_rows(p, y + 1 < p->height ? y + 1 : y);
        const struct beside beside = take_pad(p, &pad);
        touch(p, &next);
        kernels.bilinear_yuv_nchw_u8_f32(plane_row(p, 0, p->top + y) + p->left, &in, p->normal, plane, p->reverse, p->width,
                                         beside.at, beside.value, beside.step);
        in = next;
    }
    end_pad(&pad);
}

int shrink_in_one_step(const struct picture_plan *p) {
    if (!fits(p)) return 0;
    (p->format == FORMAT_YUV ? resize_yuv : shrink_rgbx)(p);
    return 1;
}
