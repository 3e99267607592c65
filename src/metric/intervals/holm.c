/* The step-down correction of Holm (1979): p-values of a family that hold together. */
#include "fray/base/size.h"
#include "fray/metric/resample.h"

#include <math.h>
#include <stdlib.h>

struct ranked {
  double p;
  size_t at;
};

/* Ties keep their places, so that the result does not depend on the sort. */
static int ascending(const void *a, const void *b) {
  const struct ranked *x = a, *y = b;
  if (x->p != y->p)
    return x->p < y->p ? -1 : 1;
  return (x->at > y->at) - (x->at < y->at);
}

/* adjusted may be p: each p is copied before its place is overwritten. Checked before anything is
 * written, so that a failure leaves p as it was. */
enum fray_status fray_holm(const double *p, size_t n, double *adjusted, struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    FRAY_CHECK(isnan(p[i]) || (p[i] >= 0 && p[i] <= 1), err, INPUT,
               "p-value %zu is %g, not in [0, 1]", i, p[i]);
  if (n == 0)
    return FRAY_OK;
  struct ranked *family = calloc(n, sizeof *family);
  FRAY_CHECK(family, err, MEMORY, "out of memory (%zu p-values)", n);
  size_t size = 0;
  for (size_t i = 0; i < n; i++) {
    if (!isnan(p[i]))
      family[size++] = (struct ranked){p[i], i};
    /* What has no p is no member of the family: it makes the others no harder. */
    adjusted[i] = NAN;
  }
  qsort(family, size, sizeof *family, ascending);
  double highest = 0;
  for (size_t i = 0; i < size; i++) {
    /* A larger p never gets a smaller adjusted one. */
    highest = fmax(highest, fmin(1, (double)(size - i) * family[i].p));
    adjusted[family[i].at] = highest;
  }
  free(family);
  return FRAY_OK;
}
