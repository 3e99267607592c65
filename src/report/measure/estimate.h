/* A number made of several scores, with the interval that follows from their draws. */
#ifndef REPORT_ESTIMATE_H
#define REPORT_ESTIMATE_H

#include "report/stat/grid.h"

/** A number of m (n) scores; NaN when undefined, and *status says why. */
typedef double fray_rep_formula(const void *user, const double *m, const char **status);

struct fray_rep_estimate {
  double value;
  struct fray_interval interval; /* kind NONE: low, high NaN */
  double p;                      /* of "it is 0", NaN without an interval */
  size_t n_seeds, n_clusters;    /* least over the scores */
  size_t n_diverged;             /* most over the scores */
  const char *status;            /* "ok", why value is undefined, or a remark on the interval */
};

/** formula at the means, and anew in every draw. Where a score has no predictions, draws are made
 * of the seeds alone, of all of them alike. q: (n) scores of one study. MEMORY. */
enum fray_status fray_rep_estimate_of(const struct fray_rep_results *r,
                                      const struct fray_rep_quantity *const *q, size_t n,
                                      fray_rep_formula *formula, const void *user,
                                      struct fray_rep_estimate *out, struct fray_err *err);

/** What is to be drawn of it. */
struct fray_rep_stat fray_rep_stat_of_estimate(const struct fray_rep_estimate *e);

/** The scores of one series along an axis, from no damage on. */
struct fray_rep_profile {
  size_t n;                           /* strengths, 0 if there is no score at all */
  double *s;                          /* (n) as measured */
  double *distance;                   /* (n) from no damage, ascending */
  const struct fray_rep_quantity **q; /* (n) */
  size_t *cell;                       /* (n) */
  double chance;                      /* of the first point */
};

/** Selection best. A test condition that was not measured at 0 begins with the clean score. */
enum fray_status fray_rep_profile_of(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                     size_t series, enum fray_rep_samples samples, size_t metric,
                                     struct fray_rep_profile *out, struct fray_err *err);

#endif
