/* Metrics: from counts and per-sample values to one number, or an honest "undefined". */
#ifndef FRAY_METRIC_METRIC_H
#define FRAY_METRIC_METRIC_H

#include "fray/schema/schema.h"

/** What a metric may look at. confusion: (classes, classes), [true][predicted], row-major; its sum
 *  is n. With several labels per sample: (classes, 2, 2), one table [true][predicted] for each
 *  class, whose sum is n. */
struct fray_scored {
  size_t n, n_classes;
  const int64_t *confusion;
  double nll_sum; /* nats, sum over samples, in sample order; NaN if not known */
  bool multi_label;
  size_t exact; /* multi-label: samples whose set was predicted exactly */
};
/** Cells of the confusion counts. */
size_t fray_confusion_cells(bool multi_label, size_t n_classes);

/** One metric (metrics.def); choice->impl points here. */
struct fray_metric_ops {
  bool higher_is_better;
  bool is_share; /* in [0, 1] whatever the data: shown in percent */
  /** Value, or NaN when undefined. *status: "ok", else why it is undefined or, beside a value that
   *  stands, what a reader should know ("class absent": the mean is over the classes present). */
  double (*value)(const struct fray_scored *scored, const char **status);
};

extern const struct fray_choices fray_metrics; /* metrics.def, which lists them all */

/** Value of a metric; NaN when it is undefined, and only then (test the value, not the status).
 *  *status as above; "no samples" when n is 0. O(classes^2). */
double fray_metric_value(const struct fray_choice *metric, const struct fray_scored *scored,
                         const char **status);
/** True if more is better (accuracy), false if less is (nll). */
bool fray_metric_higher_is_better(const struct fray_choice *metric);

/** Value for the predictor that always answers `majority` on a test set with these class counts:
 * the chance line. NaN for metrics that need probabilities ("no probabilities"), for an empty test
 * set and when majority >= n_classes. Takes classes^2 counts of memory for a moment. */
double fray_metric_chance(const struct fray_choice *metric, const int64_t *class_count,
                          size_t n_classes, size_t majority, const char **status);

/** Likewise with several labels: the predictor that always answers the set `answer` (classes, 0 or
 *  1). n samples; positives (classes) of them; exact: those whose set is `answer`. */
double fray_metric_chance_of_sets(const struct fray_choice *metric, size_t n,
                                  const int64_t *positives, size_t exact, const uint8_t *answer,
                                  size_t n_classes, const char **status);

/** t such that P(T <= t) = p for Student's t with df > 0 degrees of freedom, p in (0.5, 1):
 *  p = 0.975 gives the factor of a two-sided 95 % interval. df may be infinite (normal law).
 *  Regularised incomplete beta by continued fraction (Lentz), inverted by bisection; from df = 1e6
 * on the normal quantile with its first-order correction. NaN outside. Source: Abramowitz &
 * Stegun 26.5.8, 26.7.1, 26.7.5. */
double fray_student_t(double p, double df);
/** P(T > t) for t >= 0; the normal law for infinite df. NaN outside. */
double fray_student_tail(double t, double df);

#endif
