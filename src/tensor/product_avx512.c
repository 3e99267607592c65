/* Products by AVX-512: thirty-two registers of sixteen values. */
#include "product_kernels.h"

#if PRODUCT_X86
#include <immintrin.h>

/* Twenty-eight of them are sums, two hold a row of B, and one a value of A. Fourteen rows are also
 * what pictures of 28 pixels, and of half as many, are cut into without a rest. */
#define NAME(x) x##_avx512
#define TARGET __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq")))
#define VEC __m512
#define WIDTH 16
#define MOST 14
#define WIDE_ROWS 6
#define MORE_BLOCKS(V)                                                                             \
  BLOCK(7, V)                                                                                      \
  BLOCK(8, V) BLOCK(9, V) BLOCK(10, V) BLOCK(11, V) BLOCK(12, V) BLOCK(13, V) BLOCK(14, V)
#define MORE_NAMES(name, V)                                                                        \
  , NAME(name##_7_##V), NAME(name##_8_##V), NAME(name##_9_##V), NAME(name##_10_##V),               \
      NAME(name##_11_##V), NAME(name##_12_##V), NAME(name##_13_##V), NAME(name##_14_##V)
#define ZERO _mm512_setzero_ps()
#define SPREAD(x) _mm512_set1_ps(x)
#define FMA(a, b, c) _mm512_fmadd_ps((a), (b), (c))
#define NOT_BELOW_0(x) _mm512_max_ps(_mm512_setzero_ps(), (x)) /* a NaN stays one */
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps((p), (v))
#define TAIL __mmask16
#define TAIL_OF(n) ((__mmask16)((1u << (n)) - 1))
#define LOAD_TAIL(p, t) _mm512_maskz_loadu_ps((t), (p))
#define STORE_TAIL(p, t, v) _mm512_mask_storeu_ps((p), (t), (v))
#include "product_body.h"

/* Sixteen lanes into eight, four, two and one, as _mm512_reduce_add_ps does, four vectors side by
 * side. */
static inline TARGET void lanes_of_four(__m512 a, __m512 b, __m512 c, __m512 d, float out[4]) {
  const __m512 ab =
      _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
  const __m512 cd =
      _mm512_add_ps(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xee));
  const __m512 four =
      _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
  const __m512 two = _mm512_add_ps(four, _mm512_permute_ps(four, 0x4e));
  const __m512 one = _mm512_add_ps(two, _mm512_permute_ps(two, 0xb1));
  const __m512i first = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  _mm_storeu_ps(out, _mm512_castps512_ps128(_mm512_permutexvar_ps(first, one)));
}

/* Twenty sums: five rows of W by four of X, or ten by two. Then a row of X, which comes from the
 * second-level cache, is loaded once, and W, which stays in the nearest, more often. */
#define TALL 4
#define WIDEST 10
#define TALL_OF(C) ((C) > 5 ? 2 : TALL)
#define HOLD(v) __asm__("" : "+v"(v))
#define LANES(v) _mm512_reduce_add_ps(v)
#define LANES_OF_FOUR lanes_of_four
#define FETCH(p) _mm_prefetch((const char *)(p), _MM_HINT_T1)
#include "apart_body.h"
#endif
