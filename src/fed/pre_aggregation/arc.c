/* Adaptive robust clipping: the longest updates are shortened to the length of the next.
 *
 * The bound is an update's own length, so no key has to be found for it; and rules behind it keep
 * their promise, which clipping to a fixed length can break. */
#include "fed/rule/nearest.h"

#include <math.h>

/* A diagonal, as norm clipping. Equal lengths stay whole together. */
static enum fray_status mix(const void *params, const struct fray_judged *of, double *matrix,
                            struct fray_arena *scratch, struct fray_err *err) {
  const size_t n = of->n;
  /* k <= n / 2, so there is always a next one. */
  const size_t k = 2 * of->f * (n - of->f) / n;
  double *length;
  uint32_t *order;
  (void)params;
  FRAY_ALLOC(length, scratch, n, err);
  FRAY_ALLOC(order, scratch, n, err);
  for (size_t a = 0; a < n; a++)
    length[a] = -sqrt(of->gram[a * of->width + a]); /* the longest first */
  rule_smallest(n, length, k + 1, order);
  const double bound = -length[order[k]];
  for (size_t a = 0; a < n; a++)
    matrix[a * n + a] = -length[a] > bound ? bound / -length[a] : 1;
  return FRAY_OK;
}

static const struct fray_pre_aggregation_ops ops = {
    .uses_f = true, .needs_no_pairs = true, .mix = mix};

extern const struct fray_choice fray_pre_aggregation_arc;
const struct fray_choice fray_pre_aggregation_arc = {
    .name = "arc",
    .meaning = "adaptive robust clipping: the floor(2 f (n - f) / n) longest updates are shortened "
               "to the length of the next one",
    .source = "Allouah et al. 2025, arXiv 2405.14432, Alg. 2",
    .impl = &ops,
};
