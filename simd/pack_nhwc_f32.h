/* As pack_nhwc_u8.h, for a row of RGBX px of float32. */
#include "element.h"
#include "planes.h"

void SPELLED_KERNEL(void *out, const float *row, const float *normal, int32_t plane, int32_t reverse, int32_t count) {
    element *to = out;
    int32_t i = 0;
    (void)plane;
#if VEC
    const struct px_normal n = px_normal_of(normal);
    /* Four numbers are written for a px of three; the next px overwrites the fourth, and the last one is done apart. */
    for (; i + 2 <= count; i++) store_elements_x4(to + 3 * i, normalise_px(row + 4 * i, n, reverse), normal + 6);
#endif
    for (; i < count; i++) {
        for (int32_t c = 0; c < 3; c++) {
            to[3 * i + c] = element_of(row[4 * i + (reverse ? 2 - c : c)] * normal[c] + normal[3 + c], normal + 6);
        }
    }
}
