/* A row of samples taken by bilinear from anywhere of a plane. Formulas: samples.h. */
#include "../samples.h"

void SPELLING(sample_plane_u8)(uint8_t *out, const struct samples *samples, int32_t count) {
    const struct samples in = *samples;
    int32_t i = 0;
#if VEC
    for (; i + 4 <= count; i += 4) {
        store_x4(out + i, shift_right_i32(add_i32(mix_plane_x4(&in, i), splat_i32(1 << 20)), 21));
    }
#endif
    for (; i < count; i++) out[i] = (uint8_t)((mix_plane_x1(&in, i) + (1 << 20)) >> 21);
}
