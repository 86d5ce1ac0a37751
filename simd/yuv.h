/*
 * YUV pictures by bilinear. A column makes h = (a·x₀ + b·x₁) >> 7 of each of two rows: 7 fractional bits; see struct columns. Rows
 * and matrix are one step: m(f, h) = (f₀·h_upper + f₁·h_lower) >> 16, each product cut off to 4 fractional bits, and
 * R = clip((m(luma, hY) + m(red_v, hV) + red) >> 4), G = clip((m(luma, hY) + m(green_u, hU) + m(green_v, hV) + green) >> 4),
 * B = clip((m(luma, hY) + m(blue_u, hU) + blue) >> 4).
 */
#ifndef REFLEXARC_YUV_H
#define REFLEXARC_YUV_H

#include "kernel.h"

#if VEC
/* Four px of a plane: h of the upper and of the lower row in the low and the high half of each lane, from pairs of samples. */
static inline vi filter_x4(vi upper, vi lower, vi weights) {
    return blend_i16(shift_right_i32(dot_i16(upper, weights), 7), shift_left_i32(dot_i16(lower, weights), 9));
}

/* Eight of them. */
struct pairs {
    vi low, high;
};

/* Four px from a window, or from two. */
static inline vi resize_x4(const uint8_t *const *rows, const struct columns *columns, int32_t i, enum window_kind kind) {
    if (kind == WINDOWS_OF_FOUR) {
        const int32_t at = columns->window_at[i / 4];
        const uint8_t *windows = columns->windows + 8 * i;
        const vi from = load(windows);
        return filter_x4(swizzle(load(rows[0] + at), from), swizzle(load(rows[1] + at), from), load(windows + 16));
    }
    const int32_t *at = columns->window_at + i / 2;
    const uint8_t *windows = columns->windows + 12 * i;
    const vi first = load(windows), second = load(windows + 16);
    const vi upper = or_bits(swizzle(load(rows[0] + at[0]), first), swizzle(load(rows[0] + at[1]), second));
    const vi lower = or_bits(swizzle(load(rows[1] + at[0]), first), swizzle(load(rows[1] + at[1]), second));
    return filter_x4(upper, lower, load(windows + 32));
}

static inline struct pairs resize_plane_x8(const uint8_t *const *rows, const struct columns *columns, int32_t i, enum window_kind kind) {
    return (struct pairs){resize_x4(rows, columns, i, kind), resize_x4(rows, columns, i + 4, kind)};
}

/* What even and what odd bytes of a window have. */
static inline struct pairs take_both(const uint8_t *row, vi from) {
    const vi both = swizzle(load(row), from);
    return (struct pairs){and_bits(both, splat_i16(255)), shift_right_u16(both, 8)};
}

static inline struct pairs filter_both(struct pairs upper, struct pairs lower, vi low_weights, vi high_weights) {
    return (struct pairs){filter_x4(upper.low, lower.low, low_weights), filter_x4(upper.high, lower.high, high_weights)};
}

/* U and V of eight px. */
struct chroma {
    struct pairs u, v;
};

static inline struct chroma resize_chroma_x8(const uint8_t *const *rows, const struct columns *columns, int32_t i, enum window_kind kind) {
    if (kind == WINDOWS_OF_EIGHT) {
        const int32_t at = columns->window_at[i / 8];
        const uint8_t *windows = columns->windows + 6 * i;
        const vi from = load(windows), low = load(windows + 16), high = load(windows + 32);
        return (struct chroma){filter_both(take_both(rows[0] + at, from), take_both(rows[1] + at, from), low, high),
                               filter_both(take_both(rows[2] + at, from), take_both(rows[3] + at, from), low, high)};
    }
    if (kind == WINDOWS_OF_BOTH) {
        const int32_t *at = columns->window_at + i / 4;
        const uint8_t *windows = columns->windows + 8 * i;
        const vi from = load(windows), next = load(windows + 32), low = load(windows + 16), high = load(windows + 48);
        const struct pairs a = filter_both(take_both(rows[0] + at[0], from), take_both(rows[1] + at[0], from), low, low);
        const struct pairs b = filter_both(take_both(rows[0] + at[1], next), take_both(rows[1] + at[1], next), high, high);
        return (struct chroma){{a.low, b.low}, {a.high, b.high}};
    }
    return (struct chroma){resize_plane_x8(rows, columns, i, kind), resize_plane_x8(rows + 2, columns, i, kind)};
}

/* m of eight px, in the order 0 4 1 5 2 6 3 7. */
static inline vi multiply(struct pairs h, int32_t factors) {
    const vi both = splat_i32(factors);
    return blend_i16(shift_right_u32(dot_i16(h.low, both), 16), dot_i16(h.high, both));
}

/* Eight px in that order: eight bytes of red and eight of green, and eight of blue. */
struct colors {
    vi red_green, blue;
};

static inline struct colors convert_x8(struct pairs hy, struct pairs hu, struct pairs hv, const struct yuv_factors *by) {
    const vi y = multiply(hy, by->pairs[0]);
    const vi r = add_i16(add_i16(y, splat_i16(by->added[0])), multiply(hv, by->pairs[1]));
    const vi colors = add_i16(multiply(hu, by->pairs[2]), multiply(hv, by->pairs[3]));
    const vi g = add_i16(add_i16(y, splat_i16(by->added[1])), colors);
    const vi b = add_i16(add_i16(y, splat_i16(by->added[2])), multiply(hu, by->pairs[4]));
    return (struct colors){narrow_i16_u8(shift_right_i16(r, 4), shift_right_i16(g, 4)),
                           narrow_i16_u8(shift_right_i16(b, 4), splat_i32(0))};
}

/* The kinds of windows are those of the columns, said apart: a loop that knows them is shorter. */
static inline struct colors resize_x8(const struct yuv_rows *in, int32_t i, enum window_kind luma, enum window_kind chroma) {
    const struct chroma colors = resize_chroma_x8(in->rows + 2, &in->chroma, i, chroma);
    return convert_x8(resize_plane_x8(in->rows, &in->luma, i, luma), colors.u, colors.v, &in->factors);
}

/* Eight px as RGBX, X = 0. */
static inline void store_rgbx(uint8_t *out, struct colors px) {
    const vi mixed = swizzle(px.red_green, bytes(0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15));
    const vi none = swizzle(px.blue, bytes(0, NIL, 2, NIL, 4, NIL, 6, NIL, 1, NIL, 3, NIL, 5, NIL, 7, NIL));
    store(out, zip_low_i16(mixed, none));
    store(out + 16, zip_high_i16(mixed, none));
}
#endif

static inline int32_t filter_x1(const uint8_t *row, const struct columns *columns, int32_t i) {
    const uint8_t *sample = row + columns->first[i];
    return (columns->weights[2 * i] * sample[0] + columns->weights[2 * i + 1] * sample[columns->next]) >> 7;
}

/* m of the factors `k`. */
static inline int32_t multiply_x1(const int32_t *h, const struct yuv_factors *by, int32_t k) {
    return ((int16_t)by->pairs[k] * h[0] + (by->pairs[k] >> 16) * h[1]) >> 16;
}

static inline uint8_t clip_q4(int32_t a) { return (uint8_t)(a < 0 ? 0 : a >> 4 > 255 ? 255 : a >> 4); }

/* One px as RGB, from h of the upper and the lower row of Y, of U and of V. */
static inline void convert_x1(uint8_t *out, const int32_t *h, const struct yuv_factors *by) {
    const int32_t y = multiply_x1(h, by, 0), *u = h + 2, *v = h + 4;
    out[0] = clip_q4(y + multiply_x1(v, by, 1) + by->added[0]);
    out[1] = clip_q4(y + multiply_x1(u, by, 2) + multiply_x1(v, by, 3) + by->added[1]);
    out[2] = clip_q4(y + multiply_x1(u, by, 4) + by->added[2]);
}

static inline void resize_x1(uint8_t *out, const struct yuv_rows *in, int32_t i) {
    int32_t h[6];
    for (int32_t k = 0; k < 6; k++) h[k] = filter_x1(in->rows[k], k < 2 ? &in->luma : &in->chroma, i);
    convert_x1(out, h, &in->factors);
}

#endif
