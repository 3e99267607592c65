/* Which of the kept answers stand behind a score. */
#include "view.h"

#include "store.h"

#include "fray/base/text.h"

#include <math.h>
#include <string.h>

/* "NAME" or "NAME=SEVERITY", as results.h5 calls the condition of this score. */
size_t fray_rep_condition_in(const struct fray_rep_answers *a, const char *name, double severity) {
  size_t n = strlen(name), i = 0;
  char number[32] = "";
  if (!isnan(severity))
    /* In the same shortest form as where the file was written, so that texts can be compared. */
    fray_format_double(severity, number);
  for (; i < a->n_conditions; i++) {
    const char *text = a->condition[i];
    if (strncmp(text, name, n) == 0 &&
        (number[0] ? text[n] == '=' && strcmp(text + n + 1, number) == 0 : text[n] == '\0'))
      break;
  }
  return i;
}

/* The code of a group "COLUMN=VALUE"; false if the file does not know it. A column's name may begin
 * like another, so each one is tried; only a column and value that both fit are taken. */
bool fray_rep_group_in(const struct fray_rep_answers *a, const char *group,
                       struct fray_rep_view *view) {
  for (size_t c = 0; c < a->n_columns; c++) {
    size_t n = strlen(a->column[c].name);
    if (strncmp(group, a->column[c].name, n) != 0 || group[n] != '=')
      continue;
    for (size_t v = 0; v < a->column[c].n_values; v++)
      if (strcmp(group + n + 1, a->column[c].value[v]) == 0) {
        view->code = a->column[c].code;
        view->group = (int32_t)v;
        return true;
      }
  }
  return false;
}

/* The score comes first: predictions without a row in scores.csv have nothing that they could be
 * held against. Without a group, code stays NULL and every sample counts. */
enum fray_status fray_rep_view_at(struct fray_rep_results *r, size_t trial,
                                  const struct fray_rep_address *at, struct fray_rep_view *view,
                                  const char **status, struct fray_err *err) {
  const struct fray_rep_score *s = fray_rep_score_at(r, trial, at);
  const struct fray_rep_answers *a;
  FRAY_TRY(fray_rep_file_answers(r->store->file, at->samples, trial, &a, err));
  *view = (struct fray_rep_view){.answers = a, .last = at->last};
  *status = s ? a->status : "not measured";
  if (strcmp(*status, "ok") != 0)
    return FRAY_OK;
  view->condition = fray_rep_condition_in(a, r->conditions.v[s->condition], s->severity);
  if (view->condition == a->n_conditions)
    *status = "results.h5 lacks the condition";
  else if (at->group != FRAY_REP_ALL && !fray_rep_group_in(a, r->groups.v[at->group], view))
    *status = "results.h5 does not say the group of a sample";
  return FRAY_OK;
}
