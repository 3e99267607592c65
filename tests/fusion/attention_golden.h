/* What make_attention_golden.py and the tests of its numbers share: the values of weights and
 * inputs, and the two numbers that hold a gradient. */
#ifndef ATTENTION_GOLDEN_H
#define ATTENTION_GOLDEN_H

#include "fray/nn/params.h"

#include <math.h>
#include <string.h>

/* A chirp: no two places alike, and the same in C and in Python. */
static inline double wave(size_t k) {
  return sin(0.37 * (double)k + 0.011 * (double)k * (double)k);
}

static inline void waves(float *x, size_t n, size_t start) {
  for (size_t k = 0; k < n; k++)
    x[k] = (float)wave(start + k);
}

/* All tensors of the table one behind the other; gains of norms lie around 1. */
static inline void fill_with_waves(const struct fray_param_table *table, float *w) {
  size_t at = 0;
  for (size_t k = 0; k < table->n; k++) {
    const struct fray_param *p = &table->v[k];
    const bool gain = strstr(p->name, "norm") && strstr(p->name, "weight");
    for (size_t i = 0; i < p->size; i++)
      w[p->offset + i] = (float)((double)(float)(0.3 * wave(at++)) + (gain ? 1 : 0));
  }
}

/* The inner product with waves, and the norm, of a gradient; float32 against float64. */
static inline void holds(const float *gradient, size_t n, const double expected[2],
                         const char *name) {
  double product = 0, norm = 0;
  for (size_t i = 0; i < n; i++) {
    product += (double)gradient[i] * (double)(float)wave(9000 + i);
    norm += (double)gradient[i] * (double)gradient[i];
  }
  norm = sqrt(norm);
  /* The bias of keys moves all scores of a row alike: part of a gradient may be rounding alone. */
  const double bound = 2e-5 * (1 + expected[1]);
  if (!(fabs(product - expected[0]) <= bound && fabs(norm - expected[1]) <= bound))
    fail_msg("%s: %.9g, norm %.9g, not %.9g, norm %.9g", name, product, norm, expected[0],
             expected[1]);
}

#endif
