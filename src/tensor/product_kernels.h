/* The kernels of product.c, one file an instruction set, and the count that all products share. */
#ifndef FRAY_TENSOR_PRODUCT_KERNELS_H
#define FRAY_TENSOR_PRODUCT_KERNELS_H

#include "fray/tensor/product.h"

typedef void product_kernel(const struct fray_left *a, size_t n, const float *b, size_t ldb,
                            bool add, float *c, size_t ldc);

#if defined(__x86_64__) && defined(__GNUC__)
#define PRODUCT_X86 1
product_kernel product_avx2, product_avx512;
#else
#define PRODUCT_X86 0
#endif
product_kernel product_any;

/** For fray_gemm_flops. */
void product_count(size_t m, size_t n, size_t k);

#endif
