/* Grid: the values of one metric along an axis, by series, strength and seed; and its statistics.
 */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include "axis.h"

#include "report/quantity/quantities.h"

struct fray_rep_grid {
  const struct fray_rep_axis *axis;
  size_t group, metric; /* what was collected */
  bool last;
  size_t *cell; /* (n_series, n_x) of results->cell, n_cells where there is none */
  size_t n_seeds;
  double *value, *chance, *realised; /* (n_series, n_x, n_seeds), NaN where not known */
  size_t *diverged;                  /* (n_series, n_x) trials */
  double samples, clusters;          /* least over the scores; NaN if not known */
};

/** Collects the scores of a selection, group and metric. A diverged trial counts as the constant
 *  predictor: its value is the chance value of its own row, or of another trial's row for the same
 *  condition and severity (same seed first). Undefined values stay NaN. */
enum fray_status fray_rep_make_grid(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                    bool last, size_t group, size_t metric,
                                    struct fray_rep_grid *out, struct fray_err *err);
/** Offset of the values of one series and strength (n_seeds of them). */
size_t fray_rep_grid_at(const struct fray_rep_grid *g, size_t series, size_t x);

/** Where the score of a series and strength lies; cell n_cells: there is none. */
struct fray_rep_address fray_rep_grid_address(const struct fray_rep_grid *g, size_t series,
                                              size_t x);

/** Mean and 95 % interval of a score or of a number made of several. */
struct fray_rep_stat {
  size_t n;               /* seeds */
  double mean, low, high; /* low, high NaN without an interval; all NaN for n 0 */
  double p; /* two-sided, of "it is 0"; NaN without an interval, or with a single seed.
               Of a comparison that is one of several: adjusted over all of them */
  struct fray_interval interval;
  size_t n_clusters;  /* test clients behind it; of no meaning if the interval is of seeds alone */
  const char *status; /* "ok", or why clients are not part of the interval; static */
};
/** Of any quantity. */
struct fray_rep_stat fray_rep_stat_of(const struct fray_rep_results *r,
                                      const struct fray_rep_quantity *q);
/** Of the score of a series and strength. Draws are not remembered, unless they are of the main
 *  metric and it needs scores. */
enum fray_status fray_rep_grid_stat(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    size_t series, size_t x, struct fray_rep_stat *out,
                                    struct fray_err *err);
/** Of a sum of scores, as fray_rep_sum makes it; its draws are not kept. */
enum fray_status fray_rep_sum_stat(struct fray_rep_results *r, const struct fray_rep_address *at,
                                   const double *weight, size_t n, struct fray_rep_stat *out,
                                   struct fray_err *err);
/** Over seeds alone: two-sided Student interval mean +- t s / sqrt(n) over the values that are not
 *  NaN, none below 3. comparisons: 1 for a 95 % interval, m to hold 95 % over m of them
 *  (Bonferroni: t at 1 - 0.025 / m). For numbers that are no sum of scores. */
struct fray_rep_stat fray_rep_stat_of_values(const double *v, size_t n, size_t comparisons);

/** Cuts the interval of a metric whose values lie in [0, 1]; true if it stood out. */
bool fray_rep_clip(struct fray_rep_stat *s);
/** Both of its intervals end at 0 and 1, as those of shares do. p stays. */
void fray_rep_keep_share(struct fray_rep_stat *s);
/** Likewise of a difference that is at most so large. */
void fray_rep_keep_difference(struct fray_rep_stat *s, double most);

/** Takes an interval away that any value would fit: of a score (is_score) one from 0 to 1, of a
 *  difference of such scores one from -1 to 1. True if it did; the p-value stays. */
bool fray_rep_blank(struct fray_rep_stat *s, bool is_score);

/** Mean over everything that is not NaN; NaN for nothing. */
double fray_rep_mean(const double *v, size_t n);

/** Quality lost from the smallest to the largest strength, paired by seed: (n_seeds), NaN where a
 *  value is missing. Positive means worse at the largest strength, whatever the metric. */
void fray_rep_drop(const struct fray_rep_grid *g, size_t series, bool higher_is_better,
                   double *out);
/** The same over seeds and draws. */
enum fray_status fray_rep_drop_stat(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    size_t series, bool higher_is_better, struct fray_rep_stat *out,
                                    struct fray_err *err);

/** What the intervals of a figure or table rest on. Zero-initialise it. */
struct fray_rep_basis {
  size_t n[FRAY_INTERVAL_SEEDS + 1]; /* of each kind of interval */
  size_t few_seeds, many_seeds, few_clusters, many_clusters;
  double low_df, high_df;   /* of Student's t */
  bool own;                 /* of training clients (scope own_client), not of the test split */
  const char *none, *seeds; /* why the first one has no interval, or one of seeds alone */
};
void fray_rep_basis_add(struct fray_rep_basis *basis, const struct fray_rep_stat *stat);
/** One or more plain sentences, " " in front; nothing if nothing was added. */
void fray_rep_basis_words(const struct fray_rep_basis *basis, struct fray_text *out);
/** Likewise in arena memory, without the space. */
enum fray_status fray_rep_basis_text(struct fray_rep_results *r, const struct fray_rep_basis *basis,
                                     const char **out, struct fray_err *err);

#endif
