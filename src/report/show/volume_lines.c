/* Models beside the same volume of data without their method, in lines for a terminal. */
#include "shown.h"

#include "report/answer/volumes.h"

#include <math.h>
#include <string.h>

/* A screen is for what a study found; the report has them all, and those under damage at test. */
enum { MOST_LINES = 8 };

/* One decimal of a percent, else three digits, as the table above has them. */
static void put_number(const struct fray_rep_shown *s, double value, bool signed_too,
                       struct fray_text *out) {
  const double shown = s->percent ? 100 * value : value;
  const char *sign = signed_too && shown >= 0 ? "+" : "";
  fray_text_printf(out, s->percent ? "%s%.1f" : "%s%.3g", sign, shown);
}

/* "28.1 [25.0, 31.2]", as far as there is an interval. */
static void put_stat(const struct fray_rep_shown *s, const struct fray_rep_stat *stat,
                     bool signed_too, struct fray_text *out) {
  put_number(s, stat->mean, signed_too, out);
  if (isnan(stat->low))
    return;
  fray_text_puts(out, " [");
  put_number(s, stat->low, signed_too, out);
  fray_text_puts(out, ", ");
  put_number(s, stat->high, signed_too, out);
  fray_text_puts(out, "]");
}

/* "28.1 [25.0, 31.2], same volume without coteaching 32.3 [30.1, 34.5]: -4.2 [-7.4, -1.0],
 * resolved": signs are those of the quality, whichever way the metric runs. */
static void put_line(const struct fray_rep_shown *s, const struct fray_rep_volume *v,
                     struct fray_text *out) {
  fray_text_printf(out, "%s: ", v->model);
  put_stat(s, &v->score, false, out);
  fray_text_printf(out, ", %s ", v->words);
  put_stat(s, &v->other, false, out);
  /* Without common seeds or samples both scores stand, and no difference. */
  if (v->lead.n == 0 || isnan(v->lead.mean))
    return;
  if (v->is_same) {
    fray_text_puts(out, ": the same");
    return;
  }
  fray_text_puts(out, ": ");
  put_stat(s, &v->lead, true, out);
  fray_text_puts(out, fray_rep_resolved(&v->lead) ? ", resolved"
                      : v->at_chance              ? ", at chance"
                                                  : ", not resolved");
}

/* Undamaged data alone, which is the first condition of each. */
enum fray_status fray_rep_volume_lines(const struct fray_rep_shown *s, const char ***out, size_t *n,
                                       struct fray_err *err) {
  struct fray_rep_volume *v;
  size_t n_volumes, n_left = 0;
  FRAY_TRY(fray_rep_volumes_of(s->r, &v, &n_volumes, err));
  FRAY_ALLOC(*out, s->r->arena, MOST_LINES + 1, err);
  *n = 0;
  for (size_t i = 0; i < n_volumes; i++) {
    struct fray_text text = {0};
    if (strcmp(v[i].condition, v[0].condition) != 0 || v[i].score.n == 0 || v[i].other.n == 0)
      continue;
    if (*n == MOST_LINES) {
      n_left++;
      continue;
    }
    put_line(s, &v[i], &text);
    const char *line = text.failed ? NULL : fray_arena_strdup(s->r->arena, text.data);
    fray_text_free(&text);
    FRAY_CHECK(line, err, MEMORY, "out of memory");
    (*out)[(*n)++] = line;
  }
  /* What is left out is counted, so that nobody takes these lines for all of them. */
  if (n_left) {
    (*out)[*n] = fray_arena_printf(s->r->arena, "and %zu more in the report", n_left);
    FRAY_CHECK((*out)[(*n)++], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}
