#include "fray/tensor/blas.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"
#include "vec_body.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double flops; /* only ever read by fray bench; no result depends on it */

double fray_gemm_flops(void) {
  return flops;
}

void fray_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
               const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
               size_t ldc) {
  if (m == 0 || n == 0)
    return;
  flops += 2.0 * (double)m * (double)n * (double)k;
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
              transpose_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n, (blasint)k, alpha, a,
              (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

static FRAY_DISPATCH void add_columns(size_t m, size_t n, const float *a, size_t lda, float *out) {
  vec_column_sums_body(m, n, a, lda, out);
}

void fray_column_sums(size_t m, size_t n, const float *a, size_t lda, float beta, float *out) {
  if (beta == 0)
    memset(out, 0, n * sizeof *out);
  else if (beta != 1)
    fray_vec_scale(n, beta, out);
  add_columns(m, n, a, lda, out);
}

enum { TILE = 16 }; /* one cache line of floats each way */

void fray_transpose(size_t m, size_t n, const float *a, float *out) {
  for (size_t i = 0; i < m; i += TILE)
    for (size_t j = 0; j < n; j += TILE)
      for (size_t r = i; r < FRAY_MIN(m, i + TILE); r++)
        for (size_t c = j; c < FRAY_MIN(n, j + TILE); c++)
          out[c * m + r] = a[r * n + c];
}

void fray_blas_start(void) {
  openblas_set_num_threads(1);
}

const char *fray_blas_kernel(void) {
  return openblas_get_corename();
}

const char *fray_blas_version(void) {
  return openblas_get_config();
}

#if defined(__x86_64__) && defined(__GNUC__)
static bool one_of(const char *name, const char *const *list) {
  for (; *list; list++)
    if (strcmp(name, *list) == 0)
      return true;
  return false;
}

/* The kernel that runs uses less than the widest vectors of this CPU. */
static bool kernel_below_cpu(const char *kernel) {
  static const char *const avx512[] = {"SkylakeX", "Cooperlake", "SapphireRapids", NULL};
  static const char *const avx2[] = {"Haswell",        "Zen", "Excavator", "SkylakeX", "Cooperlake",
                                     "SapphireRapids", NULL};
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
    return !one_of(kernel, avx512);
  return __builtin_cpu_supports("avx2") && !one_of(kernel, avx2);
}
#else
static bool kernel_below_cpu(const char *kernel) {
  (void)kernel;
  return false;
}
#endif

/* OPENBLAS_L2_SIZE is in KiB; blocks cut for a smaller cache than there is cost speed. */
static bool cache_below_cpu(const char *value) {
  const long given = strtol(value, NULL, 10), real = sysconf(_SC_LEVEL2_CACHE_SIZE) / 1024;
  return given > 0 && real > 0 && given < real;
}

const char *fray_blas_pinned(void) {
  const char *core = getenv("OPENBLAS_CORETYPE"), *cache = getenv("OPENBLAS_L2_SIZE");
  if (core && *core && kernel_below_cpu(fray_blas_kernel()))
    return "OPENBLAS_CORETYPE";
  if (cache && *cache && cache_below_cpu(cache))
    return "OPENBLAS_L2_SIZE";
  return NULL;
}
