/* What the metrics share: sums over the confusion matrix, and looks at the samples. */
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

struct fray_class_counts fray_class_counts_of(const struct fray_scored *scored, size_t class_index);

/** Means over classes of many resamples: add sums up what a class gives, and counts it where it has
 * something to give. NaN of resamples without samples, or without such a class. */
void fray_means_of_draws(const struct fray_class_draws *draws,
                         void (*add)(size_t n, const int32_t *hit, const int32_t *truth,
                                     const int32_t *said, double *sum, int32_t *classes),
                         double *value);

/** Answers that are right: of sets as a whole. */
int64_t fray_hits(const struct fray_scored *scored);
/** taken / n of those whom something lures; NaN "nobody is lured" without any. */
double fray_lured_share(const struct fray_lured *lured, size_t taken, const char **status);

/** How often sample i counts; 0 if it is left out. */
int64_t fray_sample_weight(const struct fray_scored_samples *samples, size_t i);

/** Mean of `of` over the samples, in sample order, so that it is the same however they were
 *  answered; "undefined score" if one is NaN. */
double fray_mean_over_samples(const struct fray_scored *scored,
                              double (*of)(const struct fray_scored *, size_t i),
                              const char **status);

/** The order of one class, see fray_score_order. key: (n) scratch. */
void fray_order_of_class(const float *score, size_t n, size_t n_classes, size_t c, uint64_t *key,
                         uint32_t *order);

/** Share of the samples whose true class is among the k with the largest scores, and that of the
 *  constant predictor. */
double fray_top_value(const struct fray_scored *scored, size_t k, const char **status);
double fray_top_chance(const struct fray_scored *constant, const size_t *ranking, size_t k,
                       const char **status);

#endif
