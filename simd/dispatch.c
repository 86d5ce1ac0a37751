#include "dispatch.h"

#include <string.h>

#define KERNEL(name, result, arguments) .name = name##_scalar,
struct kernel_table kernels = {
#include "kernels.def"
};
#undef KERNEL

/* Fills the table: 0 scalar, 1 simd. Returns the tier that is now active; a build without vectors stays at 0. */
int32_t select_tier(int32_t tier) {
#define KERNEL(name, result, arguments) kernels.name = name##_scalar;
#define VECTOR_KERNEL(name, result, arguments) kernels.name = NULL;
#include "kernels.def"
#undef KERNEL
#undef VECTOR_KERNEL
#ifndef SCALAR_ONLY
    if (tier == 1) {
#define KERNEL(name, result, arguments) kernels.name = name##_simd;
#define VECTOR_KERNEL(name, result, arguments) kernels.name = name##_simd;
#include "kernels.def"
#undef KERNEL
#undef VECTOR_KERNEL
        return 1;
    }
#endif
    (void)tier;
    return 0;
}

/* One instruction in wasm, memory.copy: the yardstick of the benchmarks. */
void copy(void *target, const void *source, size_t byte_length) { memcpy(target, source, byte_length); }
