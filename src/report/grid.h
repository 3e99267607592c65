/* Grid: the values of one metric along an axis, by series, strength and seed; and its statistics.
 */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include "axis.h"

struct fray_rep_grid {
  const struct fray_rep_axis *axis;
  size_t n_seeds;
  double *value, *chance, *realised; /* (n_series, n_x, n_seeds), NaN where not known */
  size_t *diverged;                  /* (n_series, n_x) trials */
  double samples, clusters;          /* least over the scores; NaN if not known */
};

/** Collects the scores of a selection, group and metric. A diverged trial counts as the constant
 *  predictor: its value is the chance value of its own row, or of another trial's row for the same
 *  strength (same seed first). Undefined values stay NaN. */
enum fray_status fray_rep_grid(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                               bool last, size_t group, size_t metric, struct fray_rep_grid *out,
                               struct fray_err *err);
/** Takes what is missing from another condition: where no corruption entry acts at test, `clean` is
 *  `trial` and is not scored again. Both grids have the same series and a single strength. */
void fray_rep_grid_fill(const struct fray_rep_results *r, struct fray_rep_grid *clean,
                        const struct fray_rep_grid *trial);
/** Offset of the values of one series and strength (n_seeds of them). */
size_t fray_rep_grid_at(const struct fray_rep_grid *g, size_t series, size_t x);

/** Mean and interval. low and high are NaN below 3 values, all are NaN for none. */
struct fray_rep_stat {
  size_t n;
  double mean, low, high;
};

/** Two-sided Student interval mean +- t s / sqrt(n) over the values that are not NaN. comparisons:
 *  1 for a 95 % interval, m to hold 95 % over m of them (Bonferroni: t at 1 - 0.025 / m). */
struct fray_rep_stat fray_rep_stat(const double *v, size_t n, size_t comparisons);

/** Cuts the interval of a metric whose values lie in [0, 1]; true if it stood out. */
bool fray_rep_clip(struct fray_rep_stat *s);

/** Mean over everything that is not NaN; NaN for nothing. */
double fray_rep_mean(const double *v, size_t n);

/** Quality lost from the smallest to the largest strength, paired by seed: (n_seeds), NaN where a
 *  value is missing. Positive means worse at the largest strength, whatever the metric. */
void fray_rep_drop(const struct fray_rep_grid *g, size_t series, bool higher_is_better,
                   double *out);
/** a - b at the largest strength, paired by seed. */
void fray_rep_level_difference(const struct fray_rep_grid *g, size_t a, size_t b, double *out);

#endif
