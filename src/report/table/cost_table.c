/* The cost table: updates, bytes, operations and simulated time of each trained model beside its
 * score on undamaged data, and whether it is on the front of bytes and of operations. */
#include "cost_table.h"

#include "report/measure/prices.h"
#include "report/stat/path.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum column { MODEL, BYTE_FRONT, FLOP_FRONT, SCORE, BYTES, FLOPS, SECONDS, COLUMNS };
enum { MOST_ROWS = 100 };

/* Text columns come first, as the CSV repeats them at the start of each row. Keys are what scripts
 * read; bytes and operations are in the powers that people read. */
static const struct fray_rep_table_column template[COLUMNS] = {
    [MODEL] = {.key = "model", .name = "model", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    [BYTE_FRONT] = {.key = "front_bytes",
                    .name = "for its bytes",
                    .unit = "",
                    .kind = FRAY_REP_COLUMN_TEXT},
    [FLOP_FRONT] = {.key = "front_flops",
                    .name = "for its operations",
                    .unit = "",
                    .kind = FRAY_REP_COLUMN_TEXT},
    [SCORE] = {.key = "clean",
               .name = "clean",
               .unit = "",
               .kind = FRAY_REP_COLUMN_NUMBER,
               .interval = true,
               .decimals = 3},
    [BYTES] = {.key = "bytes",
               .name = "sent, both ways",
               .unit = "MB",
               .kind = FRAY_REP_COLUMN_NUMBER,
               .scale = 1e-6,
               .decimals = 3},
    [FLOPS] = {.key = "flops",
               .name = "operations",
               .unit = "GFLOP",
               .kind = FRAY_REP_COLUMN_NUMBER,
               .scale = 1e-9,
               .decimals = 3},
    [SECONDS] = {.key = "sim_seconds",
                 .name = "simulated time",
                 .unit = "s",
                 .kind = FRAY_REP_COLUMN_NUMBER,
                 .decimals = 0},
};

/* The same words in the CSV and on the page: scripts may read them. */
static const char *const standings[] = {[FRAY_REP_NOT_RESOLVED] = "not resolved",
                                        [FRAY_REP_ON_FRONT] = "on the front",
                                        [FRAY_REP_BEATEN] = "beaten"};

/* As in every table: an interval of a share ends where shares do, or says nothing. */
static void put_score(struct fray_rep_cell *cell, struct fray_rep_stat s, bool is_share) {
  if (s.n == 0)
    return;
  if (is_share && fray_rep_blank(&s, true))
    cell->status = "any value would fit";
  else if (is_share)
    fray_rep_clip(&s);
  cell->value = s.mean;
  cell->low = s.low;
  cell->high = s.high;
}

/* price (PRICES, n). A model without a score keeps its row: it was paid for all the same. */
static enum fray_status fill(struct fray_rep_table *t, const struct fray_rep_models *models,
                             const struct fray_rep_contest *contest, double *const *price,
                             struct fray_err *err) {
  for (size_t i = 0; i < models->n; i++) {
    struct fray_rep_cell *cells;
    FRAY_TRY(fray_rep_table_row(t, &cells, err));
    cells[MODEL].text = models->label[i];
    cells[BYTE_FRONT].text = standings[fray_rep_standing_of(contest, price[FRAY_REP_BYTES], i)];
    cells[FLOP_FRONT].text = standings[fray_rep_standing_of(contest, price[FRAY_REP_FLOPS], i)];
    put_score(&cells[SCORE], contest->score[i], t->column[SCORE].scale == 100);
    cells[BYTES].value = price[FRAY_REP_BYTES][i];
    cells[FLOPS].value = price[FRAY_REP_FLOPS][i];
    cells[SECONDS].value = price[FRAY_REP_SIMULATED][i];
  }
  return FRAY_OK;
}

/* On undamaged data alone: a row for each condition would repeat what it cost. What damage makes of
 * the order is in the figures. */
static enum fray_status make_table(struct fray_rep_results *r, const struct fray_rep_models *models,
                                   double *const *price, const char *name, struct fray_rep_table *t,
                                   struct fray_err *err) {
  struct fray_rep_contest contest;
  struct fray_rep_table_column *columns;
  FRAY_TRY(fray_rep_contest_of(r, models, fray_rep_clean_condition(r), NAN, &contest, err));
  FRAY_ALLOC(columns, r->arena, COLUMNS, err);
  memcpy(columns, template, sizeof template);
  if (fray_rep_is_percent(r, r->main_metric)) {
    columns[SCORE].unit = "%";
    columns[SCORE].scale = 100;
    columns[SCORE].decimals = 1;
  }
  *t = (struct fray_rep_table){
      .name = name, .arena = r->arena, .column = columns, .n_columns = COLUMNS};
  FRAY_TRY(fill(t, models, &contest, price, err));
  t->caption = fray_arena_printf(
      r->arena,
      "What a training of each model cost, the mean over its trainings, beside its %s on undamaged "
      "data with 95 %% intervals. On the front: told to be better than each model that costs as "
      "much or less (Holm over all pairs), or the cheapest; beaten: one that costs as much or less "
      "is told to be better.",
      fray_rep_metric_title(r, r->metrics.v[r->main_metric]));
  FRAY_CHECK(t->caption, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Beside the method table, whose folder it shares. Models beyond the limit are those of the sweep's
 * end; the figure's caption says how many it leaves out, and trials.csv has all. */
enum fray_status fray_rep_costs(struct fray_rep_results *r, const char *folder, const char *before,
                                struct fray_text *out, struct fray_err *err) {
  struct fray_rep_models models;
  struct fray_rep_table table;
  double *price[FRAY_REP_PRICES];
  bool any = false;
  const char *name = fray_arena_printf(r->arena, "%scosts", before);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_models_of(r, MOST_ROWS, &models, err));
  for (int k = 0; k < FRAY_REP_PRICES; k++) {
    FRAY_ALLOC(price[k], r->arena, models.n + 1, err);
    for (size_t i = 0; i < models.n; i++) {
      price[k][i] = fray_rep_price_of(r, models.cell[i], (enum fray_rep_price)k);
      any = any || !isnan(price[k][i]);
    }
  }
  if (!any) /* of an older fray: an empty table says less than none */
    return FRAY_OK;
  FRAY_TRY(make_table(r, &models, price, name, &table, err));
  FRAY_TRY(fray_rep_table_write(&table, folder, err));
  return fray_rep_table_html(&table, out, err);
}
