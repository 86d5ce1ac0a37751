/*
 * Vectors of 128 bits: the only file that names an instruction set. `vi` holds integers of any width, `vf` four float32.
 * Each function has the same bits as result on every set. `swizzle` takes
 * indices 0…15, or NIL for a zero; `bytes` makes a vector of 16 constants.
 */
#ifndef REFLEXARC_VEC_H
#define REFLEXARC_VEC_H

#include <stdint.h>
#include <string.h>

#define NIL ((char)-1)

#if !VEC
/* The scalar spelling has no vectors. */

#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#define VEC_NAME "wasm"
typedef v128_t vi;
typedef v128_t vf;
static inline vi load(const void *p) { return wasm_v128_load(p); }
static inline void store(void *p, vi a) { wasm_v128_store(p, a); }
static inline vi load64(const void *p) { return wasm_v128_load64_zero(p); }
static inline vi load64_pair(const void *p, const void *q) { return wasm_v128_load64_lane(q, wasm_v128_load64_zero(p), 1); }
static inline vi load32_pair(const void *p, const void *q) { return wasm_v128_load32_lane(q, wasm_v128_load32_zero(p), 1); }
static inline void store32(void *p, vi a) { wasm_v128_store32_lane(p, a, 0); }
static inline void store64(void *p, vi a) { wasm_v128_store64_lane(p, a, 0); }
static inline vi load_u16x4(const void *p) { return wasm_u32x4_load16x4(p); }
static inline vi load32_splat(const void *p) { return wasm_v128_load32_splat(p); }
static inline vi make_i32(int32_t a, int32_t b, int32_t c, int32_t d) { return wasm_i32x4_make(a, b, c, d); }
static inline vi splat_i32(int32_t a) { return wasm_i32x4_splat(a); }
static inline vi splat_i16(int16_t a) { return wasm_i16x8_splat(a); }
static inline vi swizzle(vi a, vi at) { return wasm_i8x16_swizzle(a, at); }
#define bytes(...) wasm_i8x16_make(__VA_ARGS__)
static inline vi zip_low_u8(vi a, vi b) {
    return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
static inline vi zip_high_u8(vi a, vi b) {
    return wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
static inline vi zip_low_i16(vi a, vi b) { return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
static inline vi zip_high_i16(vi a, vi b) { return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
static inline vi blend_i16(vi a, vi b) { return wasm_i16x8_shuffle(a, b, 0, 9, 2, 11, 4, 13, 6, 15); } /* a b a b … */
static inline vi zip_low_i32(vi a, vi b) { return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5); }
static inline vi zip_high_i32(vi a, vi b) { return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7); }
static inline vi widen_low_u8(vi a) { return wasm_u16x8_extend_low_u8x16(a); }
static inline vi widen_high_u8(vi a) { return wasm_u16x8_extend_high_u8x16(a); }
static inline vi narrow_i32_i16(vi a, vi b) { return wasm_i16x8_narrow_i32x4(a, b); }
static inline vi narrow_i16_u8(vi a, vi b) { return wasm_u8x16_narrow_i16x8(a, b); }
static inline vi min_u8(vi a, vi b) { return wasm_u8x16_min(a, b); }
static inline vi max_u8(vi a, vi b) { return wasm_u8x16_max(a, b); }
static inline vi dot_i16(vi a, vi b) { return wasm_i32x4_dot_i16x8(a, b); }
static inline vi add_i16(vi a, vi b) { return wasm_i16x8_add(a, b); }
static inline vi sub_i16(vi a, vi b) { return wasm_i16x8_sub(a, b); }
static inline vi add_i32(vi a, vi b) { return wasm_i32x4_add(a, b); }
static inline vi sub_i32(vi a, vi b) { return wasm_i32x4_sub(a, b); }
#define shift_right_i16(a, n) wasm_i16x8_shr(a, n)
#define shift_right_u16(a, n) wasm_u16x8_shr(a, n)
#define shift_right_i32(a, n) wasm_i32x4_shr(a, n)
#define shift_right_u32(a, n) wasm_u32x4_shr(a, n)
#define shift_left_i32(a, n) wasm_i32x4_shl(a, n)
static inline vi greater_i32(vi a, vi b) { return wasm_i32x4_gt(a, b); }
static inline vi equal_i32(vi a, vi b) { return wasm_i32x4_eq(a, b); }
static inline vi and_bits(vi a, vi b) { return wasm_v128_and(a, b); }
static inline vi or_bits(vi a, vi b) { return wasm_v128_or(a, b); }
static inline vi xor_bits(vi a, vi b) { return wasm_v128_xor(a, b); }
static inline vi select_bits(vi mask, vi a, vi b) { return wasm_v128_bitselect(a, b, mask); }
static inline int any_bit(vi a) { return wasm_v128_any_true(a); }
/* A sum of dot products, as `dot_i16` has them, that begins with `start`. */
typedef vi dots;
static inline dots dots_from(vi start) { return start; }
static inline dots dots_more(dots sum, vi a, vi b) { return add_i32(sum, dot_i16(a, b)); }
static inline vi dots_total(dots sum) { return sum; }
static inline vf load_f32(const float *p) { return wasm_v128_load(p); }
static inline void store_f32(float *p, vf a) { wasm_v128_store(p, a); }
static inline vf splat_f32(float a) { return wasm_f32x4_splat(a); }
static inline vf convert_i32_f32(vi a) { return wasm_f32x4_convert_i32x4(a); }
static inline vi truncate_f32_i32(vf a) { return wasm_i32x4_trunc_sat_f32x4(a); } /* of what an i32 holds */
static inline vi bits_f32(vf a) { return a; }
static inline vf float_bits(vi a) { return a; }
static inline vf add_f32(vf a, vf b) { return wasm_f32x4_add(a, b); }
static inline vf sub_f32(vf a, vf b) { return wasm_f32x4_sub(a, b); }
static inline vf mul_f32(vf a, vf b) { return wasm_f32x4_mul(a, b); }
static inline vf div_f32(vf a, vf b) { return wasm_f32x4_div(a, b); }
static inline vf min_f32(vf a, vf b) { return wasm_f32x4_pmin(a, b); } /* b < a ? b : a */
static inline vf max_f32(vf a, vf b) { return wasm_f32x4_pmax(a, b); } /* a < b ? b : a */
static inline vi greater_f32(vf a, vf b) { return wasm_f32x4_gt(a, b); }

#elif defined(__aarch64__)
#include <arm_neon.h>
#define VEC_NAME "neon"
typedef uint8x16_t vi;
typedef float32x4_t vf;
#define S16(a) vreinterpretq_s16_u8(a)
#define S32(a) vreinterpretq_s32_u8(a)
#define U32(a) vreinterpretq_u32_u8(a)
#define FROM_S16(a) vreinterpretq_u8_s16(a)
#define FROM_S32(a) vreinterpretq_u8_s32(a)
#define FROM_U32(a) vreinterpretq_u8_u32(a)
static inline vi load(const void *p) { return vld1q_u8(p); }
static inline void store(void *p, vi a) { vst1q_u8(p, a); }
static inline vi load64(const void *p) { return vcombine_u8(vld1_u8(p), vdup_n_u8(0)); }
static inline vi load64_pair(const void *p, const void *q) { return vcombine_u8(vld1_u8(p), vld1_u8(q)); }
static inline vi load32_pair(const void *p, const void *q) {
    int32_t low, high;
    memcpy(&low, p, 4);
    memcpy(&high, q, 4);
    return FROM_S32(vsetq_lane_s32(high, vsetq_lane_s32(low, vdupq_n_s32(0), 0), 1));
}
static inline void store32(void *p, vi a) {
    const int32_t low = vgetq_lane_s32(S32(a), 0);
    memcpy(p, &low, 4);
}
static inline void store64(void *p, vi a) { vst1_u8(p, vget_low_u8(a)); }
static inline vi load_u16x4(const void *p) { return FROM_U32(vmovl_u16(vld1_u16(p))); }
static inline vi load32_splat(const void *p) { return FROM_S32(vld1q_dup_s32(p)); }
static inline vi make_i32(int32_t a, int32_t b, int32_t c, int32_t d) {
    return FROM_S32(vsetq_lane_s32(d, vsetq_lane_s32(c, vsetq_lane_s32(b, vdupq_n_s32(a), 1), 2), 3));
}
static inline vi splat_i32(int32_t a) { return FROM_S32(vdupq_n_s32(a)); }
static inline vi splat_i16(int16_t a) { return FROM_S16(vdupq_n_s16(a)); }
static inline vi swizzle(vi a, vi at) { return vqtbl1q_u8(a, at); }
#define bytes(...) vld1q_u8((const uint8_t *)(const char[16]){__VA_ARGS__})
static inline vi zip_low_u8(vi a, vi b) { return vzip1q_u8(a, b); }
static inline vi zip_high_u8(vi a, vi b) { return vzip2q_u8(a, b); }
static inline vi zip_low_i16(vi a, vi b) { return FROM_S16(vzip1q_s16(S16(a), S16(b))); }
static inline vi zip_high_i16(vi a, vi b) { return FROM_S16(vzip2q_s16(S16(a), S16(b))); }
static inline vi blend_i16(vi a, vi b) { return vbslq_u8(FROM_S32(vdupq_n_s32(0xffff)), a, b); }
static inline vi zip_low_i32(vi a, vi b) { return FROM_S32(vzip1q_s32(S32(a), S32(b))); }
static inline vi zip_high_i32(vi a, vi b) { return FROM_S32(vzip2q_s32(S32(a), S32(b))); }
static inline vi widen_low_u8(vi a) { return vreinterpretq_u8_u16(vmovl_u8(vget_low_u8(a))); }
static inline vi widen_high_u8(vi a) { return vreinterpretq_u8_u16(vmovl_high_u8(a)); }
static inline vi narrow_i32_i16(vi a, vi b) { return FROM_S16(vqmovn_high_s32(vqmovn_s32(S32(a)), S32(b))); }
static inline vi narrow_i16_u8(vi a, vi b) { return vqmovun_high_s16(vqmovun_s16(S16(a)), S16(b)); }
static inline vi min_u8(vi a, vi b) { return vminq_u8(a, b); }
static inline vi max_u8(vi a, vi b) { return vmaxq_u8(a, b); }
static inline vi dot_i16(vi a, vi b) {
    int32x4_t low = vmull_s16(vget_low_s16(S16(a)), vget_low_s16(S16(b)));
    return FROM_S32(vpaddq_s32(low, vmull_high_s16(S16(a), S16(b))));
}
static inline vi add_i16(vi a, vi b) { return FROM_S16(vaddq_s16(S16(a), S16(b))); }
static inline vi sub_i16(vi a, vi b) { return FROM_S16(vsubq_s16(S16(a), S16(b))); }
static inline vi add_i32(vi a, vi b) { return FROM_S32(vaddq_s32(S32(a), S32(b))); }
static inline vi sub_i32(vi a, vi b) { return FROM_S32(vsubq_s32(S32(a), S32(b))); }
#define shift_right_i16(a, n) FROM_S16(vshrq_n_s16(S16(a), n))
#define shift_right_u16(a, n) vreinterpretq_u8_u16(vshrq_n_u16(vreinterpretq_u16_u8(a), n))
#define shift_right_i32(a, n) FROM_S32(vshrq_n_s32(S32(a), n))
#define shift_right_u32(a, n) FROM_U32(vshrq_n_u32(U32(a), n))
#define shift_left_i32(a, n) FROM_S32(vshlq_n_s32(S32(a), n))
static inline vi greater_i32(vi a, vi b) { return FROM_U32(vcgtq_s32(S32(a), S32(b))); }
static inline vi equal_i32(vi a, vi b) { return FROM_U32(vceqq_s32(S32(a), S32(b))); }
static inline vi and_bits(vi a, vi b) { return vandq_u8(a, b); }
static inline vi or_bits(vi a, vi b) { return vorrq_u8(a, b); }
static inline vi xor_bits(vi a, vi b) { return veorq_u8(a, b); }
static inline vi select_bits(vi mask, vi a, vi b) { return vbslq_u8(mask, a, b); }
static inline int any_bit(vi a) { return vmaxvq_u8(a) != 0; }
/* Products of one lane's two numbers lie side by side until the end. */
typedef struct {
    int32x4_t low, high;
} dots;
static inline dots dots_from(vi start) {
    const int32x4_t none = vdupq_n_s32(0);
    return (dots){vzip1q_s32(S32(start), none), vzip2q_s32(S32(start), none)};
}
static inline dots dots_more(dots sum, vi a, vi b) {
    return (dots){vmlal_s16(sum.low, vget_low_s16(S16(a)), vget_low_s16(S16(b))), vmlal_high_s16(sum.high, S16(a), S16(b))};
}
static inline vi dots_total(dots sum) { return FROM_S32(vpaddq_s32(sum.low, sum.high)); }
static inline vf load_f32(const float *p) { return vld1q_f32(p); }
static inline void store_f32(float *p, vf a) { vst1q_f32(p, a); }
static inline vf splat_f32(float a) { return vdupq_n_f32(a); }
static inline vf convert_i32_f32(vi a) { return vcvtq_f32_s32(S32(a)); }
static inline vi truncate_f32_i32(vf a) { return FROM_S32(vcvtq_s32_f32(a)); }
static inline vi bits_f32(vf a) { return vreinterpretq_u8_f32(a); }
static inline vf float_bits(vi a) { return vreinterpretq_f32_u8(a); }
static inline vf add_f32(vf a, vf b) { return vaddq_f32(a, b); }
static inline vf sub_f32(vf a, vf b) { return vsubq_f32(a, b); }
static inline vf mul_f32(vf a, vf b) { return vmulq_f32(a, b); }
static inline vf div_f32(vf a, vf b) { return vdivq_f32(a, b); }
static inline vf min_f32(vf a, vf b) { return vbslq_f32(vcltq_f32(b, a), b, a); }
static inline vf max_f32(vf a, vf b) { return vbslq_f32(vcltq_f32(a, b), b, a); }
static inline vi greater_f32(vf a, vf b) { return FROM_U32(vcgtq_f32(a, b)); }

#elif defined(__SSE4_1__)
#include <smmintrin.h>
#define VEC_NAME "sse"
typedef __m128i vi;
typedef __m128 vf;
static inline vi load(const void *p) { return _mm_loadu_si128(p); }
static inline void store(void *p, vi a) { _mm_storeu_si128(p, a); }
static inline vi load64(const void *p) { return _mm_loadl_epi64(p); }
static inline vi load64_pair(const void *p, const void *q) {
    return _mm_castps_si128(_mm_loadh_pi(_mm_castsi128_ps(_mm_loadl_epi64(p)), q));
}
static inline vi load32_pair(const void *p, const void *q) {
    int32_t low, high;
    memcpy(&low, p, 4);
    memcpy(&high, q, 4);
    return _mm_insert_epi32(_mm_cvtsi32_si128(low), high, 1);
}
static inline void store32(void *p, vi a) {
    const int32_t low = _mm_cvtsi128_si32(a);
    memcpy(p, &low, 4);
}
static inline void store64(void *p, vi a) { _mm_storel_epi64(p, a); }
static inline vi load_u16x4(const void *p) { return _mm_cvtepu16_epi32(_mm_loadl_epi64(p)); }
static inline vi load32_splat(const void *p) {
    int32_t a;
    memcpy(&a, p, 4);
    return _mm_set1_epi32(a);
}
static inline vi make_i32(int32_t a, int32_t b, int32_t c, int32_t d) { return _mm_setr_epi32(a, b, c, d); }
static inline vi splat_i32(int32_t a) { return _mm_set1_epi32(a); }
static inline vi splat_i16(int16_t a) { return _mm_set1_epi16(a); }
static inline vi swizzle(vi a, vi at) { return _mm_shuffle_epi8(a, at); }
#define bytes(...) _mm_setr_epi8(__VA_ARGS__)
static inline vi zip_low_u8(vi a, vi b) { return _mm_unpacklo_epi8(a, b); }
static inline vi zip_high_u8(vi a, vi b) { return _mm_unpackhi_epi8(a, b); }
static inline vi zip_low_i16(vi a, vi b) { return _mm_unpacklo_epi16(a, b); }
static inline vi zip_high_i16(vi a, vi b) { return _mm_unpackhi_epi16(a, b); }
static inline vi blend_i16(vi a, vi b) { return _mm_blend_epi16(a, b, 0xaa); }
static inline vi zip_low_i32(vi a, vi b) { return _mm_unpacklo_epi32(a, b); }
static inline vi zip_high_i32(vi a, vi b) { return _mm_unpackhi_epi32(a, b); }
static inline vi widen_low_u8(vi a) { return _mm_cvtepu8_epi16(a); }
static inline vi widen_high_u8(vi a) { return _mm_unpackhi_epi8(a, _mm_setzero_si128()); }
static inline vi narrow_i32_i16(vi a, vi b) { return _mm_packs_epi32(a, b); }
static inline vi narrow_i16_u8(vi a, vi b) { return _mm_packus_epi16(a, b); }
static inline vi min_u8(vi a, vi b) { return _mm_min_epu8(a, b); }
static inline vi max_u8(vi a, vi b) { return _mm_max_epu8(a, b); }
static inline vi dot_i16(vi a, vi b) { return _mm_madd_epi16(a, b); }
static inline vi add_i16(vi a, vi b) { return _mm_add_epi16(a, b); }
static inline vi sub_i16(vi a, vi b) { return _mm_sub_epi16(a, b); }
static inline vi add_i32(vi a, vi b) { return _mm_add_epi32(a, b); }
static inline vi sub_i32(vi a, vi b) { return _mm_sub_epi32(a, b); }
#define shift_right_i16(a, n) _mm_srai_epi16(a, n)
#define shift_right_u16(a, n) _mm_srli_epi16(a, n)
#define shift_right_i32(a, n) _mm_srai_epi32(a, n)
#define shift_right_u32(a, n) _mm_srli_epi32(a, n)
#define shift_left_i32(a, n) _mm_slli_epi32(a, n)
static inline vi greater_i32(vi a, vi b) { return _mm_cmpgt_epi32(a, b); }
static inline vi equal_i32(vi a, vi b) { return _mm_cmpeq_epi32(a, b); }
static inline vi and_bits(vi a, vi b) { return _mm_and_si128(a, b); }
static inline vi or_bits(vi a, vi b) { return _mm_or_si128(a, b); }
static inline vi xor_bits(vi a, vi b) { return _mm_xor_si128(a, b); }
static inline vi select_bits(vi mask, vi a, vi b) { return _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b)); }
static inline int any_bit(vi a) { return !_mm_testz_si128(a, a); }
typedef vi dots;
static inline dots dots_from(vi start) { return start; }
static inline dots dots_more(dots sum, vi a, vi b) { return add_i32(sum, dot_i16(a, b)); }
static inline vi dots_total(dots sum) { return sum; }
static inline vf load_f32(const float *p) { return _mm_loadu_ps(p); }
static inline void store_f32(float *p, vf a) { _mm_storeu_ps(p, a); }
static inline vf splat_f32(float a) { return _mm_set1_ps(a); }
static inline vf convert_i32_f32(vi a) { return _mm_cvtepi32_ps(a); }
static inline vi truncate_f32_i32(vf a) { return _mm_cvttps_epi32(a); }
static inline vi bits_f32(vf a) { return _mm_castps_si128(a); }
static inline vf float_bits(vi a) { return _mm_castsi128_ps(a); }
static inline vf add_f32(vf a, vf b) { return _mm_add_ps(a, b); }
static inline vf sub_f32(vf a, vf b) { return _mm_sub_ps(a, b); }
static inline vf mul_f32(vf a, vf b) { return _mm_mul_ps(a, b); }
static inline vf div_f32(vf a, vf b) { return _mm_div_ps(a, b); }
static inline vf min_f32(vf a, vf b) { return _mm_min_ps(b, a); }
static inline vf max_f32(vf a, vf b) { return _mm_max_ps(b, a); }
static inline vi greater_f32(vf a, vf b) { return _mm_castps_si128(_mm_cmpgt_ps(a, b)); }

#else
#error "No 128-bit vectors for this target: compile with VEC=0 and SCALAR_ONLY."
#endif

#endif
