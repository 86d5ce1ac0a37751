/* What a kernel file starts from: its name with the suffix of the spelling being compiled, and the vectors. */
#ifndef REFLEXARC_KERNEL_H
#define REFLEXARC_KERNEL_H

#include <assert.h>
#include <string.h>

#include "dispatch.h"
#include "vec.h"

/* The build compiles every kernel file twice: with VEC=0 only the plain loop is left, and it does the whole row. */
#if VEC
#define SPELLING(name) name##_simd
#else
#define SPELLING(name) name##_scalar
#endif

#endif
