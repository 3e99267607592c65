/* Metric: the share of single decisions that are wrong. */
#include "methods.h"

/* A wrong answer of one label is one wrong decision; of a set, every class is one. */
static double hamming(const struct fray_scored *scored, const char **status) {
  (void)status;
  int64_t wrong = 0;
  for (size_t i = 0; i < scored->n_classes; i++) {
    struct fray_class_counts counts = fray_class_counts_of(scored, i);
    wrong += counts.in_truth - counts.hit;
    /* With one label a wrong answer is missed by one class and said of another: once is enough. */
    if (scored->multi_label)
      wrong += counts.in_answers - counts.hit;
  }
  /* A set holds a decision for each class, a single label is one decision whatever it could have
   * been. */
  double decisions = (double)scored->n * (scored->multi_label ? (double)scored->n_classes : 1.0);
  return (double)wrong / decisions;
}

static const struct fray_metric_ops ops = {
    .title = "Hamming loss", .higher_is_better = false, .is_share = true, .value = hamming};
const struct fray_choice fray_metric_hamming = {
    .name = "hamming",
    .meaning = "Hamming loss: share of the decisions that are wrong, one for each sample and class "
               "of multi-label data; with one label 1 - accuracy. Lower is better.",
    .source = "scikit-learn's hamming_loss",
    .impl = &ops};
