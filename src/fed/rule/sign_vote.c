/* Majority vote of signs: each update says up or down for each coordinate, and nothing else.
 *
 * Who sends a large number has one vote, as all have. What is lost is how far to go: `step` stands
 * for it, and methods that divide by the length of past steps have nothing to divide by. */
#include "fray/fed/rule.h"

#include <math.h>

struct params {
  double step;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "step", struct params, step, .def = 1e-3, .min = 0, .open_min = true, .max = 1,
               .help = "by how much a coordinate moves in a round"),
};
static FRAY_TABLE(table, "sign_vote", struct params, fields, .help = "");

/* A majority is needed to turn a sign. */
static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return (n - 1) / 2;
}

/* As many up as down: it stays. */
static void coordinates(const void *params, const struct fray_lanes *lanes, float *out, float *low,
                        float *high) {
  const float step = (float)((const struct params *)params)->step;
  int vote[FRAY_LANES] = {0};
  for (size_t k = 0; k < lanes->n; k++)
    for (size_t i = 0; i < FRAY_LANES; i++)
      vote[i] += (lanes->value[k][i] > 0) - (lanes->value[k][i] < 0);
  for (size_t i = 0; i < FRAY_LANES; i++) {
    out[i] = vote[i] > 0 ? step : vote[i] < 0 ? -step : 0;
    /* The majority decided; where there is none, nobody is outvoted. */
    low[i] = vote[i] > 0 ? 0x1p-149f : -INFINITY;
    high[i] = vote[i] < 0 ? -0x1p-149f : INFINITY;
  }
}

static const struct fray_rule_ops ops = {
    .form = FRAY_RULE_COORDINATE, .tolerates = tolerates, .coordinates = coordinates};

extern const struct fray_choice fray_rule_sign_vote;
const struct fray_choice fray_rule_sign_vote = {
    .name = "sign_vote",
    .meaning = "each coordinate moves by `step` where the majority of the updates points; lengths "
               "do not count",
    .source = "Bernstein et al. 2019, arXiv 1810.05291, Alg. 1, of updates instead of gradients",
    .table = &table,
    .impl = &ops,
};
