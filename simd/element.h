/*
 * A number of a tensor, made of y in float32: a kernel of several types is one body, compiled once per type. Defined before:
 *
 *   ELEMENT_F32  y
 *   ELEMENT_F16  the bits of the nearest float16, a half to the even one; see float16.h
 *   ELEMENT_Q8   a byte of a quantised tensor; see quantize.h, whose limits follow gain and offset in `normal`
 *
 * and KERNEL_NAME, of which SPELLED_KERNEL makes the name of the spelling.
 */
#ifndef REFLEXARC_ELEMENT_H
#define REFLEXARC_ELEMENT_H

#include "float16.h"
#include "quantize.h"

#define EXPANDED_SPELLING(name) SPELLING(name)
#define SPELLED_KERNEL EXPANDED_SPELLING(KERNEL_NAME)

#if defined ELEMENT_F32
typedef float element;
static inline element element_of(float y, const float *limits) { return (void)limits, y; }
#if VEC
static inline void store_elements_x4(element *to, vf y, const float *limits) { (void)limits, store_f32(to, y); }
#endif

#elif defined ELEMENT_F16
typedef uint16_t element;
static inline element element_of(float y, const float *limits) { return (void)limits, float16_bits(y); }
#if VEC
static inline void store_elements_x4(element *to, vf y, const float *limits) {
    const vi low_halves = bytes(0, 1, 4, 5, 8, 9, 12, 13, NIL, NIL, NIL, NIL, NIL, NIL, NIL, NIL);
    (void)limits;
    store64(to, swizzle(float16_bits_x4(y), low_halves));
}
#endif

#elif defined ELEMENT_Q8
typedef uint8_t element;
static inline element element_of(float y, const float *limits) { return quantize(y, limits); }
#if VEC
static inline void store_elements_x4(element *to, vf y, const float *limits) { store_quantized_x4(to, y, limits); }
#endif
#endif

#endif
