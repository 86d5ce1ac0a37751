/*
 * Pad beside the picture: a px at (x, y) is in it to the part c = trunc(covers(x, width)·covers(y, height)·2^14 + ½) of 2^14, with
 * covers(x, width) = min(x + 1, width − x) inside 0 … 1, and becomes (c·px + (2^14 − c)·pad + 2^13) >> 14. With px taken at the edge
 * this is bilinear among px that are pad beside the picture. Each step is rounded to float32.
 */
#include "../kernel.h"

#if VEC
static inline vf covers_x4(vf at, int32_t size) {
    const vf least = min_f32(add_f32(at, splat_f32(1)), sub_f32(splat_f32((float)size), at));
    return min_f32(max_f32(least, splat_f32(0)), splat_f32(1));
}
#endif

static inline float covers(float at, int32_t size) {
    const float before = at + 1, after = (float)size - at, least = after < before ? after : before;
    return least < 0 ? 0 : 1 < least ? 1 : least;
}

void SPELLING(cover_u8_rgbx)(uint8_t *row, const float *points, int32_t width, int32_t height, int32_t pad, int32_t count) {
    int32_t i = 0;
#if VEC
    const vi pads = splat_i32((int32_t)((uint32_t)pad << 16)), half = splat_i32(1 << 13), whole = splat_i32(1 << 14);
    const vi nothing = splat_i32(0);
    for (; i + 4 <= count; i += 4) {
        const vf share = mul_f32(covers_x4(load_f32(points + i), width), covers_x4(load_f32(points + count + i), height));
        const vi c = truncate_f32_i32(add_f32(mul_f32(share, splat_f32(1 << 14)), splat_f32(0.5f)));
        const vi weights = or_bits(c, shift_left_i32(sub_i32(whole, c), 16));
        if (!any_bit(xor_bits(c, whole))) continue;
        const vi px = load(row + 4 * i), low = zip_low_u8(px, nothing), high = zip_high_u8(px, nothing);
        vi by[4];
        by[0] = swizzle(weights, bytes(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3));
        by[1] = swizzle(weights, bytes(4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7));
        by[2] = swizzle(weights, bytes(8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11));
        by[3] = swizzle(weights, bytes(12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15));
        vi mixed[4];
        for (int32_t k = 0; k < 4; k++) {
            const vi channels = k & 1 ? zip_high_i16(k & 2 ? high : low, nothing) : zip_low_i16(k & 2 ? high : low, nothing);
            mixed[k] = shift_right_i32(add_i32(dot_i16(or_bits(channels, pads), by[k]), half), 14);
        }
        store(row + 4 * i, narrow_i16_u8(narrow_i32_i16(mixed[0], mixed[1]), narrow_i32_i16(mixed[2], mixed[3])));
    }
#endif
    for (; i < count; i++) {
        const float share = covers(points[i], width) * covers(points[count + i], height);
        const int32_t c = (int32_t)(share * (1 << 14) + 0.5f);
        for (int32_t k = 0; k < 3; k++) row[4 * i + k] = (uint8_t)((c * row[4 * i + k] + ((1 << 14) - c) * pad + (1 << 13)) >> 14);
    }
}
