/* Horizontal step of INTER_NEAREST: the px at byte `first[i]` of the RGBX row. */
#include "../kernel.h"

void SPELLING(take_columns_u8)(uint8_t *out, const uint8_t *row, const int32_t *first, int32_t count) {
    for (int32_t i = 0; i < count; i++) memcpy(out + 4 * i, row + first[i], 4);
}
