/* Products by AVX2: sixteen registers of eight values. */
#include "product_kernels.h"

#if PRODUCT_X86
#include <immintrin.h>

/* Twelve of them are sums, two hold a row of B, and one a value of A. */
#define NAME(x) x##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define VEC __m256
#define WIDTH 8
#define MOST 6
#define WIDE_ROWS 0
#define MORE_BLOCKS(V)
#define MORE_NAMES(name, V)
#define ZERO _mm256_setzero_ps()
#define SPREAD(x) _mm256_set1_ps(x)
#define FMA(a, b, c) _mm256_fmadd_ps((a), (b), (c))
#define NOT_BELOW_0(x) _mm256_max_ps(_mm256_setzero_ps(), (x)) /* a NaN stays one */
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps((p), (v))
#define TAIL __m256i
#define TAIL_OF(n)                                                                                 \
  _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define LOAD_TAIL(p, t) _mm256_maskload_ps((p), (t))
#define STORE_TAIL(p, t, v) _mm256_maskstore_ps((p), (t), (v))
#include "product_body.h"

static inline TARGET float lanes(__m256 v) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

/* Ten sums, and what is left for W and X. */
#define TALL 2
#define WIDEST 5
#define TALL_OF(C) TALL
#define HOLD(v) (void)(v)
#define LANES(v) lanes(v)
#define FETCH(p) _mm_prefetch((const char *)(p), _MM_HINT_T1)
#include "apart_body.h"
#endif
