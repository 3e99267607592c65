/* Metric: the squared distance of probabilities from the truth. */
#include "methods.h"

/* Sum over the classes of (p - y)^2. With one label out of two the classes tell the same twice, and
 * with several labels each is a forecast of its own: then the mean over the classes. */
static double of_sample(const struct fray_scored *scored, size_t i) {
  const struct fray_scored_samples *samples = &scored->samples;
  const float *row = samples->score + i * scored->n_classes;
  double sum = 0.0;
  /* A NaN of one class makes the sum NaN: the mean over the samples reports that, so nothing is
   * tested here. */
  for (size_t c = 0; c < scored->n_classes; c++) {
    const bool is_true = samples->labels ? samples->labels[i * scored->n_classes + c] != 0
                                         : samples->label[i] == (int32_t)c;
    const double error = (double)row[c] - is_true;
    sum += error * error;
  }
  return scored->multi_label || scored->n_classes == 2 ? sum / (double)scored->n_classes : sum;
}

static double brier(const struct fray_scored *scored, const char **status) {
  return fray_mean_over_samples(scored, of_sample, status);
}

/* p (1 - p) is what a probability of p misses on average of a class whose share is p; summed or
 * averaged over the classes as the score itself is. */
static double guess(const double *share, size_t n_classes, bool multi_label) {
  double sum = 0.0;
  for (size_t i = 0; i < n_classes; i++)
    sum += share[i] * (1 - share[i]);
  return multi_label || n_classes == 2 ? sum / (double)n_classes : sum;
}

/* No share, as 2 is the worst with more than two classes; and no chance line, as a constant answer
 * has no probabilities. */
static const struct fray_metric_ops ops = {.title = "Brier score",
                                           .higher_is_better = false,
                                           .needs_scores = true,
                                           .value = brier,
                                           .of_probabilities = true,
                                           .guess = guess};
const struct fray_choice fray_metric_brier = {
    .name = "brier",
    .meaning =
        "Brier score: mean over the samples of the sum over the classes of (p - y)^2; lower is "
        "better, 2 the worst. Two classes, or multi-label: the mean over the classes; 1 the "
        "worst.",
    .source = "Brier 1950; scikit-learn's brier_score_loss",
    .impl = &ops};
