/* What trainings gave away of their clients, in lines for a terminal and as members of a document.
 *
 * No sentence: whether a budget costs a score is a difference of two models, and stands among
 * these as far as it is resolved. */
#include "shown.h"

#include "report/stat/budget.h"

#include <math.h>

/* A screen is for what a study found; the report has all models. */
enum { MOST_LINES = 12 };

/* "epsilon 8: 8 (Renyi 9.64, classic 11.1) at delta 0.0005; z 0.81, 43 % of updates clipped" */
/* Numbers as short as people quote them; JSON and the tables have all digits. NULL: out of memory.
 */
static const char *line_of(const struct fray_rep_budget *b, size_t cell) {
  const struct fray_rep_spent *s = &b->of[cell];
  struct fray_arena *arena = b->r->arena;
  struct fray_rep_stat share = s->clipped;
  if (!fray_rep_blank(&share, true))
    fray_rep_clip(&share);
  const char *clipped =
      share.n == 0 ? ""
      : isnan(share.low)
          ? fray_arena_printf(arena, ", %.0f %% of updates clipped", 100 * share.mean)
          : fray_arena_printf(arena, ", %.0f [%.0f, %.0f] %% of updates clipped", 100 * share.mean,
                              100 * share.low, 100 * share.high);
  if (!clipped)
    return NULL;
  /* Clipped updates are worth saying without noise too: the clip alone may cost something. */
  if (isinf(s->pld))
    return fray_arena_printf(arena, "%s: no noise, no epsilon%s", b->model[cell], clipped);
  return fray_arena_printf(
      arena, "%s: %.3g (Renyi %.3g, classic %.3g) at delta %.2g; z %.3g, noise %.2g clips long%s",
      b->model[cell], s->pld, s->rdp, s->classic, s->delta, s->z, s->noise / s->clip, clipped);
}

/* In the order of the sweep, in which whoever wrote it looks for them. */
enum fray_status fray_rep_budget_lines(const struct fray_rep_shown *s, const char ***out, size_t *n,
                                       struct fray_err *err) {
  struct fray_rep_budget budget;
  size_t n_left = 0;
  *n = 0;
  FRAY_TRY(fray_rep_budget_read(s->r, &budget, err));
  /* One more than are listed, for how many are not. */
  FRAY_ALLOC(*out, s->r->arena, MOST_LINES + 1, err);
  for (size_t cell = 0; cell < s->r->n_cells && budget.n_private; cell++) {
    if (!budget.of[cell].is_private)
      continue;
    n_left += *n == MOST_LINES;
    if (*n == MOST_LINES)
      continue;
    (*out)[*n] = line_of(&budget, cell);
    FRAY_CHECK((*out)[(*n)++], err, MEMORY, "out of memory");
  }
  if (n_left) {
    (*out)[*n] = fray_arena_printf(s->r->arena, "and %zu more in the report", n_left);
    FRAY_CHECK((*out)[(*n)++], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* Values as the sweep has them, so that a program finds the trials again. Without noise an epsilon
 * is null: no number is as large. */
enum fray_status fray_rep_budget_members(const struct fray_rep_shown *s, struct fray_json_writer *w,
                                         struct fray_err *err) {
  const struct fray_rep_results *r = s->r;
  struct fray_rep_budget budget;
  FRAY_TRY(fray_rep_budget_read(s->r, &budget, err));
  /* There and empty without private trainings, as every list of the document is. */
  fray_json_open(w, "privacy", true);
  for (size_t cell = 0; cell < r->n_cells && budget.n_private; cell++) {
    const struct fray_rep_spent *of = &budget.of[cell];
    if (!of->is_private)
      continue;
    fray_json_open(w, NULL, false);
    fray_json_open(w, "keys", false);
    for (size_t k = 0; k < r->n_keys; k++)
      fray_json_member_text(w, r->key[k], r->cell[cell]->value[k]);
    fray_json_close(w, false);
    fray_json_member_real(w, "epsilon_pld", of->pld);
    fray_json_member_real(w, "epsilon_rdp", of->rdp);
    fray_json_member_real(w, "epsilon_rdp_classic", of->classic);
    fray_json_member_real(w, "delta", of->delta);
    fray_json_member_real(w, "q", of->q);
    fray_json_member_real(w, "z", of->z);
    fray_json_member_real(w, "clip", of->clip);
    fray_json_member_real(w, "noise_length", of->noise);
    fray_json_open(w, "clipped", false);
    fray_json_member_real(w, "value", of->clipped.mean);
    fray_json_member_real(w, "low", of->clipped.low);
    fray_json_member_real(w, "high", of->clipped.high);
    fray_json_close(w, false);
    fray_json_close(w, false);
  }
  fray_json_close(w, true);
  return FRAY_OK;
}
