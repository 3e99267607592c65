/* One less the largest probability: how unsure the model says it is. It is the usual baseline, and
 * it is no detector of contradictions: a model that is sure of a wrong thing passes. */
#include "fray/metric/gate.h"

#include <math.h>

/* exp(max - log sum exp) is the largest probability; without a finite logit it is NaN, and the
 * sample is broken. */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  double most = -INFINITY;
  (void)score;
  (void)work;
  for (size_t k = 0; k < of->classes; k++)
    most = fmax(most, of->logits[k]);
  const double p = exp(most - fray_gate_log_sum(of->classes, of->logits, 1));
  *out = isnan(p) ? (double)INFINITY : 1 - p;
}

static const struct fray_gate_score_ops ops = {.of_whole = true, .value = value};
extern const struct fray_choice fray_gate_score_softmax;
const struct fray_choice fray_gate_score_softmax = {
    .name = "softmax",
    .meaning = "1 less the largest probability",
    .source = "Hendrycks & Gimpel 2017, arXiv 1610.02136",
    .impl = &ops,
};
