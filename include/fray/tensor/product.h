/* Products whose left factor overlaps itself: windows that slide over a sequence or a picture are
 * its rows where they lie, and nothing is gathered. Row-major float32. */
#ifndef FRAY_TENSOR_PRODUCT_H
#define FRAY_TENSOR_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

/** The left factor, m = lines * rows by k = runs * run. Its value in row r of line i and column c
 * of run j is x[i * line + r * row + j * leap + c * step]. Borrowed. gap: how many
 *  floats further than the next row of B that of the next run begins. */
struct fray_left {
  const float *x;
  size_t lines, line, rows, row;
  size_t runs, leap, run, step, gap;
};

/** C (m x n) = A B, or C + A B where it adds; B k x n. ld: distance of rows. C must not overlap A
 * or B. A value of C depends on its own row of A and column of B alone (and on m and n), in a fixed
 *  order of addition for each level of fray_vec_level; NaN and infinity go through. Counted by
 *  fray_gemm_flops. */
void fray_product(const struct fray_left *a, size_t n, const float *b, size_t ldb, bool add,
                  float *c, size_t ldc);

/** What a sum goes through before it is written: times scale, plus bias (n) or NULL, and 0 where
 *  it is negative if relu. */
struct fray_finish {
  float scale;
  bool relu;
  const float *bias;
};
/** C = finish(A B). */
void fray_product_finished(const struct fray_left *a, size_t n, const float *b, size_t ldb,
                           const struct fray_finish *finish, float *c, size_t ldc);

#endif
