/*
 * x·scale + bias, each step rounded to float32, as the nearest whole number, a half as the even one, or cut off if `cut` is not 0; clipped
 * to 0 … 255. rounding = scale bias cut. Adding 1.5 · 2^23 leaves the whole number in the low bits: for |x·scale + bias| < 2^22.
 */
#include "../kernel.h"

enum { LOW_BITS = 0x4b400000 };
static const float to_low_bits = 12582912.0f;

#if VEC
static inline vi whole(const float *row, vf scale, vf bias, vi cut) {
    const vf x = add_f32(mul_f32(load_f32(row), scale), bias), shifted = add_f32(x, splat_f32(to_low_bits));
    const vi above = greater_f32(sub_f32(shifted, splat_f32(to_low_bits)), x);
    return add_i32(sub_i32(bits_f32(shifted), splat_i32(LOW_BITS)), and_bits(above, cut));
}
#endif

void SPELLING(round_f32_u8)(uint8_t *out, const float *row, const float *rounding, int32_t count) {
    int32_t i = 0;
#if VEC
    const vf scale = splat_f32(rounding[0]), bias = splat_f32(rounding[1]);
    const vi cut = splat_i32(rounding[2] != 0 ? -1 : 0);
    for (; i + 16 <= count; i += 16) {
        const vi a = narrow_i32_i16(whole(row + i, scale, bias, cut), whole(row + i + 4, scale, bias, cut));
        const vi b = narrow_i32_i16(whole(row + i + 8, scale, bias, cut), whole(row + i + 12, scale, bias, cut));
        store(out + i, narrow_i16_u8(a, b));
    }
#endif
    for (; i < count; i++) {
        const float scaled = row[i] * rounding[0], x = scaled + rounding[1], shifted = x + to_low_bits;
        int32_t value;
        memcpy(&value, &shifted, 4);
        value -= LOW_BITS;
        if (rounding[2] != 0 && shifted - to_low_bits > x) value--;
        out[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}
