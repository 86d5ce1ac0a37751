/* What numbers of a plan mean, and sizes that all of the code for pictures shares. */
#ifndef REFLEXARC_PICTURE_H
#define REFLEXARC_PICTURE_H

#include "dispatch.h"

/* `format` of a plan; see src/kernels/picture-image.ts. */
enum picture_format { FORMAT_RGBX, FORMAT_RGB, FORMAT_BGR, FORMAT_GRAY8, FORMAT_YUV, FORMAT_GRAY16 };

enum {
    PIXEL_BYTES_RGBX = 4,
    /* Of an axis: what the widest filter sees of the longest. */
    MOST_TAPS = 2 * 16384 + 4,
    /* From this size on memory.copy writes without reading its target first. */
    LARGE_COPY_BYTES = 16384
};

#endif
