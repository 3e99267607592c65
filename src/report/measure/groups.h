/* The group columns of the scores. */
#ifndef REPORT_GROUPS_H
#define REPORT_GROUPS_H

#include "report/stat/grid.h"

/** A group column and its values. */
struct fray_rep_groups {
  const char *column;
  size_t *group;      /* index in results->groups, (n) */
  const char **value; /* (n) */
  size_t n;
};
enum fray_status fray_rep_group_columns(struct fray_rep_results *r, struct fray_rep_groups **out,
                                        size_t *n, struct fray_err *err);
/** Those values of the column that were scored under the condition of the axis. */
enum fray_status fray_rep_scored_groups(struct fray_rep_results *r,
                                        const struct fray_rep_axis *axis,
                                        const struct fray_rep_groups *column,
                                        struct fray_rep_groups *out, struct fray_err *err);
/** True if there are too few samples or clusters to speak of the group (30 and 5). */
bool fray_rep_unresolved(const struct fray_rep_grid *g);
#endif
