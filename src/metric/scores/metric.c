/* The list of metrics, and what holds for all of them: counts of a class, values, the level of
 * the constant predictor. */
#include "fray/metric/metric.h"

#include "fray/base/size.h"
#include "methods.h"

#include <math.h>
#include <stdlib.h>

#define FRAY_METRIC(name) &fray_metric_##name,
static const struct fray_choice *const metrics[] = {
#include "metrics.def"
};
#undef FRAY_METRIC

const struct fray_choices fray_metrics = {
    .what = "metric", .plural = "metrics", .v = metrics, .n = FRAY_COUNT(metrics)};

/* Sets have no matrix of classes against classes, as any class may be said beside any other: each
 * class has a table of four of its own. Behind the matrix is room for those who got no answer. */
size_t fray_confusion_cells(bool multi_label, size_t n_classes) {
  return (multi_label ? 4 : n_classes + 1) * n_classes;
}

int64_t fray_hits(const struct fray_scored *scored) {
  int64_t hits = 0;
  if (scored->multi_label)
    return (int64_t)scored->exact;
  for (size_t i = 0; i < scored->n_classes; i++)
    hits += scored->confusion[i * scored->n_classes + i];
  return hits;
}

double fray_lured_share(const struct fray_lured *lured, size_t taken, const char **status) {
  *status = lured->n ? "ok" : "nobody is lured";
  return lured->n ? (double)taken / (double)lured->n : NAN;
}

/* Rows are the truth and columns the answers. The four cells of a class of sets are: neither, said
 * only, true only, both. */
struct fray_class_counts fray_class_counts_of(const struct fray_scored *scored,
                                              size_t class_index) {
  struct fray_class_counts counts = {0};
  size_t k = scored->n_classes;
  if (scored->multi_label) {
    const int64_t *table = scored->confusion + 4 * class_index;
    return (struct fray_class_counts){
        .hit = table[3], .in_truth = table[2] + table[3], .in_answers = table[1] + table[3]};
  }
  counts.hit = scored->confusion[class_index * k + class_index];
  if (scored->refused_of)
    counts.in_truth = scored->refused_of[class_index];
  for (size_t j = 0; j < k; j++) {
    counts.in_truth += scored->confusion[class_index * k + j];
    counts.in_answers += scored->confusion[j * k + class_index];
  }
  return counts;
}

/* Class by class over neighbours, whose sums grow in the order in which they do for one resample:
 * the same roundings, with as many resamples in a vector as fit. So many at once that their sums
 * stay in the nearest cache. */
enum { SOME = 256 };

void fray_means_of_draws(const struct fray_class_draws *draws,
                         void (*add)(size_t n, const int32_t *hit, const int32_t *truth,
                                     const int32_t *said, double *sum, int32_t *classes),
                         double *value) {
  for (size_t first = 0; first < draws->n; first += SOME) {
    const size_t n = FRAY_MIN(draws->n - first, (size_t)SOME);
    double sum[SOME] = {0};
    int32_t classes[SOME] = {0};
    for (size_t c = 0; c < draws->n_classes; c++) {
      const int32_t *of = draws->of + 3 * c * draws->stride + first;
      add(n, of, of + draws->stride, of + 2 * draws->stride, sum, classes);
    }
    for (size_t d = 0; d < n; d++)
      value[first + d] = draws->of_all[first + d] ? sum[d] / (double)classes[d] : (double)NAN;
  }
}

/* Asked here once for all metrics: a method may divide by n, and finds scores if it needs them. */
double fray_metric_value(const struct fray_choice *metric, const struct fray_scored *scored,
                         const char **status) {
  const struct fray_metric_ops *ops = metric->impl;
  *status = "ok";
  if (scored->n == 0)
    *status = "no samples";
  else if (ops->of_sequences != scored->sequences)
    *status = ops->of_sequences ? "of sequences alone" : "not of sequences";
  else if (ops->needs_scores && !scored->samples.score)
    *status = "no scores";
  else
    return ops->value(scored, status);
  return NAN;
}

/* Without any class nothing can be guessed; asked here once, so that a method may divide by their
 * number. */
double fray_metric_guess(const struct fray_choice *metric, const double *share, size_t n_classes,
                         bool multi_label) {
  const struct fray_metric_ops *ops = metric->impl;
  bool any = false;
  for (size_t i = 0; i < n_classes; i++)
    any = any || share[i] > 0;
  return any && ops->guess ? ops->guess(share, n_classes, multi_label) : NAN;
}

bool fray_metric_higher_is_better(const struct fray_choice *metric) {
  const struct fray_metric_ops *ops = metric->impl;
  return ops->higher_is_better;
}

bool fray_metric_of_finished(const struct fray_choice *metric) {
  const struct fray_metric_ops *ops = metric->impl;
  return ops->of_finished;
}

bool fray_metric_needs_scores(const struct fray_choice *metric) {
  const struct fray_metric_ops *ops = metric->impl;
  return ops->needs_scores;
}

bool fray_metric_of_sequences(const struct fray_choice *metric) {
  const struct fray_metric_ops *ops = metric->impl;
  return ops->of_sequences;
}

bool fray_metric_needs_target(const struct fray_choice *metric) {
  const struct fray_metric_ops *ops = metric->impl;
  return ops->needs_target;
}

/* Of the constant predictor, whose counts are given. */
static double chance_of(const struct fray_choice *metric, const struct fray_scored *constant,
                        const size_t *ranking, const char **status) {
  const struct fray_metric_ops *ops = metric->impl;
  /* Counts are enough for most: the constant predictor is judged as any other. Metrics that need
   * scores say "no scores" on that way. */
  if (!ops->chance || constant->n == 0)
    return fray_metric_value(metric, constant, status);
  *status = "ok";
  return ops->chance(constant, ranking, status);
}

double fray_metric_chance_of_ranking(const struct fray_choice *metric, const int64_t *class_count,
                                     size_t n_classes, const size_t *ranking, size_t target,
                                     const char **status) {
  const size_t majority = ranking[0];
  /* The reason is set before each thing that may fail, so every return has one. */
  *status = "no such class";
  if (majority >= n_classes)
    return NAN;
  size_t cells = 0;
  int64_t *confusion = NULL;
  if (fray_size_mul(n_classes, n_classes, &cells))
    confusion = calloc(cells, sizeof *confusion);
  *status = "out of memory";
  if (!confusion)
    return NAN;
  /* The constant predictor's confusion matrix is one column, so each metric needs only one rule. */
  struct fray_scored scored = {.n_classes = n_classes,
                               .confusion = confusion,
                               .nll_sum = NAN,
                               .judged = true,
                               .target = target};
  for (size_t i = 0; i < n_classes; i++) {
    confusion[i * n_classes + majority] = class_count[i];
    scored.n += (size_t)class_count[i];
  }
  double value = chance_of(metric, &scored, ranking, status);
  free(confusion);
  return value;
}

double fray_metric_chance_of_sets(const struct fray_choice *metric, size_t n,
                                  const int64_t *positives, size_t exact, const uint8_t *answer,
                                  size_t n_classes, size_t target, const char **status) {
  int64_t *confusion = calloc(n_classes, 4 * sizeof *confusion);
  *status = "out of memory";
  if (!confusion)
    return NAN;
  /* A class is always said or never, so one column of its table is empty. positives of class c are
   * true, the other samples are not. */
  for (size_t c = 0; c < n_classes; c++) {
    confusion[4 * c + (answer[c] ? 1 : 0)] = (int64_t)n - positives[c];
    confusion[4 * c + (answer[c] ? 3 : 2)] = positives[c];
  }
  struct fray_scored scored = {.n = n,
                               .n_classes = n_classes,
                               .confusion = confusion,
                               .nll_sum = NAN,
                               .multi_label = true,
                               .judged = true,
                               .exact = exact,
                               .target = target};
  double value = chance_of(metric, &scored, NULL, status);
  free(confusion);
  return value;
}
