/* Rows of a table by id, their sum over the root of their number, and the gradient back into the
 * same rows. */
#include "fray/nn/embedding.h"

#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

bool fray_embedding_ids_fit(size_t n, const float *ids, size_t rows) {
  bool fit = true; /* looked at once, before any row: a bad id must not become an address */
  for (size_t i = 0; i < n; i++)
    fit = fit && ids[i] >= -1 && ids[i] < (float)rows && ids[i] == floorf(ids[i]);
  return fit;
}

/* Ids before the first negative one: words have few or many n-grams, and the rest of a row is -1.
 */
static size_t count(size_t most, const float *ids) {
  size_t n = 0;
  while (n < most && ids[n] >= 0)
    n++;
  return n;
}

/* Only rows that are named are read: the table is large, a batch of texts names few of them, and
 * pages that nobody reads are never made. */
FRAY_DISPATCH void fray_embedding_bag_forward(size_t bags, size_t most, size_t dim, float gain,
                                              const float *ids, const float *table, float *out) {
  for (size_t b = 0; b < bags; b++) {
    const float *id = ids + b * most;
    const size_t n = count(most, id);
    float *restrict y = out + b * dim;
    memset(y, 0, dim * sizeof *y);
    for (size_t k = 0; k < n; k++) {
      const float *restrict row = table + (size_t)id[k] * dim;
      for (size_t j = 0; j < dim; j++)
        y[j] += row[j];
    }
    const float scale = n > 0 ? gain / sqrtf((float)n) : 0;
    for (size_t j = 0; j < dim; j++)
      y[j] *= scale;
  }
}

/* An id that a bag has twice, or that several bags have, gets their gradients one after the other,
 * in the order of the bags: the sum has one order whatever the vectors' width. */
FRAY_DISPATCH void fray_embedding_bag_backward(size_t bags, size_t most, size_t dim, float gain,
                                               const float *ids, const float *dout, float *dtable) {
  for (size_t b = 0; b < bags; b++) {
    const float *id = ids + b * most;
    const size_t n = count(most, id);
    const float *restrict dy = dout + b * dim;
    const float scale = n > 0 ? gain / sqrtf((float)n) : 0;
    for (size_t k = 0; k < n; k++) {
      float *restrict row = dtable + (size_t)id[k] * dim;
      for (size_t j = 0; j < dim; j++)
        row[j] += scale * dy[j];
    }
  }
}
