/* Metric: the negative log-likelihood, which the evaluation adds up sample by sample. */
#include "methods.h"

/* A constant answer has no probability to take a logarithm of, so there is no chance line. */
static double nll(const struct fray_scored *scored, const char **status) {
  if (isnan(scored->nll_sum)) {
    /* NaN means that the sum is not known. A model that broke has the same NaN, and no value
     * either. */
    *status = "no probabilities";
    return NAN;
  }
  return scored->nll_sum / (double)scored->n;
}

static const struct fray_metric_ops ops = {.higher_is_better = false, .value = nll};
const struct fray_choice fray_metric_nll = {
    .name = "nll",
    .meaning = "Negative log-likelihood: mean of -ln p(true class), in nats; lower is better. "
               "Multi-label: the binary cross-entropy, mean over samples and classes.",
    .source = "cross-entropy of the softmax, or of the sigmoid of each class",
    .impl = &ops};
