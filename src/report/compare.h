/* Paired comparisons of series along an axis. */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include "grid.h"

/** Series a against b of the same panel, paired by seed. */
struct fray_rep_pair {
  size_t a, b;
  struct fray_rep_stat level; /* score of a - score of b at the largest strength */
  struct fray_rep_stat drop;  /* quality that a loses - quality that b loses */
};

/** All pairs within each panel (against its first series where a panel has more than 5). The
 *  intervals hold together: Bonferroni over *n pairs. a is the series with the better mean at the
 *  largest strength. */
enum fray_status fray_rep_pairs(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                bool higher_is_better, struct fray_rep_pair **out, size_t *n,
                                struct fray_err *err);

/** +1 or -1 when the interval lies on one side of 0, 0 when it holds 0 or there is none. */
int fray_rep_resolved(const struct fray_rep_stat *s);

#endif
