/* Nearest neighbour mixing: each update becomes the mean of those nearest to it.
 *
 * Honest updates that differ come closer to one another, so a rule behind it has less to confuse
 * with lies. A liar's row becomes a mean as well, with honest ones in it. */
#include "fed/rule/nearest.h"

/* Itself is one of the n - f, at distance 0; it comes first even of equal ones, so that n equal
 * updates are not one another's neighbours in the order of their indices alone. */
static enum fray_status mix(const void *params, const struct fray_judged *of, double *matrix,
                            struct fray_arena *scratch, struct fray_err *err) {
  const size_t n = of->n, keep = n - of->f;
  double *distance;
  uint32_t *order;
  (void)params;
  FRAY_ALLOC(distance, scratch, n, err);
  FRAY_ALLOC(order, scratch, n, err);
  for (size_t a = 0; a < n; a++) {
    for (size_t b = 0; b < n; b++)
      distance[b] = a == b ? -1 : fray_judged_distance2(of, a, b);
    rule_smallest(n, distance, keep, order);
    for (size_t k = 0; k < keep; k++)
      matrix[a * n + order[k]] = 1.0 / (double)keep;
  }
  return FRAY_OK;
}

static const struct fray_pre_aggregation_ops ops = {.uses_f = true, .mix = mix};

extern const struct fray_choice fray_pre_aggregation_nnm;
const struct fray_choice fray_pre_aggregation_nnm = {
    .name = "nnm",
    .meaning = "nearest neighbour mixing: each update becomes the mean of the n - f nearest to it, "
               "itself among them",
    .source = "Allouah et al. 2023, arXiv 2302.01772, Alg. 2",
    .impl = &ops,
};
