/* Figure: what a budget of privacy costs, on average and for the group that is worst off.
 *
 * A mean that holds may hide a group that pays for it: small groups lose first, as their clients
 * pull the sum least and noise is the same for all. So both stand side by side, with intervals, at
 * each epsilon.
 */
#include "figures.h"

#include "report/measure/group_measures.h"
#include "report/plot/build.h"
#include "report/stat/budget.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keys of the section: what differs in them alone is one model under several budgets. */
static const char section_key[] = "training.privacy";

/* One training that is shown, and the first cell of those that differ from it in privacy alone. */
struct spot {
  size_t cell, line;
  double epsilon; /* INFINITY: no noise, or not private at all */
  bool is_private;
};

/* Strictest first, trainings without any clip last; cells of one budget in sweep order. */
static int by_budget(const void *a, const void *b) {
  const struct spot *x = a, *y = b;
  if (x->line != y->line)
    return x->line < y->line ? -1 : 1;
  if (x->epsilon != y->epsilon)
    return x->epsilon < y->epsilon ? -1 : 1;
  if (x->is_private != y->is_private)
    return x->is_private ? -1 : 1;
  return (x->cell > y->cell) - (x->cell < y->cell);
}

/* A method may set the section, and then its name is of no other difference that is known: such
 * cells are lines of their own, and a study of methods alone is one line. */
static bool same_line(const struct fray_rep_results *r, size_t a, size_t b) {
  bool others = false;
  for (size_t k = 0; k < r->n_keys; k++) {
    const bool is_budget = strncmp(r->key[k], section_key, strlen(section_key)) == 0;
    others = others || is_budget;
    if (!is_budget && strcmp(r->cell[a]->value[k], r->cell[b]->value[k]) != 0 &&
        (r->n_keys > 1 || strcmp(r->key[k], "method") != 0))
      return false;
  }
  return others || r->n_keys == 1;
}

/* A line without any private training is of another question. n: of the spots kept. */
static enum fray_status list_spots(struct fray_rep_budget *budget, struct spot **out, size_t *n,
                                   struct fray_err *err) {
  const struct fray_rep_results *r = budget->r;
  struct spot *list;
  FRAY_ALLOC(list, r->arena, r->n_cells + 1, err);
  *n = 0;
  for (size_t c = 0; c < r->n_cells; c++) {
    const struct fray_rep_spent *s = &budget->of[c];
    size_t first = 0;
    bool any = false; /* private training in its line */
    while (!same_line(r, first, c) && first < c)
      first++;
    for (size_t k = 0; k < r->n_cells; k++)
      any = any || (budget->of[k].is_private && same_line(r, first, k));
    if (any)
      list[(*n)++] = (struct spot){c, first, s->is_private ? s->pld : INFINITY, s->is_private};
  }
  qsort(list, *n, sizeof *list, by_budget);
  *out = list;
  return FRAY_OK;
}

/* Empty where one line is all there is: its panel needs no title. What all of a line have in
 * common: values of the keys that are no budget. */
static const char *line_title(struct fray_rep_results *r, size_t cell) {
  struct fray_text text = {0};
  for (size_t k = 0; k < r->n_keys; k++) {
    if (r->n_keys == 1 || strncmp(r->key[k], section_key, strlen(section_key)) == 0)
      continue;
    fray_text_printf(&text, "%s%s", text.size ? ", " : "",
                     fray_rep_value_title(r, r->key[k], r->cell[cell]->value[k]));
  }
  const char *title = text.data && !text.failed ? fray_arena_strdup(r->arena, text.data) : "";
  fray_text_free(&text);
  return title;
}

/* Series of one panel: all samples, then the worst group of each column. */
/* Bars keep the place of their budget even if one is missing, as where a group is too small there.
 */
static enum fray_status put_panel(struct fray_rep_build *b, const struct spot *spot, size_t n,
                                  const struct fray_rep_groups *columns, size_t n_columns,
                                  struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  struct fray_rep_panel *panel;
  struct fray_rep_series *series;
  const char *title = line_title(r, spot[0].line);
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_build_panel(b, title, 1 + n_columns, &panel, err));
  for (size_t k = 0; k <= n_columns; k++) {
    const char *label = "all";
    if (k)
      FRAY_TRY(fray_rep_words(r, &label, err, "worst %s",
                              fray_rep_column_title(r, columns[k - 1].column)));
    FRAY_TRY(fray_rep_build_series(b, panel, label, k, n, &series, err));
    for (size_t i = 0; i < n; i++) {
      const struct fray_rep_address at =
          fray_rep_main_score(r, spot[i].cell, fray_rep_clean_condition(r), NAN);
      struct fray_rep_stat stat;
      const char *name = NULL; /* of the worst group, which the table says */
      size_t samples;
      if (k)
        FRAY_TRY(fray_rep_worst_at(r, &columns[k - 1], &at, &stat, &name, err));
      else
        FRAY_TRY(fray_rep_stat_at(r, &at, &stat, &samples, err));
      fray_rep_build_put(b, series, (double)i, stat, NULL);
    }
  }
  return FRAY_OK;
}

/* Budgets of the first line, which all panels share; a line that has others is left out. */
static enum fray_status put_categories(struct fray_rep_build *b, const struct spot *spot, size_t n,
                                       struct fray_err *err) {
  FRAY_ALLOC(b->f->category, b->r->arena, n, err);
  b->f->n_categories = n;
  for (size_t i = 0; i < n; i++) {
    b->f->category[i] =
        spot[i].is_private ? fray_rep_epsilon_text(b->r, spot[i].epsilon) : "not private";
    FRAY_CHECK(b->f->category[i], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* Sorted by line, so that those of one lie together. Spots of the line that begins at `first`. */
static size_t length_of(const struct spot *spot, size_t n, size_t first) {
  size_t last = first;
  while (last < n && spot[last].line == spot[first].line)
    last++;
  return last - first;
}

/* Epsilons that were asked for are met to a part in a thousand, and not to the bit, where lines
 * differ in what the model is of. */
static bool same_budgets(const struct spot *a, const struct spot *b, size_t n) {
  bool same = true;
  for (size_t i = 0; i < n; i++)
    same = same && a[i].is_private == b[i].is_private &&
           (a[i].epsilon == b[i].epsilon || fabs(a[i].epsilon / b[i].epsilon - 1) < 0.005);
  return same;
}

static enum fray_status put_lines(struct fray_rep_build *b, const struct spot *spot, size_t n,
                                  struct fray_err *err) {
  struct fray_rep_groups *columns;
  size_t n_columns, panels = 0;
  const size_t length = length_of(spot, n, 0);
  FRAY_TRY(fray_rep_group_columns(b->r, &columns, &n_columns, err));
  /* Bars of more columns would be too thin to read; the table of groups has all. */
  n_columns = FRAY_MIN(n_columns, (size_t)3);
  FRAY_TRY(put_categories(b, spot, length, err));
  FRAY_TRY(fray_rep_build_panels(b, FRAY_REP_MOST_PANELS, err));
  /* A panel each: what budgets cost may hang on what else is swept, and is not averaged over it. */
  for (size_t i = 0; i < n && panels < FRAY_REP_MOST_PANELS; i += length_of(spot, n, i)) {
    if (length_of(spot, n, i) != length || !same_budgets(spot, spot + i, length))
      continue;
    FRAY_TRY(put_panel(b, spot + i, length, columns, n_columns, err));
    panels++;
  }
  return FRAY_OK;
}

/* Whether a budget costs anything is told by the differences between models, which stand in the
 * answer; a bar beside another one tells nothing that its interval does not. */
/* Nothing without the file; of a single budget there is nothing to compare. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_budget budget;
  struct fray_rep_build b;
  struct spot *spot = NULL;
  size_t n = 0;
  FRAY_TRY(fray_rep_budget_read(r, &budget, err));
  if (budget.n_private == 0)
    return FRAY_OK;
  FRAY_TRY(list_spots(&budget, &spot, &n, err));
  if (n == 0 || length_of(spot, n, 0) < 2 || length_of(spot, n, 0) > FRAY_REP_MOST_COLUMNS)
    return FRAY_OK;
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_BARS,
                                fray_rep_figure_name(r->arena, section, "epsilon", 0, ""),
                                "Scores by budget of privacy", err));
  b.f->x_label = "epsilon (privacy loss distribution)";
  FRAY_TRY(put_lines(&b, spot, n, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "Score on undamaged test data at each budget of client-level privacy, of all samples and of "
      "the group that is worst off, whichever that is at that budget. Epsilon is that of the "
      "mechanism, for all rounds; its noise is simulated, and protects nobody. \u201cno "
      "noise\u201d: "
      "updates are clipped alone.");
}

extern const struct fray_rep_figure_kind fray_rep_figure_epsilon_scores;
const struct fray_rep_figure_kind fray_rep_figure_epsilon_scores = {
    .key = "epsilon_scores",
    .heading = "Scores by budget of privacy",
    .meaning = "The main metric by epsilon, of all samples and of the worst group.",
    .make = make,
};
