/* Which trainings are folds of one plan, and how they are put together as one. */
#ifndef REPORT_FOLD_PLAN_H
#define REPORT_FOLD_PLAN_H

#include "joined.h"

/** Rows of trials.csv that differ in the fold alone: a cell with a seed, or a control of it. */
struct fray_rep_fold_group {
  size_t *row,
      *part; /* (n) of trials.csv; places among the trainings, or among those of controls */
  size_t n;
  bool of_control;
  bool is_twin; /* of the same trainings as a group before it: its scores are there already */
};

/** The folds of a study; n 0: nothing to pool, and pooling says why. Memory of the study's arena.
 */
struct fray_rep_fold_plan {
  struct fray_rep_pooling pooling;
  size_t column, n_fixed; /* of the key in trials.csv; columns that stand for themselves: the trial,
                             keys, control, seed */
  struct fray_rep_fold_group *group; /* (n) those that are whole */
  size_t n;
};
/** by: the study training by training. MEMORY. */
enum fray_status fray_rep_fold_plan_find(struct fray_rep_results *by,
                                         struct fray_rep_fold_plan *out, struct fray_err *err);

/** Appends scores.csv of the groups, as far as the report reads it, and notes in the trainings of
 * by what stands in for those that diverged. files: the predictions of by and of by->controls, or
 *  NULL. *why: NULL, or why the folds cannot be pooled. */
enum fray_status fray_rep_fold_scores(struct fray_rep_results *by,
                                      const struct fray_rep_fold_plan *plan,
                                      struct fray_answer_file *const files[2], bool *disagrees,
                                      struct fray_text *out, const char **why,
                                      struct fray_err *err);

/** Makes one study of the folds of *study, which then holds the trainings in `folds`; unchanged but
 *  for `pooling` where there is nothing to pool. MEMORY, IO. */
enum fray_status fray_rep_pool_folds(struct fray_rep_results *study, struct fray_err *err);

#endif
