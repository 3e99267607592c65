/* The kernels of product.c and apart.c, one file an instruction set, and the count that all
 * products share. */
#ifndef FRAY_TENSOR_PRODUCT_KERNELS_H
#define FRAY_TENSOR_PRODUCT_KERNELS_H

#include "fray/tensor/apart.h"
#include "fray/tensor/product.h"

typedef void product_kernel(const struct fray_left *a, size_t n, const float *b, size_t ldb,
                            bool add, const struct fray_finish *finish, float *c, size_t ldc);
typedef void apart_kernel(const struct fray_apart *x, size_t m, const float *w, float *out);

/* Rows that a part of a product brings near. */
struct apart_next {
  const float *const *row;
  size_t n;
};

#if defined(__x86_64__) && defined(__GNUC__)
#define PRODUCT_X86 1
product_kernel product_avx2, product_avx512;
apart_kernel apart_dots_avx2, apart_dots_avx512, apart_sums_avx2, apart_sums_avx512;
#else
#define PRODUCT_X86 0
#endif
product_kernel product_any;
apart_kernel apart_dots_any, apart_sums_any;

/** Those of the level that this machine has. */
struct product_level {
  product_kernel *product;
  apart_kernel *dots, *sums;
};
const struct product_level *product_here(void);

/** For fray_gemm_flops. */
void product_count(size_t m, size_t n, size_t k);

#endif
