/* The dev metric over the rounds of training, as rounds.csv has it. */
#ifndef REPORT_ROUND_VALUES_H
#define REPORT_ROUND_VALUES_H

#include "fray/results/read_results.h"

/** Values of every evaluated round, by trial of the results. Arena memory of them. */
struct fray_rep_rounds {
  const char *metric; /* that chose the round, whatever the report is about */
  size_t n;           /* distinct evaluated rounds; 0: there is no file, or it cannot be read */
  double *round;      /* (n) ascending */
  double *value;      /* (n_trials, n) NaN where not evaluated */
  double *clock;      /* (n_trials, n) simulated seconds since training began; NULL: none are */
  size_t *end;        /* (n_trials) behind the last one that was evaluated */
};
/** A file that is damaged leaves n 0, and r->rounds_complaint. Of folds the mean of those that
 *  reached a round. */
enum fray_status fray_rep_rounds_read(struct fray_rep_results *r, struct fray_rep_rounds *out,
                                      struct fray_err *err);
/** The trial whose training has this name, of pooled folds that which one of them is part of;
 *  n_trials: a control, or in no number. *hint: 0 at first, where the search begins. */
size_t fray_rep_trial_named(const struct fray_rep_results *r, const char *name, size_t *hint);
/** Place of a round, n if it is not among them. */
size_t fray_rep_rounds_place(const struct fray_rep_rounds *k, double round);

#endif
