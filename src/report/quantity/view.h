/* The kept answers behind a score. */
#ifndef REPORT_VIEW_H
#define REPORT_VIEW_H

#include "score_at.h"

/** Which answers of a trial. */
struct fray_rep_view {
  const struct fray_rep_answers *answers;
  bool last;
  size_t condition;
  const int32_t *code; /* (n) codes of a group column, NULL for all samples */
  int32_t group;       /* the code that counts */
};

/** Place of a condition among those of the answers, n_conditions: none. */
size_t fray_rep_condition_in(const struct fray_rep_answers *a, const char *name, double severity);
/** Sets code and group of the view to those of "COLUMN=VALUE"; false if the answers do not know it.
 */
bool fray_rep_group_in(const struct fray_rep_answers *a, const char *group,
                       struct fray_rep_view *view);

/** The answers behind the score of a trial (its cell is not looked at). *status "ok", else static
 * text why there are none. MEMORY. */
enum fray_status fray_rep_view_at(struct fray_rep_results *r, size_t trial,
                                  const struct fray_rep_address *at, struct fray_rep_view *view,
                                  const char **status, struct fray_err *err);

#endif
