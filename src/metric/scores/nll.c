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

/* The entropy of the shares: -p ln p, with 0 ln 0 = 0. Of sets each class has two outcomes, and the
 * score is a mean over the classes. */
static double guess(const double *share, size_t n_classes, bool multi_label) {
  double sum = 0.0;
  for (size_t i = 0; i < n_classes; i++) {
    const double p = share[i], no = 1 - p;
    sum -= p > 0 ? p * log(p) : 0;
    sum -= multi_label && no > 0 ? no * log(no) : 0;
  }
  return multi_label ? sum / (double)n_classes : sum;
}

static const struct fray_metric_ops ops = {.title = "log loss",
                                           .higher_is_better = false,
                                           .value = nll,
                                           .of_probabilities = true,
                                           .guess = guess};
const struct fray_choice fray_metric_nll = {
    .name = "nll",
    .meaning = "Negative log-likelihood: mean of -ln p(true class), in nats; lower is better. "
               "Multi-label: the binary cross-entropy, mean over samples and classes.",
    .source = "cross-entropy of the softmax, or of the sigmoid of each class",
    .impl = &ops};
