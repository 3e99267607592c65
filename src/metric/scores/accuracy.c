/* Metric: the share of answers that are right. */
#include "methods.h"

#include "fray/tensor/vec.h"

#include <math.h>

static double accuracy(const struct fray_scored *scored, const char **status) {
  (void)status;
  int64_t hits = 0;
  /* Of a set, all of it must be right: that is counted where whole sets are seen. */
  if (scored->multi_label)
    return (double)scored->exact / (double)scored->n;
  /* The matrix sums to n, so its diagonal over n is the share of hits, also where samples are
   * weighted. */
  for (size_t i = 0; i < scored->n_classes; i++)
    hits += scored->confusion[i * scored->n_classes + i];
  return (double)hits / (double)scored->n;
}

/* Each of many, as of sets: there are no cells of classes among the counts. */
FRAY_DISPATCH
static void accuracies(const struct fray_class_draws *draws, double *value) {
  const int32_t *restrict n = draws->of_all, *restrict exact = n + draws->stride;
  for (size_t d = 0; d < draws->n; d++)
    value[d] = n[d] ? (double)exact[d] / (double)n[d] : (double)NAN;
}

static const struct fray_metric_ops ops = {
    .higher_is_better = true, .is_share = true, .value = accuracy, .values = accuracies};
const struct fray_choice fray_metric_accuracy = {
    .name = "accuracy",
    .meaning = "Share of the samples whose predicted class is the true one; multi-label: whose "
               "predicted set is exactly the true one (subset accuracy).",
    .source = "hits / n; scikit-learn's accuracy_score",
    .impl = &ops};
