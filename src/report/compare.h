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

/** All pairs within each panel (against its first series where a panel has more than 5). Each
 *  interval is a 95 % interval by itself; the p-values hold together (Holm) over the *n pairs,
 * those of the score and those of the loss as two families, since they answer two questions. a is
 * the series with the better mean at the largest strength. */
enum fray_status fray_rep_pairs(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                bool higher_is_better, struct fray_rep_pair **out, size_t *n,
                                struct fray_err *err);

/** +1 or -1 when the number is told from 0 (p below 0.05; of a single number: its 95 % interval
 * lies on that side of 0), 0 when it is not or there is no interval. */
int fray_rep_resolved(const struct fray_rep_stat *s);

#endif
