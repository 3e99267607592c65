/* The geometric median: the point with the least sum of distances to all updates. */
#include "nearest.h"

#include <math.h>
#include <string.h>

struct params {
  int64_t steps;
  double nu;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "steps", struct params, steps, .def = 3, .min = 1, .max = 10000,
               .help =
                   "of Weiszfeld's iteration from 0; 3 is ByzFL's, hundreds come to the median"),
    FRAY_FIELD(REAL, "nu", struct params, nu, .def = 0.1, .min = 0, .open_min = true, .max = 1e6,
               .help = "distances below it count as it: an update may lie where the point is"),
};
static FRAY_TABLE(table, "geometric_median", struct params, fields, .help = "");

/* Half of the mass cannot pull a point of least sum to infinity (Lopuhaa and Rousseeuw 1991). */
static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return (n - 1) / 2;
}

/* Where no weights are yet, the point is 0: all distances are lengths. Weights add up to 1 from the
 * first step on, so the result is a mean of the updates, near ones first. */
static enum fray_status mix(const void *params, const struct fray_judged *of, double *weight,
                            struct fray_arena *scratch, struct fray_err *err) {
  const struct params *p = params;
  double *next;
  FRAY_ALLOC(next, scratch, of->n, err);
  for (int64_t step = 0; step < p->steps; step++) { /* as many as asked for, met or not */
    const double length2 = rule_mix_length2(of, weight);
    double sum = 0;
    for (size_t a = 0; a < of->n; a++) {
      next[a] = 1 / fmax(p->nu, rule_mix_distance(of, a, weight, length2));
      sum += next[a];
    }
    for (size_t a = 0; a < of->n; a++)
      next[a] /= sum;
    memcpy(weight, next, of->n * sizeof *weight);
  }
  return FRAY_OK;
}

/* The first step is by lengths: the point is 0. */
static bool needs_no_pairs(const void *params) {
  return ((const struct params *)params)->steps == 1;
}

static const struct fray_rule_ops ops = {
    .form = FRAY_RULE_MIX, .tolerates = tolerates, .needs_no_pairs = needs_no_pairs, .mix = mix};

extern const struct fray_choice fray_rule_geometric_median;
const struct fray_choice fray_rule_geometric_median = {
    .name = "geometric_median",
    .meaning = "towards the point with the least sum of distances to the updates: some steps of "
               "Weiszfeld's smoothed iteration from 0",
    .source = "Pillutla et al. 2022, arXiv 1912.13445 (RFA), Alg. 2",
    .table = &table,
    .impl = &ops,
};
