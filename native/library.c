/*
 * The shared library's own part. One process has one copy of it, whatever threads load it, so a spelling is not chosen by a
 * call: the build links the files above the kernels once per spelling, each with a table of its own that is filled here
 * before anything is called, and puts the spelling into the names of the entries: `preprocess_simd`, `preprocess_scalar`.
 */
#include "../simd/dispatch.h"

#ifdef TIER

__attribute__((constructor)) static void fill_table(void) { select_tier(TIER); }

#else

/* src/kernels writes the struct by these rules: pointers of eight bytes in order, then numbers of four. */
enum {
#define POINTER(type, name) PLACE_##name,
#include "../simd/kernels.def"
#undef POINTER
    POINTERS,
    LAST_POINTER = POINTERS - 1,
#define NUMBER(name) PLACE_##name,
#include "../simd/kernels.def"
#undef NUMBER
    FIELDS
};
#define POINTER(type, name) _Static_assert(offsetof(struct picture_plan, name) == 8 * PLACE_##name, #name);
#define NUMBER(name) \
    _Static_assert(offsetof(struct picture_plan, name) == 8 * POINTERS + 4 * (PLACE_##name - POINTERS), #name);
#include "../simd/kernels.def"
#undef POINTER
#undef NUMBER

/* Of the sources that this was built from; see simd/kernels-def.mjs. */
EXPORTED int32_t kernel_version(void) { return KERNEL_VERSION; }

EXPORTED int32_t picture_plan_bytes(void) { return (int32_t)sizeof(struct picture_plan); }

/* The highest tier whose instructions this processor has: 0 scalar, 1 simd. NEON is part of every arm64. */
EXPORTED int32_t highest_tier(void) {
#ifdef __x86_64__
    return __builtin_cpu_supports("sse4.1") ? 1 : 0;
#else
    return 1;
#endif
}

#endif
