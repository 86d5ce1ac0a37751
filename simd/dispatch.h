/* Prototypes of the kernels, of the entries and the table that picks a spelling. */
#ifndef REFLEXARC_DISPATCH_H
#define REFLEXARC_DISPATCH_H

#include <stddef.h>
#include <stdint.h>

/* What a shared library puts before its entries; elsewhere nothing. */
#ifndef EXPORTED
#define EXPORTED
#endif

struct picture_plan {
#define POINTER(type, name) type *name;
#define NUMBER(name) int32_t name;
#include "kernels.def"
#undef POINTER
#undef NUMBER
};

/*
 * Which samples of a row, whose bytes are `next` apart, make each output, by bilinear: byte first[i] and the one after it, weighted by
 * weights[2i] and weights[2i + 1], which are 2^14 together. The same for vectors, four outputs at a time: the 16 bytes
 * from window_at[i / 4] on hold all eight samples, and windows[4i …] takes them out, as indices for `swizzle`, each with a
 * zero after it. With `pairs` outputs are further apart: a window each for the first and the last two of four, side by side in
 * both lists. Without windows it is one output at a time.
 */
struct columns {
    const int32_t *first;
    const int16_t *weights;
    const int32_t *window_at;
    const uint8_t *windows;
    int32_t next, pairs;
};

/* How rows of Y, U and V become RGB; see yuv.h. Numbers: src/kernels/yuv-matrix.ts. */
struct yuv_factors {
    /* A factor for the upper row and one for the lower, in the low and the high half: luma red_v green_u green_v blue_u. */
    int32_t pairs[5];
    /* Added to red, green and blue. */
    int16_t added[3];
};

/* What a row of a picture is made of by bilinear: the upper and the lower row of Y, then of U and of V. */
struct yuv_rows {
    const uint8_t *rows[6];
    struct columns luma, chroma;
    struct yuv_factors factors;
};

enum kernel_status {
#define STATUS(name, value) STATUS_##name = value,
#include "kernels.def"
#undef STATUS
};

#define KERNEL(name, result, arguments) \
    result name##_scalar arguments;     \
    result name##_simd arguments;
#define VECTOR_KERNEL(name, result, arguments) result name##_simd arguments;
#define ENTRY(name, result, arguments) EXPORTED result name arguments;
#include "kernels.def"
#undef KERNEL
#undef VECTOR_KERNEL
#undef ENTRY

/* One function per kernel, chosen once by select_tier. A vector kernel is null on the scalar tier. */
struct kernel_table {
#define KERNEL(name, result, arguments) result(*name) arguments;
#define VECTOR_KERNEL(name, result, arguments) result(*name) arguments;
#include "kernels.def"
#undef KERNEL
#undef VECTOR_KERNEL
};
extern struct kernel_table kernels;

#endif
