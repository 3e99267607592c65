/* Centered clipping: updates are clipped around what the rule gave in the round before.
 *
 * That is a vector as long as the model, which is in checkpoints: a rule that forgot it would begin
 * at 0 again after each resume. */
#include "nearest.h"

#include <math.h>
#include <string.h>

struct params {
  double tau;
  int64_t steps;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "tau", struct params, tau, .def = 10, .min = 0, .open_min = true, .max = 1e9,
               .help = "largest length with which an update counts, seen from the centre"),
    FRAY_FIELD(INT, "steps", struct params, steps, .def = 1, .min = 1, .max = 1000,
               .help = "how often the centre is moved in a round"),
};
static FRAY_TABLE(table, "centered_clipping", struct params, fields, .help = "");

/* A liar moves the centre by tau / n in a step at most. */
static size_t tolerates(const void *params, size_t n) {
  (void)params;
  return (n - 1) / 2;
}

/* Each step moves the centre by the mean of the clipped differences. All of it is weights of rows:
 * no vector is formed before the end. */
static enum fray_status mix(const void *params, const struct fray_judged *of, double *weight,
                            struct fray_arena *scratch, struct fray_err *err) {
  const struct params *p = params;
  const size_t w = of->width;
  double *next;
  FRAY_ALLOC(next, scratch, w, err);
  weight[of->previous] = 1;
  for (int64_t step = 0; step < p->steps; step++) {
    const double length2 = rule_mix_length2(of, weight);
    double moved = 0;
    memset(next, 0, w * sizeof *next);
    for (size_t a = 0; a < of->n; a++) {
      const double distance = rule_mix_distance(of, a, weight, length2);
      /* One that lies at the centre counts in full: 0/0 otherwise. */
      next[a] = (distance > p->tau ? p->tau / distance : 1) / (double)of->n;
      moved += next[a];
    }
    for (size_t a = 0; a < w; a++)
      weight[a] = weight[a] * (1 - moved) + next[a];
  }
  return FRAY_OK;
}

/* After the first step the centre is a mix of updates. */
static bool needs_no_pairs(const void *params) {
  return ((const struct params *)params)->steps == 1;
}

static const struct fray_rule_ops ops = {.form = FRAY_RULE_MIX,
                                         .remembers = true,
                                         .tolerates = tolerates,
                                         .needs_no_pairs = needs_no_pairs,
                                         .mix = mix};

extern const struct fray_choice fray_rule_centered_clipping;
const struct fray_choice fray_rule_centered_clipping = {
    .name = "centered_clipping",
    .meaning = "v + the mean of the updates' differences from v, each clipped to the length tau, v "
               "being the result of the round before, 0 at first",
    .source = "Karimireddy et al. 2021, arXiv 2012.10333, Alg. 2",
    .table = &table,
    .impl = &ops,
};
