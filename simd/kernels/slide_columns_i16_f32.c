/* Sums over `size` px of RGBX whose channels are sums of columns, none below 0, from px i on for each output i. They are below 2^24: exact. */
#include "../kernel.h"

void SPELLING(slide_columns_i16_f32)(float *out, const int16_t *sums, int32_t size, int32_t count) {
#if VEC
    vi sum = splat_i32(0);
    for (int32_t k = 0; k < size - 1; k++) sum = add_i32(sum, load_u16x4(sums + 4 * k));
    for (int32_t i = 0; i < count; i++) {
        sum = add_i32(sum, load_u16x4(sums + 4 * (i + size - 1)));
        store_f32(out + 4 * i, convert_i32_f32(sum));
        sum = sub_i32(sum, load_u16x4(sums + 4 * i));
    }
#else
    for (int32_t c = 0; c < 4; c++) {
        int32_t sum = 0;
        for (int32_t k = 0; k < size - 1; k++) sum += sums[4 * k + c];
        for (int32_t i = 0; i < count; i++) {
            sum += sums[4 * (i + size - 1) + c];
            out[4 * i + c] = (float)sum;
            sum -= sums[4 * i + c];
        }
    }
#endif
}
