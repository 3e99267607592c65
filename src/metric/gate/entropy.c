/* The entropy of the answer: how many classes the model holds possible. */
#include "fray/metric/gate.h"

#include <math.h>

/* log p is taken from the logits, so that a probability that rounds to 0 adds nothing and no NaN.
 */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  const double sum = fray_gate_log_sum(of->classes, of->logits, 1);
  double entropy = 0;
  (void)score;
  (void)work;
  for (size_t k = 0; k < of->classes; k++) {
    const double log_p = of->logits[k] - sum;
    entropy -= log_p == -(double)INFINITY ? 0 : exp(log_p) * log_p;
  }
  *out = isnan(entropy) ? (double)INFINITY : entropy;
}

static const struct fray_gate_score_ops ops = {.of_whole = true, .value = value};
extern const struct fray_choice fray_gate_score_entropy;
const struct fray_choice fray_gate_score_entropy = {
    .name = "entropy",
    .meaning = "entropy of the probabilities: -sum p log p",
    .source = "Shannon 1948",
    .impl = &ops,
};
