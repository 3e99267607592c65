/* What the metrics share: sums over the confusion matrix. */
#ifndef FRAY_SRC_METRIC_METHODS_H
#define FRAY_SRC_METRIC_METHODS_H

#include "fray/metric/metric.h"

#define FRAY_METRIC(name) extern const struct fray_choice fray_metric_##name;
#include "metrics.def"
#undef FRAY_METRIC

/** One class against the rest. */
struct fray_class_counts {
  int64_t hit, in_truth, in_answers; /* true positives, samples of the class, answers of it */
};

struct fray_class_counts fray_class_counts(const struct fray_scored *scored, size_t class_index);

#endif
