/* Products with rows that lie apart: by BLAS they would have to be copied side by side first, which
 * takes longer than the products of a linear model. */
#include "fray/tensor/apart.h"

#include "product_kernels.h"

/* Asked once, as for all products. */
static const struct product_level *level(void) {
  static const struct product_level *chosen;
  if (!chosen)
    chosen = product_here();
  return chosen;
}

/* The weights are read for each few rows again, and stay in the cache next to them. */
void fray_apart_dots(const struct fray_apart *x, size_t m, const float *w, float *out) {
  product_count(x->n, m, x->width);
  level()->dots(x, m, w, out);
}

/* The rows are those of a batch that was just multiplied: they are in the cache, and memory is free
 * for rows that follow. */
void fray_apart_sums(const struct fray_apart *x, size_t m, const float *d, float *out) {
  product_count(m, x->width, x->n);
  level()->sums(x, m, d, out);
}
