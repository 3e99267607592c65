/* What may be said of a number: whether the data tell it from 0, and a model from chance. */
#ifndef REPORT_VERDICT_H
#define REPORT_VERDICT_H

#include "grid.h"

/** What the data say of a number that is 0 where nothing happens. Every sentence that says more,
 *  less, most, worst or gone asks this, never the sign of a mean. */
enum fray_rep_verdict {
  FRAY_REP_UNKNOWN, /* no interval, or a single training of each: nothing is said of others */
  FRAY_REP_OPEN,    /* not told from 0 */
  FRAY_REP_MORE,
  FRAY_REP_LESS
};
enum fray_rep_verdict fray_rep_verdict_of(const struct fray_rep_stat *s);
/** +1 for MORE, -1 for LESS, else 0. */
int fray_rep_resolved(const struct fray_rep_stat *s);
/** Adjusts the p-values of a family (n pointers) to hold together (Holm). NaN is not in it. */
enum fray_status fray_rep_adjust(struct fray_rep_results *r, double *const *p, size_t n,
                                 struct fray_err *err);

/** Whether a model does better than one that does not look at its input. */
enum fray_rep_learnt {
  FRAY_REP_NOT_SAID, /* not measured, no chance level, or no interval */
  FRAY_REP_AT_CHANCE,
  FRAY_REP_LEARNT
};
/** The score that it is judged by: the main metric, or if that has no chance level (nll) the first
 *  metric that has one; if none has, the main metric, or else the first, that guessing has a value
 *  of (nll, brier). */
size_t fray_rep_judge(const struct fray_rep_results *r);
/** What a model reaches there without looking: chance, or what guessing by the shares of the
 * classes among the test samples reaches, if the metric says it (macro_f1, nll, brier) and that is
 * better. NaN if not known (ece). MEMORY. */
enum fray_status fray_rep_blind_level(struct fray_rep_results *r, size_t metric, double chance,
                                      double *out, struct fray_err *err);
/** Of the mean over seeds, at its 95 % interval; below three seeds LEARNT only if each training is
 *  by itself, over the test clients. wanted->metric is not looked at. */
enum fray_status fray_rep_learnt_at(struct fray_rep_results *r,
                                    const struct fray_rep_address *wanted,
                                    enum fray_rep_learnt *out, struct fray_err *err);
/** Of one training, by its own interval over the test clients. *stat: its score (n 0: none), level:
 *  what it is held against. */
enum fray_status fray_rep_trial_learnt(struct fray_rep_results *r,
                                       const struct fray_rep_address *wanted, size_t seed,
                                       struct fray_rep_stat *stat, double *level,
                                       enum fray_rep_learnt *out, struct fray_err *err);

#endif
