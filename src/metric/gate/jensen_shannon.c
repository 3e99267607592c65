/* Divergence of the answers of the modalities, each alone: the entropy of their mean less the mean
 * of their entropies. Two sure and contrary answers give log 2, two unsure ones little. */
#include "fray/metric/gate.h"

#include <math.h>

/* -p log p, which is 0 at 0. */
static double part(double p) {
  return p > 0 ? -p * log(p) : p == 0 ? 0 : NAN;
}

/* Of any number of modalities at once; fewer than two do not diverge. work: one answer, and the
 * mean of all. */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  double *p = work, *mean = work + of->classes, inner = 0, outer = 0;
  size_t n = 0;
  (void)score;
  for (size_t k = 0; k < of->classes; k++)
    mean[k] = 0;
  for (size_t m = 0; m < of->modalities; m++) {
    if (!of->alone[m])
      continue;
    fray_gate_probabilities(of->classes, of->alone[m], p);
    for (size_t k = 0; k < of->classes; k++) {
      mean[k] += p[k];
      inner += part(p[k]);
    }
    n++;
  }
  for (size_t k = 0; k < of->classes; k++)
    outer += n ? part(mean[k] / (double)n) : 0;
  const double js = outer - inner / (double)n;
  /* Rounding may leave equal answers a hair below 0. */
  *out = n < 2 ? 0 : isnan(js) ? (double)INFINITY : js > 0 ? js : 0;
}

static const struct fray_gate_score_ops ops = {
    .of_whole = true, .is_input = true, .reads = FRAY_GATE_ALONE, .value = value};
extern const struct fray_choice fray_gate_score_jensen_shannon;
const struct fray_choice fray_gate_score_jensen_shannon = {
    .name = "jensen_shannon",
    .meaning = "Jensen-Shannon divergence of the answers of the modalities, each alone",
    .source = "Lin 1991",
    .impl = &ops,
};
