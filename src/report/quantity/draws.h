/* From kept predictions to a metric under many weightings of the test clients. */
#ifndef REPORT_DRAWS_H
#define REPORT_DRAWS_H

#include "view.h"

#include "fray/metric/metric.h"

/** What a metric is a function of, as far as kept classes tell. */
enum fray_rep_needs {
  FRAY_REP_NEEDS_TOTALS,  /* samples, and those answered right */
  FRAY_REP_NEEDS_CLASSES, /* per class: hits, samples, answers */
  FRAY_REP_NEEDS_CELLS,   /* the whole confusion matrix */
  FRAY_REP_NEEDS_SCORES,  /* more than the predicted classes */
  FRAY_REP_NEEDS_EDITS    /* of sequences: sums of edits */
};
/** Found out by asking the metric about made-up counts, so that no metric needs to be known here.
 */
enum fray_rep_needs fray_rep_needs_of(const struct fray_choice *metric, bool multi_label);

/** Counts by client: the sufficient statistics of a view. */
struct fray_rep_counts {
  struct fray_rep_count {
    uint32_t client, slot;
    int32_t n;
  } * v;
  size_t n, n_slots;
  size_t n_clients, n_samples; /* that count */
  size_t n_classes;
  size_t target; /* as in struct fray_scored */
  bool multi_label;
  enum fray_rep_needs needs;
};
enum fray_status fray_rep_count_answers(const struct fray_rep_view *view, enum fray_rep_needs needs,
                                        struct fray_arena *arena, struct fray_rep_counts *out,
                                        struct fray_err *err);

/** value[d] of the metric (which counts with the needs of a richer one serve as well, but those of
 *  cells) where client c counts weight[c * n_draws + d] times; NaN where undefined.
 *  most: what the weights of a draw add up to at most; times the samples it is below 2^31. */
enum fray_status fray_rep_metric_draws(const struct fray_choice *metric,
                                       const struct fray_rep_counts *counts, const uint16_t *weight,
                                       size_t most, size_t n_draws, struct fray_arena *arena,
                                       double *value, struct fray_err *err);
/** A metric of the same counts, and where its draws are added up. */
struct fray_rep_metric_sum {
  const struct fray_choice *metric;
  double *sum; /* (n_draws) */
};
/** Adds those values to sum[d] of each metric, times times[d] where that is above 0; NULL: once. */
enum fray_status fray_rep_add_draws(const struct fray_rep_counts *counts, const uint16_t *weight,
                                    size_t most, size_t n_draws, const double *times,
                                    const struct fray_rep_metric_sum *to, size_t n_metrics,
                                    struct fray_arena *arena, struct fray_err *err);
/** The same for a metric of kept probabilities: score (n, n_classes) of the view. A metric that is
 * a mean over samples follows from each client's mean. The others look at every score in every
 * draw, which is taken off *looks_left; if not so many are left, *status says so and value is
 * untouched. n_clients: clients with samples that count. */
enum fray_status fray_rep_score_draws(const struct fray_choice *metric,
                                      const struct fray_rep_view *view, const float *score,
                                      const uint16_t *weight, size_t n_draws, double *looks_left,
                                      struct fray_arena *arena, double *value, size_t *n_clients,
                                      const char **status, struct fray_err *err);
/** True for a metric that is a mean over samples, found out as above. */
bool fray_rep_is_mean(const struct fray_choice *metric, bool multi_label);

#endif
