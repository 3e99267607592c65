/* The group columns of the scores, and which of their values were scored. */
#include "groups.h"

#include <string.h>

/* How long the column of "COLUMN=VALUE" is; 0: it is no group of a column, as "all". Both may hold
 * a "=", so the scenario is asked, which names the columns; where it does not say it, the first "="
 * ends the column. */
static size_t column_length(const struct fray_rep_results *r, const char *group) {
  const struct fray_node *list = fray_node_at(r->scenario, "evaluate.groups");
  const char *equals = strchr(group, '=');
  size_t longest = 0;
  for (const struct fray_node *n = list ? list->child : NULL; n; n = n->next) {
    size_t length = n->scalar ? strlen(n->scalar) : 0;
    if (length > longest && strncmp(group, n->scalar, length) == 0 && group[length] == '=')
      longest = length;
  }
  return longest ? longest : equals ? (size_t)(equals - group) : 0;
}

/* There are at most as many columns as groups, and as many values in each. */
enum fray_status fray_rep_group_columns(struct fray_rep_results *r, struct fray_rep_groups **out,
                                        size_t *n, struct fray_err *err) {
  *n = 0;
  FRAY_ALLOC_ZERO(*out, r->arena, r->groups.n, err);
  for (size_t g = 1; g < r->groups.n; g++) {
    size_t length = column_length(r, r->groups.v[g]);
    if (length == 0)
      continue;
    const char *column = fray_arena_strndup(r->arena, r->groups.v[g], length);
    const char *value = r->groups.v[g] + length + 1;
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
    groups->value[groups->n++] = *value ? value : "(empty)";
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
