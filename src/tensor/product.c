/* Products with windows as rows, by kernels of our own: BLAS refuses rows that overlap, and copies
 * of the windows cost as much as their products where filters are few. */
#include "fray/tensor/product.h"

#include "fray/tensor/vec.h"
#include "product_kernels.h"

#include <string.h>

enum { ANY, AVX2, AVX512 };

/* The level of fray_vec_level, so that it stands for these sums too. Where one level is compiled
 * for, it is that. */
static int choose(void) {
#if PRODUCT_X86 && defined(FRAY_NO_DISPATCH) && defined(__AVX512F__)
  return AVX512;
#elif PRODUCT_X86 && defined(FRAY_NO_DISPATCH) && defined(__AVX2__)
  return AVX2;
#elif PRODUCT_X86
  const char *level = fray_vec_level();
  if (strcmp(level, "baseline") != 0)
    return strcmp(level, "avx512") == 0 ? AVX512 : AVX2;
#endif
  return ANY;
}

/* Together, so that products of one program are never of two levels. */
const struct product_level *product_here(void) {
  static const struct product_level levels[] = {
    [ANY] = {product_any, apart_dots_any, apart_sums_any},
#if PRODUCT_X86
    [AVX2] = {product_avx2, apart_dots_avx2, apart_sums_avx2},
    [AVX512] = {product_avx512, apart_dots_avx512, apart_sums_avx512},
#endif
  };
  return &levels[choose()];
}

/* Asked once: the level of a machine does not change. */
static void multiply(const struct fray_left *a, size_t n, const float *b, size_t ldb, bool add,
                     const struct fray_finish *finish, float *c, size_t ldc) {
  static product_kernel *chosen;
  if (!chosen)
    chosen = product_here()->product;
  product_count(a->lines * a->rows, n, a->runs * a->run);
  chosen(a, n, b, ldb, add, finish, c, ldc);
}

void fray_product(const struct fray_left *a, size_t n, const float *b, size_t ldb, bool add,
                  float *c, size_t ldc) {
  multiply(a, n, b, ldb, add, NULL, c, ldc);
}

void fray_product_finished(const struct fray_left *a, size_t n, const float *b, size_t ldb,
                           const struct fray_finish *finish, float *c, size_t ldc) {
  multiply(a, n, b, ldb, false, finish, c, ldc);
}
