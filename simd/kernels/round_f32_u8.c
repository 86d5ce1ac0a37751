/*
 * out = x·scale + bias, each step rounded to float32, then to the nearest whole number, a half to the even one, and clipped to
 * 0 … 255. rounding = scale bias. Adding 1.5 · 2^23 leaves the whole number in the low bits: for |x·scale + bias| < 2^22.
 */
#include "../kernel.h"

enum { LOW_BITS = 0x4b400000 };
static const float to_low_bits = 12582912.0f;

#if VEC
static inline vi whole(const float *row, vf scale, vf bias) {
    const vf x = add_f32(mul_f32(load_f32(row), scale), bias);
    return sub_i32(bits_f32(add_f32(x, splat_f32(to_low_bits))), splat_i32(LOW_BITS));
}
#endif

void SPELLING(round_f32_u8)(uint8_t *out, const float *row, const float *rounding, int32_t count) {
    int32_t i = 0;
#if VEC
    const vf scale = splat_f32(rounding[0]), bias = splat_f32(rounding[1]);
    for (; i + 16 <= count; i += 16) {
        const vi a = narrow_i32_i16(whole(row + i, scale, bias), whole(row + i + 4, scale, bias));
        const vi b = narrow_i32_i16(whole(row + i + 8, scale, bias), whole(row + i + 12, scale, bias));
        store(out + i, narrow_i16_u8(a, b));
    }
#endif
    for (; i < count; i++) {
        const float scaled = row[i] * rounding[0], x = scaled + rounding[1], shifted = x + to_low_bits;
        int32_t value;
        memcpy(&value, &shifted, 4);
        value -= LOW_BITS;
        out[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}
