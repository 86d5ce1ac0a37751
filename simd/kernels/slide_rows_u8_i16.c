/* Sums of bytes over some rows, moved to others: `added` comes in, and `removed`, unless it is null, goes. */
#include "../kernel.h"

void SPELLING(slide_rows_u8_i16)(int16_t *sums, const uint8_t *added, const uint8_t *removed, int32_t count) {
    int32_t i = 0;
#if VEC
    for (; i + 16 <= count; i += 16) {
        const vi in = load(added + i), out = removed ? load(removed + i) : splat_i32(0);
        store(sums + i, add_i16(load(sums + i), sub_i16(widen_low_u8(in), widen_low_u8(out))));
        store(sums + i + 8, add_i16(load(sums + i + 8), sub_i16(widen_high_u8(in), widen_high_u8(out))));
    }
#endif
    for (; i < count; i++) sums[i] = (int16_t)(sums[i] + added[i] - (removed ? removed[i] : 0));
}
