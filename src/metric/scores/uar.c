/* Metric: the recall of each class, averaged. */
#include "methods.h"

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

static const struct fray_metric_ops ops = {
    .title = "balanced accuracy", .higher_is_better = true, .is_share = true, .value = uar};
const struct fray_choice fray_metric_uar = {
    .name = "uar",
    .meaning = "Unweighted average recall (balanced accuracy): mean over the classes that occur in "
               "the test set of the share of their samples that were recognised. Multi-label: of "
               "each class's "
               "positives.",
    .source = "mean of hits / samples per class; Schuller et al. 2009",
    .impl = &ops};
