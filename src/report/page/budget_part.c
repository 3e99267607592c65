/* The part of the page about what trainings gave away of their clients, and what that cost.
 *
 * Epsilon by each accountant and conversion stands in a column of its own: a number without that
 * name cannot be compared with those of a paper. */
#include "page.h"

#include "report/measure/group_measures.h"
#include "report/stat/budget.h"
#include "report/stat/path.h"
#include "report/table/table_model.h"
#include "report/words/names.h"

#include <math.h>
#include <string.h>

enum column { MODEL, WHO, EPSILON, RDP, CLASSIC, DELTA, NOISE, CLIPPED, SCORE, WORST, COLUMNS };

static const struct fray_rep_table_column columns[COLUMNS] = {
    [MODEL] = {.key = "model", .name = "model", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [WHO] = {.key = "worst_group", .name = "worst group", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [EPSILON] = {.key = "epsilon_pld",
                 .name = "epsilon (PLD)",
                 .unit = "",
                 .kind = FRAY_REP_COLUMN_NUMBER,
                 .decimals = 2},
    [RDP] = {.key = "epsilon_rdp",
             .name = "RDP",
             .unit = "",
             .kind = FRAY_REP_COLUMN_NUMBER,
             .decimals = 2},
    [CLASSIC] = {.key = "epsilon_rdp_classic",
                 .name = "RDP, classic",
                 .unit = "",
                 .kind = FRAY_REP_COLUMN_NUMBER,
                 .decimals = 2},
    [DELTA] = {.key = "delta",
               .name = "delta",
               .unit = "1e-3",
               .kind = FRAY_REP_COLUMN_NUMBER,
               .scale = 1e3,
               .decimals = 3},
    [NOISE] = {.key = "noise_by_clip",
               .name = "noise by clip",
               .unit = "",
               .kind = FRAY_REP_COLUMN_NUMBER,
               .decimals = 2},
    [CLIPPED] = {.key = "clipped",
                 .name = "clipped",
                 .unit = "%",
                 .kind = FRAY_REP_COLUMN_NUMBER,
                 .interval = true,
                 .scale = 100,
                 .decimals = 0},
    [SCORE] = {.key = "score",
               .name = "score",
               .unit = "",
               .kind = FRAY_REP_COLUMN_NUMBER,
               .interval = true,
               .decimals = 3},
    [WORST] = {.key = "worst",
               .name = "worst group's",
               .unit = "",
               .kind = FRAY_REP_COLUMN_NUMBER,
               .interval = true,
               .decimals = 3},
};

/* Scores of metrics between 0 and 1 in percent, as everywhere on the page. */
static enum fray_status make_columns(struct fray_rep_results *r, struct fray_rep_table_column **out,
                                     struct fray_err *err) {
  FRAY_ALLOC(*out, r->arena, COLUMNS, err);
  memcpy(*out, columns, sizeof columns);
  if (!fray_rep_is_percent(r, r->main_metric))
    return FRAY_OK;
  for (size_t k = SCORE; k <= WORST; k++) {
    (*out)[k].unit = "%";
    (*out)[k].scale = 100;
    (*out)[k].decimals = 1;
  }
  return FRAY_OK;
}

/* share: an interval ends where shares do, and one that any share would fit is none. */
static void put(struct fray_rep_cell *cell, struct fray_rep_stat s, bool share) {
  if (s.n == 0)
    return;
  if (share && !fray_rep_blank(&s, true))
    fray_rep_clip(&s);
  cell->value = s.mean;
  cell->low = s.low;
  cell->high = s.high;
}

/* Of the first group column: the page's other tables have all. */
/* By the selected model, as everywhere: of private trainings it is that of the last round, or was
 * chosen on dev samples of clients that do not train. */
static enum fray_status put_scores(struct fray_rep_results *r, size_t cell,
                                   const struct fray_rep_groups *column,
                                   struct fray_rep_cell *cells, struct fray_err *err) {
  const bool share = fray_rep_is_percent(r, r->main_metric);
  const struct fray_rep_address at = fray_rep_main_score(r, cell, fray_rep_clean_condition(r), NAN);
  struct fray_rep_stat stat;
  const char *name;
  size_t samples;
  FRAY_TRY(fray_rep_stat_at(r, &at, &stat, &samples, err));
  put(&cells[SCORE], stat, share);
  if (!column)
    return FRAY_OK;
  FRAY_TRY(fray_rep_worst_at(r, column, &at, &stat, &name, err));
  put(&cells[WORST], stat, share);
  /* Named by its title, as in all tables of groups. */
  cells[WHO].text = name ? fray_rep_group_title(r, column->column, name) : NULL;
  return FRAY_OK;
}

/* Without noise there is no epsilon; trainings without a clip stand beside those with one. */
static void put_spent(const struct fray_rep_spent *s, struct fray_rep_cell *cells) {
  /* In the order of the columns. */
  const double epsilon[] = {s->pld, s->rdp, s->classic};
  if (!s->is_private) {
    cells[EPSILON].status = "not private: no update is clipped";
    return;
  }
  for (size_t k = 0; k < 3; k++) {
    cells[EPSILON + k].value = isinf(epsilon[k]) ? NAN : epsilon[k];
    if (isinf(epsilon[k]))
      cells[EPSILON + k].status = "clipped without noise: no epsilon";
  }
  cells[NOISE].value = s->noise / s->clip;
  put(&cells[CLIPPED], s->clipped, true);
}

/* One delta for all stands above the table, several stand in it. NaN: several. */
static double common_delta(const struct fray_rep_budget *b) {
  double delta = NAN;
  for (size_t cell = 0; cell < b->r->n_cells; cell++) {
    const struct fray_rep_spent *s = &b->of[cell];
    if (s->is_private && !isnan(delta) && s->delta != delta)
      return NAN;
    delta = s->is_private ? s->delta : delta;
  }
  return delta;
}

/* All models, those without privacy too: what a budget costs is seen beside them alone. The page
 * and the files show one table. */
enum fray_status fray_rep_budgets(struct fray_rep_page *page, struct fray_rep_results *r,
                                  size_t section, const char *folder, struct fray_err *err) {
  struct fray_rep_budget budget;
  struct fray_rep_groups *groups;
  struct fray_rep_table_column *column;
  size_t n_groups;
  FRAY_TRY(fray_rep_budget_read(r, &budget, err));
  if (budget.n_private == 0)
    return FRAY_OK;
  FRAY_TRY(make_columns(r, &column, err));
  FRAY_TRY(fray_rep_group_columns(r, &groups, &n_groups, err));
  const char *name = section ? fray_arena_printf(r->arena, "r%zu-privacy", section + 1) : "privacy";
  const char *tables = fray_arena_printf(r->arena, "%s/tables", folder);
  FRAY_CHECK(name && tables, err, MEMORY, "out of memory");
  const double delta = common_delta(&budget);
  const char *at = isnan(delta) ? "its delta" : fray_arena_printf(r->arena, "delta %.3g", delta);
  FRAY_CHECK(at, err, MEMORY, "out of memory");
  const char *caption = fray_arena_printf(
      r->arena,
      "What trainings gave away of their clients, and what they score. Neighbours differ by "
      "one client; epsilon is for all rounds at %s: by the privacy loss distribution, which "
      "is tight, and by Renyi divergences with the conversion of Balle et al. 2020 and the "
      "classic one. The noise comes from the simulation's random streams: nobody is protected "
      "by these runs. Noise by clip: its length in the mean that the server takes, by the "
      "longest update. Clipped: share of the updates that were longer, over seeds. Scores are "
      "on undamaged test data, with 95 %% intervals; the worst group is the one with the least "
      "good mean, its interval that of the least good value, whichever group has it.",
      at);
  FRAY_CHECK(caption, err, MEMORY, "out of memory");
  struct fray_rep_table table = {
      .name = name, .arena = r->arena, .column = column, .n_columns = COLUMNS, .caption = caption};
  for (size_t cell = 0; cell < r->n_cells; cell++) {
    struct fray_rep_cell *cells;
    FRAY_TRY(fray_rep_table_row(&table, &cells, err));
    cells[MODEL].text = budget.model[cell];
    put_spent(&budget.of[cell], cells);
    if (isnan(delta) && budget.of[cell].is_private)
      cells[DELTA].value = budget.of[cell].delta;
    FRAY_TRY(put_scores(r, cell, n_groups ? &groups[0] : NULL, cells, err));
  }
  FRAY_TRY(fray_rep_table_write(&table, tables, err));
  fray_rep_heading(page, 1, "Privacy", NULL);
  return fray_rep_table_html(&table, &page->body, err);
}
