/* Metric: the recall of each class, averaged. */
#include "methods.h"

#include "fray/tensor/vec.h"

/* A class without test samples has no recall. Averaging over the classes that are there is what
 * balanced accuracy does; counting such a class as 0 would punish a group for its make-up. */
static double uar(const struct fray_scored *scored, const char **status) {
  double sum = 0.0;
  size_t classes = 0;
  for (size_t i = 0; i < scored->n_classes; i++) {
    struct fray_class_counts counts = fray_class_counts_of(scored, i);
    if (counts.in_truth == 0)
      continue;
    sum += (double)counts.hit / (double)counts.in_truth;
    classes++;
  }
  if (classes < scored->n_classes)
    *status = "class absent";
  /* Sets may all be empty: then 0 / 0 is the NaN that the status explains. */
  return sum / (double)classes;
}

/* Sums of one class after another, as above. */
FRAY_DISPATCH
static void add_class(size_t n, const int32_t *restrict hit, const int32_t *restrict truth,
                      const int32_t *restrict said, double *restrict sum,
                      int32_t *restrict classes) {
  (void)said;
  for (size_t d = 0; d < n; d++) {
    const double recall = (double)hit[d] / (double)(truth[d] ? truth[d] : 1);
    sum[d] = truth[d] ? sum[d] + recall : sum[d];
    classes[d] += truth[d] != 0;
  }
}

static void uars(const struct fray_class_draws *draws, double *value) {
  fray_means_of_draws(draws, add_class, value);
}

static const struct fray_metric_ops ops = {.title = "balanced accuracy",
                                           .higher_is_better = true,
                                           .is_share = true,
                                           .value = uar,
                                           .values = uars};
const struct fray_choice fray_metric_uar = {
    .name = "uar",
    .meaning = "Unweighted average recall (balanced accuracy): mean over the classes that occur in "
               "the test set of the share of their samples that were recognised. Multi-label: of "
               "each class's "
               "positives.",
    .source = "mean of hits / samples per class; Schuller et al. 2009",
    .impl = &ops};
