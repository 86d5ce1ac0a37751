/* As take_columns_u8, for a row of bytes. */
#include "../kernel.h"

void SPELLING(take_columns_plane_u8)(uint8_t *out, const uint8_t *row, const int32_t *first, int32_t count) {
    for (int32_t i = 0; i < count; i++) out[i] = row[first[i]];
}
