/* Robustness measures of curves, with intervals from the same draws as the scores they are made of.
 */
#ifndef REPORT_MEASURES_H
#define REPORT_MEASURES_H

#include "grid.h"

/** One number of a curve. */
struct fray_rep_measure {
  double value; /* NaN: empty, and status says why */
  struct fray_interval interval;
  const double *draw;    /* (FRAY_DRAWS) or NULL: seeds only; for differences of measures */
  const double *by_seed; /* (seeds.n) of each seed's own curve, NaN where empty */
  const char *status;    /* static: "ok", "> s_max", "at chance when clean", ... */
};

/** What a series loses along an axis. All are of the means over seeds (ratios of means, not means
 *  of ratios). Chance is that of the first strength and is not resampled. */
struct fray_rep_curve_measures {
  size_t series, n_seeds, n_clusters, n_diverged; /* seeds, clusters: least over the strengths */
  double chance;
  struct fray_rep_measure clean;     /* score at the smallest strength */
  struct fray_rep_measure end;       /* score at the largest */
  struct fray_rep_measure drop;      /* quality lost between: positive is worse */
  struct fray_rep_measure rauc;      /* area above chance relative to the clean score */
  struct fray_rep_measure s50;       /* strength at which half of it is left */
  struct fray_rep_measure slope;     /* of the score at the first two strengths */
  struct fray_rep_measure retention; /* share of the above-chance score left at the largest */
};

/** Measures of one series. RAUC, s50 and retention are empty when the interval of the clean score
 *  reaches chance ("clean score not told from chance"). Memory of results->arena. */
enum fray_status fray_rep_measure_curve(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                        size_t series, struct fray_rep_curve_measures *out,
                                        struct fray_err *err);

/** a - b with its interval, from their draws (or seed by seed when one has none). status: of the
 *  first that is empty. */
enum fray_status fray_rep_measure_difference(struct fray_rep_results *r,
                                             const struct fray_rep_measure *a,
                                             const struct fray_rep_measure *b, size_t n_seeds,
                                             size_t n_clusters, struct fray_rep_measure *out,
                                             struct fray_err *err);

#endif
