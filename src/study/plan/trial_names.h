/* The trials of a plan, found by their names. */
#ifndef FRAY_STUDY_PLAN_TRIAL_NAMES_H
#define FRAY_STUDY_PLAN_TRIAL_NAMES_H

#include "plan.h"

struct fray_named_trial {
  const char *name; /* of the plan */
  size_t trial;
};

/** The first n trials of a plan by name, those of one name in the order of the sweep. In the arena.
 *  MEMORY. */
enum fray_status fray_trial_names_sort(const struct fray_plan *plan, size_t n,
                                       struct fray_arena *arena, struct fray_named_trial **out,
                                       struct fray_err *err);
/** Leaves the first of each name; how many these are. */
size_t fray_trial_names_unique(struct fray_named_trial *list, size_t n);
/** Place of the first of a name; n if there is none. O(log n). */
size_t fray_trial_names_find(const struct fray_named_trial *list, size_t n, const char *name);

#endif
