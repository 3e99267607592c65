/* Paired comparisons of series along an axis. */
#ifndef REPORT_LOSSES_H
#define REPORT_LOSSES_H

#include "report/stat/verdict.h"

/** What a series loses along its axis. */
struct fray_rep_loss {
  struct fray_rep_stat stat;  /* p holds over the losses of the axis (Holm); NaN of what is
                                 AT_CHANCE,  which has nothing to lose */
  enum fray_rep_learnt start; /* at the smallest strength */
};
/** *out (n_series). */
enum fray_status fray_rep_losses(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                 bool higher_is_better, struct fray_rep_loss **out,
                                 struct fray_err *err);

/** Why no verdict is given between two series. */
enum fray_rep_silence {
  FRAY_REP_SPOKEN,
  FRAY_REP_SILENT_START, /* one of them is not told from chance at the smallest strength */
  FRAY_REP_SILENT_END    /* the one ahead at the largest strength is not told from chance there */
};

/** Series a against b of the same panel, paired by seed. */
struct fray_rep_pair {
  size_t a, b;
  struct fray_rep_stat level; /* score of a - score of b at the largest strength */
  struct fray_rep_stat drop;  /* quality that a loses - quality that b loses */
  struct fray_rep_stat start; /* score of a - score of b at the smallest strength; p by itself */
  enum fray_rep_silence silence;
  size_t silent; /* the series that it is silent about, n_series: none */
};

/** All pairs within each panel (against its first series where a panel has more than 5). Each
 *  interval is a 95 % interval by itself; the p-values hold together (Holm) over the *n pairs,
 * those of the score and those of the loss as two families, since they answer two questions. a is
 * the series with the better mean at the largest strength. Where no verdict is given, p is NaN. */
enum fray_status fray_rep_pairs(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                bool higher_is_better, struct fray_rep_pair **out, size_t *n,
                                struct fray_err *err);

#endif
