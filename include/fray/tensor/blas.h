/* Matrix products: the only door to CBLAS. Row-major float32; one thread. */
#ifndef FRAY_TENSOR_BLAS_H
#define FRAY_TENSOR_BLAS_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/** C (m x n) = alpha op(A) op(B) + beta C, op(A) m x k, op(B) k x n; op transposes when its flag is
 *  set. ld: distance of rows. C must not overlap A or B. m, n, k may be 0. */
void fray_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
               const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
               size_t ldc);

/** C (m x n) += A^T B, A k x m, B k x n, term after term on from what C holds rather than as a sum
 *  of its own. With AVX-512 and m of 5 or more, runs of rows that follow each other thus give the
 *  bits that all of them give at once. */
void fray_gemm_on(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b,
                  size_t ldb, float *c, size_t ldc);

/** The right-hand factor of several products A B^T with one B (n x k, packed), such as the weights
 * of a layer, in the form that is fastest here; borrows b, or holds a copy in the arena. */
struct fray_right {
  size_t n, k;
  const float *b;
  enum { FRAY_RIGHT_AS_IS, FRAY_RIGHT_TRANSPOSED, FRAY_RIGHT_PANELS } form; /* of b */
};
/** Whether products with so many rows of A in all gain more than a copy of B costs. */
bool fray_right_pays(size_t rows, size_t k);
/** rows: of A in all products together. MEMORY. */
enum fray_status fray_right_make(size_t rows, size_t n, size_t k, const float *b,
                                 struct fray_arena *arena, struct fray_right *out,
                                 struct fray_err *err);
/** A copy in any case: of factors that come again and again, as in the steps of recurrent layers.
 *  MEMORY. */
enum fray_status fray_right_copy(size_t n, size_t k, const float *b, struct fray_arena *arena,
                                 struct fray_right *out, struct fray_err *err);
/** C (m x n) = A (m x k) B^T + bias (n; NULL: none), and 0 where that is negative if relu. */
void fray_right_times(const struct fray_right *right, size_t m, const float *a, size_t lda,
                      const float *bias, bool relu, float *c, size_t ldc);
/** Floating-point operations of all products so far, from their shapes: 2 m n k each. For
 *  estimates of time only. */
double fray_gemm_flops(void);
/** out (n) = sum over m rows of a (m x n), added to out * beta, in row order. */
void fray_column_sums(size_t m, size_t n, const float *a, size_t lda, float beta, float *out);

/** out (n x m, packed) = transpose of a (m x n, packed). */
void fray_transpose(size_t m, size_t n, const float *a, float *out);
/** The same of rows of a that are lda apart. */
void fray_transpose_rows(size_t m, size_t n, const float *a, size_t lda, float *out);

/** Loads OpenBLAS, with one thread; before any product. Later calls do nothing. INPUT: the library
 *  is not there, or the memory is limited to less than it takes. Sources:
 *  OpenMathLib/OpenBLAS#5289, #4762. */
enum fray_status fray_blas_start(struct fray_err *err);
/** Kernel that OpenBLAS chose ("Cooperlake"), its version text. Static storage. Of a library
 *  that is not loaded: "none" and words that say so. */
const char *fray_blas_kernel(void);
const char *fray_blas_version(void);
/** The environment variable that pins the kernel below what the CPU has, or NULL. */
const char *fray_blas_pinned(void);

#endif
