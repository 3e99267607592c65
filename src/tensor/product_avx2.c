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
#define MORE_BLOCKS(V)
#define MORE_NAMES(V)
#define ZERO _mm256_setzero_ps()
#define SPREAD(x) _mm256_set1_ps(x)
#define FMA(a, b, c) _mm256_fmadd_ps((a), (b), (c))
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps((p), (v))
#define TAIL __m256i
#define TAIL_OF(n)                                                                                 \
  _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define LOAD_TAIL(p, t) _mm256_maskload_ps((p), (t))
#define STORE_TAIL(p, t, v) _mm256_maskstore_ps((p), (t), (v))
#include "product_body.h"
#endif
