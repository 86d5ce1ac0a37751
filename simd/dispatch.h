/* Prototypes of the kernels, of the entries and the table that picks a spelling. */
#ifndef REFLEXARC_DISPATCH_H
#define REFLEXARC_DISPATCH_H

#include <stddef.h>
#include <stdint.h>

struct picture_plan {
#define POINTER(type, name) type *name;
#define NUMBER(name) int32_t name;
#include "kernels.def"
#undef POINTER
#undef NUMBER
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
#define ENTRY(name, result, arguments) result name arguments;
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
