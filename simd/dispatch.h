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

/* What one window of a row holds, 16 bytes of it; see struct columns. */
enum window_kind { WINDOWS_OF_FOUR, WINDOWS_OF_TWO, WINDOWS_OF_EIGHT, WINDOWS_OF_BOTH };

/*
 * Which samples of a row, whose bytes are `next` apart, make each output, by bilinear: byte first[i] and the one after it, weighted by
 * weights[2i] and weights[2i + 1], which are 2^14 together. The same for vectors: a window are the 16 bytes of a row from window_at
 * on, and `windows` has how they are taken out, as indices for `swizzle`, and the weights of four outputs after each. By kind:
 * - OF_FOUR outputs: both samples of each, a zero after every one.
 * - OF_TWO: the same for outputs further apart: a window for the first and one for the last two of four, then their weights.
 * - OF_EIGHT: even bytes are the samples of the first four, odd bytes those of the last four, whose weights come last.
 * - OF_BOTH: of U and V side by side in a row: even bytes are the samples of U of four outputs, odd bytes those of V.
 * Without windows it is one output at a time.
 */
struct columns {
    const int32_t *first;
    const int16_t *weights;
    const int32_t *window_at;
    const uint8_t *windows;
    int32_t next;
    enum window_kind kind;
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

/*
 * Samples of a plane around the places that a row is made of, by bilinear: output i is made of the sample in column
 * columns[i] and row rows[i], of the one right of it and of the two below. Weights are pairs of int16, in order, that are 2^14
 * together. A plane of one column has a `step` of 0, one of one row a `stride` of 0.
 */
struct samples {
    const uint8_t *from;
    int32_t stride, step;
    const int32_t *columns, *rows, *column_weights, *row_weights;
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
