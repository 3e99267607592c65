/* The part of the page that shows methods beside the same volume of data without them. */
#include "page.h"

#include "report/answer/volumes.h"
#include "report/table/table_model.h"
#include "report/words/names.h"

#include <math.h>
#include <string.h>

/* The verdict stands before the numbers that it follows from, as text columns come first in a file;
 * p is last: who reads the verdict needs it least. */
enum column { MODEL, BESIDE, TESTED, VERDICT, SCORE, OTHER, LEAD, P, COLUMNS };

/* Text columns come first, as the CSV repeats them at the start of each row. */
static const struct fray_rep_table_column template[COLUMNS] = {
    [MODEL] = {.key = "model", .name = "model", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [BESIDE] = {.key = "beside", .name = "beside", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [TESTED] = {.key = "condition", .name = "tested on", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [VERDICT] = {.key = "verdict", .name = "model is", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [SCORE] = {.key = "score",
               .name = "model",
               .unit = "",
               .kind = FRAY_REP_COLUMN_NUMBER,
               .interval = true,
               .decimals = 3},
    [OTHER] = {.key = "same_volume",
               .name = "same volume",
               .unit = "",
               .kind = FRAY_REP_COLUMN_NUMBER,
               .interval = true,
               .decimals = 3},
    [LEAD] = {.key = "better_by",
              .name = "better by",
              .unit = "",
              .kind = FRAY_REP_COLUMN_NUMBER,
              .interval = true,
              .decimals = 3},
    [P] =
        {.key = "p_holm", .name = "p (Holm)", .unit = "", .kind = FRAY_REP_COLUMN_P, .decimals = 3},
};

/* The same words in the CSV and on the page: scripts may read them. */
static const char *verdict_of(const struct fray_rep_volume *v) {
  if (v->is_same)
    return "the same";
  switch (fray_rep_verdict_of(&v->lead)) {
  case FRAY_REP_MORE:
    return "ahead";
  case FRAY_REP_LESS:
    return "behind";
  case FRAY_REP_OPEN:
    return "not resolved";
  default: /* no interval, or nothing learnt: no verdict is given */
    return v->at_chance ? "at chance" : "not told";
  }
}

/* What was not measured, or could not be compared, leaves its cells empty. */
static void put(struct fray_rep_cell *cell, const struct fray_rep_stat *s) {
  if (s->n == 0)
    return;
  cell->value = s->mean;
  cell->low = s->low;
  cell->high = s->high;
}

/* A row for each pair and condition, in the order of the sweep. */
static enum fray_status fill(struct fray_rep_table *t, const struct fray_rep_volume *v, size_t n,
                             struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    struct fray_rep_cell *cells;
    FRAY_TRY(fray_rep_table_row(t, &cells, err));
    cells[MODEL].text = v[i].model;
    cells[BESIDE].text = v[i].words;
    cells[TESTED].text = v[i].condition;
    cells[VERDICT].text = verdict_of(&v[i]);
    put(&cells[SCORE], &v[i].score);
    put(&cells[OTHER], &v[i].other);
    put(&cells[LEAD], &v[i].lead);
    cells[P].value = v[i].lead.p;
  }
  return FRAY_OK;
}

/* A share is shown in percent, and a difference of shares in points. */
static void in_percent(struct fray_rep_table_column *columns) {
  for (size_t c = SCORE; c <= LEAD; c++) {
    columns[c].unit = c == LEAD ? "points" : "%";
    columns[c].scale = 100;
    columns[c].decimals = 1;
  }
}

/* The page's table: without p, which the verdict says, and with a condition that holds for all rows
 * said once: columns without anything are not shown, and leave room for the numbers. The files have
 * all of it. NULL: out of memory. */
static const char *narrow(struct fray_rep_table *t, const struct fray_rep_volume *v, size_t n) {
  bool is_one = true;
  for (size_t i = 0; i < n; i++) {
    t->cell[i * t->n_columns + P].value = NAN;
    is_one = is_one && strcmp(v[i].condition, v[0].condition) == 0;
  }
  for (size_t i = 0; i < n && is_one; i++)
    t->cell[i * t->n_columns + TESTED].text = NULL;
  return is_one ? fray_arena_printf(t->arena, " Tested on: %s.", v[0].condition) : "";
}

/* Nothing, and no file, of a study without such controls. The part is open, as whoever asked for
 * them asks what they say. */
enum fray_status fray_rep_volumes(struct fray_rep_page *page, struct fray_rep_results *r,
                                  size_t section, const char *folder, struct fray_err *err) {
  struct fray_rep_volume *v;
  struct fray_rep_table_column *columns;
  size_t n;
  FRAY_TRY(fray_rep_volumes_of(r, &v, &n, err));
  if (n == 0)
    return FRAY_OK;
  const char *name = section ? fray_arena_printf(r->arena, "r%zu-volumes", section + 1) : "volumes";
  const char *tables = fray_arena_printf(r->arena, "%s/tables", folder);
  FRAY_CHECK(name && tables, err, MEMORY, "out of memory");
  FRAY_ALLOC(columns, r->arena, COLUMNS, err);
  memcpy(columns, template, sizeof template);
  if (fray_rep_is_percent(r, r->main_metric))
    in_percent(columns);
  struct fray_rep_table table = {
      .name = name, .arena = r->arena, .column = columns, .n_columns = COLUMNS};
  FRAY_TRY(fill(&table, v, n, err));
  /* What is paired, and over what a word was corrected: the table is read without the page, too. */
  table.caption = fray_arena_printf(
      r->arena,
      "%s of each model that drops or adds data, beside a training in which as much is dropped or "
      "added without the method\u2019s choice, with 95 %% intervals; the difference is paired by "
      "seed and test client. Ahead or behind: resolved over all rows together, with p adjusted "
      "(Holm); an interval stands by itself, and may leave out 0 where p does not.",
      fray_rep_metric_title(r, r->metrics.v[r->main_metric]));
  FRAY_CHECK(table.caption, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_table_write(&table, tables, err));
  /* From here on the table is the page's, which is narrower than a file. */
  const char *once = narrow(&table, v, n);
  table.caption = once ? fray_arena_printf(r->arena, "%s%s", table.caption, once) : NULL;
  FRAY_CHECK(table.caption, err, MEMORY, "out of memory");
  fray_rep_heading(page, 1, "Beside the same volume of data", NULL);
  return fray_rep_table_html(&table, &page->body, err);
}
