/* Products with a matrix whose rows lie apart, so that samples need not be copied side by side to
 * be multiplied: what a linear model is trained on is read where its cache keeps it. float32. */
#ifndef FRAY_TENSOR_APART_H
#define FRAY_TENSOR_APART_H

#include <stddef.h>

/** n rows of `width` values. Behind them may stand rows that will be asked for next: rows from
 *  `fetch` on are fetched on the way, and no value of those behind n is used. Borrowed. */
struct fray_apart {
  size_t n, width, ahead;
  const float *const *row; /* (n + ahead) */
  size_t fetch;
};

/** How many rows ahead of those at work are worth fetching: they wait in the second-level cache. */
enum { FRAY_APART_AHEAD = 32 };

/** out (n, m) += X W^T, w (m, width). A value hangs on its own row of X and of W alone, in a fixed
 *  order of addition for each level of fray_vec_level. Counted by fray_gemm_flops, as below. */
void fray_apart_dots(const struct fray_apart *x, size_t m, const float *w, float *out);
/** out (m, width) = D^T X, d (n, m): rows of X are added to 0 in their order. */
void fray_apart_sums(const struct fray_apart *x, size_t m, const float *d, float *out);

#endif
