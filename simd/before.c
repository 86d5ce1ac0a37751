/*
 * Steps on the source rows, before they are resized: the difference to a background, tones, the median, a blur, the last two with a
 * ring of lines of their own and none with a picture in between. Formulas: src/kernels/reference/before.ts.
 */
#include "before.h"

#include <string.h>

enum { CHANNELS = 4, MEDIAN_LINES = 3, MOST_BLUR_TAPS = 31 };

static int32_t clamp(int32_t value, int32_t most) { return value < 0 ? 0 : value > most ? most : value; }

/* Takes `cut` px away from the histogram, beginning at `from`. */
static void drop(int32_t *histogram, int32_t from, int32_t step, int64_t cut) {
    for (int32_t i = from; cut > 0 && i >= 0 && i < 256; i += step) {
        const int32_t taken = cut > histogram[i] ? histogram[i] : (int32_t)cut;
        histogram[i] -= taken;
        cut -= taken;
    }
}

/* The table that spreads what a histogram has from `low` to `high` over 0 … 255; leaves a channel of one value alone. */
static void spread(uint8_t *table, const int32_t *histogram) {
    int32_t low = 0, high = 255;
    while (low < 255 && histogram[low] == 0) low++;
    while (high > 0 && histogram[high] == 0) high--;
    for (int32_t i = 0; i < 256; i++) {
        if (high <= low) {
            table[i] = (uint8_t)i;
            continue;
        }
        const double scale = 255.0 / (high - low), offset = -low * scale, scaled = i * scale;
        table[i] = (uint8_t)clamp((int32_t)(scaled + offset), 255);
    }
}

/* A row, or how it differs from the background; the same until end_before. */
static const uint8_t *moved_row(const struct picture_plan *p, int32_t row, fetch_row *fetch) {
    const uint8_t *px = fetch(p, row);
    if (!p->background) return px;
    const int16_t *background = p->background + (size_t)row * (size_t)p->source_width * PIXEL_BYTES_RGBX;
    kernels.difference_u8(p->fetched, px, background, p->background_threshold, p->background_keep, p->source_width);
    return p->fetched;
}

/* A rate of 256 forgets what was there. */
static void learn(const struct picture_plan *p, int32_t rate, fetch_row *fetch) {
    for (int32_t y = 0; y < p->source_height; y++) {
        int16_t *background = p->background + (size_t)y * (size_t)p->source_width * PIXEL_BYTES_RGBX;
        kernels.learn_u8_i16(background, fetch(p, y), rate, p->source_width);
    }
}

static void stretch_tones(const struct picture_plan *p, fetch_row *fetch) {
    memset(p->histogram, 0, 3 * 256 * sizeof(int32_t));
    for (int32_t y = 0; y < p->source_height; y++) kernels.count_u8(p->histogram, moved_row(p, y, fetch), p->source_width);
    const double count = (double)p->source_width * p->source_height;
    for (int32_t c = 0; c < 3; c++) {
        int32_t *histogram = p->histogram + 256 * c;
        drop(histogram, 0, 1, (int64_t)(count * p->stretch[0] / 100));
        drop(histogram, 255, -1, (int64_t)(count * p->stretch[1] / 100));
        spread(p->tones + 256 * c, histogram);
    }
}

void begin_before(const struct picture_plan *p, fetch_row *fetch) {
    if (p->background && !*p->background_known) {
        learn(p, 256, fetch);
        *p->background_known = 1;
    }
    if (p->stretch) stretch_tones(p, fetch);
    if (p->median) memset(p->median_rows, 0xff, MEDIAN_LINES * sizeof(int32_t));
    for (int32_t t = 0; t < p->blur_row_taps; t++) p->blur_line_rows[t] = -1;
    for (int32_t t = 0; p->box_size && t < p->box_size + 2; t++) p->blur_line_rows[t] = -1;
}

void end_before(const struct picture_plan *p, fetch_row *fetch) {
    if (p->background && p->background_rate > 0) learn(p, p->background_rate, fetch);
}

static const uint8_t *toned_row(const struct picture_plan *p, int32_t row, fetch_row *fetch) {
    const uint8_t *px = moved_row(p, row, fetch);
    if (p->tones) kernels.map_u8(p->fetched, px, p->tones, p->source_width);
    return px;
}

/* A toned row with its first and its last px once more at its ends; kept until another one needs its place. */
static const uint8_t *median_line(const struct picture_plan *p, int32_t row, fetch_row *fetch) {
    const size_t width = (size_t)p->source_width * PIXEL_BYTES_RGBX;
    const int32_t place = row % MEDIAN_LINES;
    uint8_t *to = p->median_lines + (size_t)place * (width + 2 * PIXEL_BYTES_RGBX);
    if (p->median_rows[place] == row) return to;
    p->median_rows[place] = row;
    memcpy(to + PIXEL_BYTES_RGBX, toned_row(p, row, fetch), width);
    memcpy(to, to + PIXEL_BYTES_RGBX, PIXEL_BYTES_RGBX);
    memcpy(to + PIXEL_BYTES_RGBX + width, to + width, PIXEL_BYTES_RGBX);
    return to;
}

static const uint8_t *median_row(const struct picture_plan *p, int32_t row, fetch_row *fetch) {
    if (!p->median) return toned_row(p, row, fetch);
    const uint8_t *lines[MEDIAN_LINES];
    for (int32_t k = 0; k < MEDIAN_LINES; k++) lines[k] = median_line(p, clamp(row + k - 1, p->source_height - 1), fetch);
    kernels.median_u8(p->median_row, lines, p->source_width);
    return p->median_row;
}

/* Beyond an edge a picture goes on mirrored, the edge itself not repeated. */
static int32_t mirror(int32_t at, int32_t count) {
    const int32_t period = count > 1 ? 2 * (count - 1) : 1, inside = (at % period + period) % period;
    return inside < period - inside ? inside : count > 1 ? period - inside : 0;
}

/* A row as it goes into the box; kept as long as it may have to leave it. */
static const uint8_t *box_line(const struct picture_plan *p, int32_t row, fetch_row *fetch) {
    const int32_t place = row % (p->box_size + 1);
    const size_t width = (size_t)p->source_width * PIXEL_BYTES_RGBX;
    uint8_t *to = p->box_lines + (size_t)place * width;
    if (p->blur_line_rows[place] == row) return to;
    p->blur_line_rows[place] = row;
    memcpy(to, median_row(p, row, fetch), width);
    return to;
}

/* Makes box_sums those around `row`: a row comes and one goes for each step from where they are, unless beginning anew is less. */
static void move_box(const struct picture_plan *p, int32_t row, fetch_row *fetch) {
    const int32_t reach = p->box_size / 2, rows = p->source_height, count = p->source_width * CHANNELS;
    int32_t *at = &p->blur_line_rows[p->box_size + 1];
    int16_t *sums = p->box_sums + reach * CHANNELS;
    const int32_t step = row < *at ? -1 : 1, steps = (row - *at) * step;
    if (*at < 0 || 2 * steps > p->box_size) {
        memset(sums, 0, (size_t)count * sizeof(int16_t));
        for (int32_t k = -reach; k <= reach; k++) kernels.slide_rows_u8_i16(sums, box_line(p, mirror(row + k, rows), fetch), NULL, count);
        *at = row;
    }
    for (; *at != row; *at += step) {
        const uint8_t *added = box_line(p, mirror(*at + step * (reach + 1), rows), fetch);
        kernels.slide_rows_u8_i16(sums, added, box_line(p, mirror(*at - step * reach, rows), fetch), count);
    }
}

static const uint8_t *box_row(const struct picture_plan *p, int32_t row, fetch_row *fetch) {
    const int32_t reach = p->box_size / 2, width = p->source_width;
    int16_t *sums = p->box_sums + reach * CHANNELS;
    move_box(p, row, fetch);
    for (int32_t k = 1; k <= reach; k++) {
        memcpy(sums - k * CHANNELS, sums + mirror(-k, width) * CHANNELS, CHANNELS * sizeof(int16_t));
        memcpy(sums + (width - 1 + k) * CHANNELS, sums + mirror(width - 1 + k, width) * CHANNELS, CHANNELS * sizeof(int16_t));
    }
    kernels.slide_columns_i16_f32(p->blur_sums, p->box_sums, p->box_size, width);
    kernels.round_f32_u8(p->blur_row, p->blur_sums, p->blur_rounding, width * CHANNELS);
    return p->blur_row;
}

const uint8_t *before_row(const struct picture_plan *p, int32_t row, fetch_row *fetch) {
    if (p->box_size) return box_row(p, row, fetch);
    if (p->blur_row_taps == 0) return median_row(p, row, fetch);
    const int32_t count = p->source_width * PIXEL_BYTES_RGBX;
    const float *lines[MOST_BLUR_TAPS];
    for (int32_t t = 0; t < p->blur_row_taps; t++) {
        const int32_t from = clamp(p->blur_row_first[row] + t, p->source_height - 1), place = from % p->blur_row_taps;
        float *line = p->blur_lines + (size_t)place * (size_t)count;
        lines[t] = line;
        if (p->blur_line_rows[place] == from) continue;
        p->blur_line_rows[place] = from;
        const uint8_t *px = median_row(p, from, fetch);
        kernels.weigh_columns_u8_f32(line, px, p->blur_column_first, p->blur_column_weights, p->blur_column_taps, p->source_width);
    }
    const float *weights = p->blur_row_weights + (size_t)p->blur_row_taps * (size_t)row;
    kernels.weigh_rows_f32(p->blur_sums, lines, weights, p->blur_row_taps, count);
    kernels.round_f32_u8(p->blur_row, p->blur_sums, p->blur_rounding, count);
    return p->blur_row;
}

enum kernel_status check_before(const struct picture_plan *p) {
    if (!p->fetched || (p->stretch && (!p->tones || !p->histogram)) || (p->median && (!p->median_lines || !p->median_rows || !p->median_row))) {
        return STATUS_MISSING_BUFFER;
    }
    if (p->background && !p->background_known) return STATUS_MISSING_BUFFER;
    if (p->background && (p->background_rate < 0 || p->background_rate > 256 || p->background_threshold < 1 || p->background_threshold > 255)) {
        return STATUS_BAD_KIND;
    }
    if (p->box_size < 0 || p->box_size > MOST_BLUR_TAPS || (p->box_size && !(p->box_size & 1))) return STATUS_BAD_TAPS;
    if (p->box_size) {
        return p->box_lines && p->box_sums && p->blur_line_rows && p->blur_sums && p->blur_rounding && p->blur_row ? STATUS_OK
                                                                                                                 : STATUS_MISSING_BUFFER;
    }
    if (p->blur_row_taps == 0) return STATUS_OK;
    if (p->blur_row_taps < 1 || p->blur_row_taps > MOST_BLUR_TAPS || p->blur_column_taps < 1 || p->fetched_width < p->blur_column_taps) {
        return STATUS_BAD_TAPS;
    }
    return p->blur_column_first && p->blur_column_weights && p->blur_row_first && p->blur_row_weights && p->blur_lines &&
                   p->blur_line_rows && p->blur_sums && p->blur_rounding && p->blur_row
               ? STATUS_OK
               : STATUS_MISSING_BUFFER;
}
