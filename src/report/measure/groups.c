/* The group columns of the scores, and which of their values were scored. */
#include "groups.h"

#include <string.h>

/* There are at most as many columns as groups, and as many values in each. The first "=" ends
 * the column; the value may hold more of them. */
enum fray_status fray_rep_group_columns(struct fray_rep_results *r, struct fray_rep_groups **out,
                                        size_t *n, struct fray_err *err) {
  *n = 0;
  FRAY_ALLOC_ZERO(*out, r->arena, r->groups.n, err);
  for (size_t g = 1; g < r->groups.n; g++) {
    /* "all" has none, and is no column. */
    const char *equals = strchr(r->groups.v[g], '=');
    if (!equals)
      continue;
    const char *column =
        fray_arena_strndup(r->arena, r->groups.v[g], (size_t)(equals - r->groups.v[g]));
    FRAY_CHECK(column, err, MEMORY, "out of memory");
    size_t i = 0;
    while (i < *n && strcmp((*out)[i].column, column) != 0)
      i++;
    struct fray_rep_groups *groups = &(*out)[i];
    if (i == *n) {
      groups->column = column;
      FRAY_ALLOC(groups->group, r->arena, r->groups.n, err);
      FRAY_ALLOC(groups->value, r->arena, r->groups.n, err);
      ++*n;
    }
    groups->group[groups->n] = g;
    groups->value[groups->n++] = equals[1] ? equals + 1 : "(empty)";
  }
  return FRAY_OK;
}

enum fray_status fray_rep_scored_groups(struct fray_rep_results *r,
                                        const struct fray_rep_axis *axis,
                                        const struct fray_rep_groups *column,
                                        struct fray_rep_groups *out, struct fray_err *err) {
  *out = (struct fray_rep_groups){.column = column->column};
  FRAY_ALLOC(out->group, r->arena, column->n, err);
  FRAY_ALLOC(out->value, r->arena, column->n, err);
  for (size_t i = 0; i < column->n; i++) {
    size_t n;
    (void)fray_rep_scores(r, false, axis->condition, column->group[i], r->main_metric, &n);
    /* Nobody of this group was tested under it. */
    if (n == 0)
      continue;
    out->group[out->n] = column->group[i];
    out->value[out->n++] = column->value[i];
  }
  return FRAY_OK;
}

/* As fray_group_suppressed has it, on counts that may be NaN, which is not few. */
bool fray_rep_unresolved(const struct fray_rep_grid *g) {
  return g->samples < 30 || g->clusters < 5;
}
