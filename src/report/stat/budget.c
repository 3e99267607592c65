/* What trained models gave away, from privacy.csv.
 *
 * Epsilon is no estimate: it follows from the mechanism, so it has no interval, and trials of one
 * model have the same. Only the share of clipped updates differs from seed to seed. */
#include "budget.h"

#include "path.h"

#include "report/quantity/round_values.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Numbers of a row, in the order of `names`. */
enum { Q, Z, CLIP, CLIENTS, ROUNDS, DELTA, PLD, RDP, CLASSIC, NOISE, CLIPPED, NUMBERS };
static const char *const names[NUMBERS] = {"q",
                                           "z",
                                           "clip",
                                           "clients",
                                           "rounds",
                                           "delta",
                                           "epsilon_pld",
                                           "epsilon_rdp",
                                           "epsilon_rdp_classic",
                                           "noise_length",
                                           "clipped"};

/* Columns by name: a later program may add some. */
struct places {
  size_t trial, number[NUMBERS];
};

/* All of them are needed: a table without one is not of this program, and is refused. */
static enum fray_status find_places(const struct fray_rep_csv *csv, struct places *p,
                                    struct fray_err *err) {
  FRAY_TRY(fray_rep_csv_need(csv, "trial", &p->trial, err));
  for (size_t k = 0; k < NUMBERS; k++)
    FRAY_TRY(fray_rep_csv_need(csv, names[k], &p->number[k], err));
  return FRAY_OK;
}

/* The cell of a trial; n_cells: of none that is shown. */
static size_t cell_of(const struct fray_rep_results *r, size_t trial) {
  for (size_t i = 0; i < r->n_cells * r->seeds.n; i++)
    if (r->trial_of[i] == trial)
      return i / r->seeds.n;
  return r->n_cells;
}

/* An epsilon may be inf, which the reader of tables takes for no number, as it is none elsewhere.
 */
static enum fray_status number_at(const struct fray_rep_csv *csv, size_t row, size_t column,
                                  double *out, struct fray_err *err) {
  if (strcmp(fray_rep_csv_at(csv, row, column), "inf") == 0) {
    *out = INFINITY;
    return FRAY_OK;
  }
  return fray_rep_csv_real(csv, row, column, out, err);
}

/* What cannot be is refused: the report divides and takes logarithms of none of it, but people
 * quote it. */
static enum fray_status check(const struct fray_rep_csv *csv, size_t row, const double *v,
                              struct fray_err *err) {
  FRAY_CHECK(v[Q] > 0 && v[Q] <= 1 && v[Z] >= 0 && v[CLIP] > 0 && v[DELTA] > 0 && v[DELTA] < 1, err,
             INPUT, "%s, line %zu: q, z, clip and delta are those of no mechanism", csv->path,
             csv->line[row]);
  FRAY_CHECK(v[PLD] >= 0 && v[RDP] >= 0 && v[CLASSIC] >= 0 && v[NOISE] >= 0, err, INPUT,
             "%s, line %zu: an epsilon or a length is below 0, or missing", csv->path,
             csv->line[row]);
  FRAY_CHECK(isnan(v[CLIPPED]) || (v[CLIPPED] >= 0 && v[CLIPPED] <= 1), err, INPUT,
             "%s, line %zu: clipped is no share", csv->path, csv->line[row]);
  return FRAY_OK;
}

/* The costliest of a model's trials stands for it: a budget that most keep to is none. */
static void take(struct fray_rep_spent *s, const double *v) {
  if (s->is_private && s->pld >= v[PLD])
    return;
  *s = (struct fray_rep_spent){.is_private = true,
                               .q = v[Q],
                               .z = v[Z],
                               .clip = v[CLIP],
                               .clients = v[CLIENTS],
                               .rounds = v[ROUNDS],
                               .delta = v[DELTA],
                               .pld = v[PLD],
                               .rdp = v[RDP],
                               .classic = v[CLASSIC],
                               .noise = v[NOISE]};
}

/* Every row is checked, those of controls too: a table that is wrong in one is not trusted in
 * another. Folds are trainings of their own: their mean stands for them. clipped (n_trials): NaN
 * where a trial has none; seen: how many so far. */
static enum fray_status read_rows(struct fray_rep_budget *b, const struct fray_rep_csv *csv,
                                  double *clipped, uint32_t *seen, struct fray_err *err) {
  struct places p;
  size_t hint = 0;
  FRAY_TRY(find_places(csv, &p, err));
  for (size_t row = 0; row < csv->n_rows; row++) {
    double v[NUMBERS];
    const size_t trial = fray_rep_trial_named(b->r, fray_rep_csv_at(csv, row, p.trial), &hint);
    for (size_t k = 0; k < NUMBERS; k++)
      FRAY_TRY(number_at(csv, row, p.number[k], &v[k], err));
    FRAY_TRY(check(csv, row, v, err));
    /* Controls have rows of their own, but no model among those that are shown. */
    const size_t cell = trial < b->r->n_trials ? cell_of(b->r, trial) : b->r->n_cells;
    if (cell == b->r->n_cells)
      continue;
    b->n_private += !b->of[cell].is_private;
    take(&b->of[cell], v);
    clipped[trial] =
        seen[trial] ? clipped[trial] + (v[CLIPPED] - clipped[trial]) / (double)(seen[trial] + 1)
                    : v[CLIPPED];
    seen[trial]++;
  }
  return FRAY_OK;
}

/* Over the seeds of each cell; of very many the first would do. */
/* An interval over seeds, which draw cohorts and batches: whether a clip bites hangs on both. */
static void put_clipped(struct fray_rep_budget *b, const double *clipped) {
  enum { MOST_SEEDS = 1024 };
  double v[MOST_SEEDS];
  const struct fray_rep_results *r = b->r;
  const size_t n = FRAY_MIN(r->seeds.n, (size_t)MOST_SEEDS);
  for (size_t c = 0; c < r->n_cells; c++) {
    for (size_t s = 0; s < n; s++) {
      const size_t t = r->trial_of[c * r->seeds.n + s];
      v[s] = t < r->n_trials ? clipped[t] : NAN;
    }
    b->of[c].clipped = fray_rep_stat_of_values(v, n, 1);
    b->of[c].clipped.p = NAN; /* nobody asks whether it is 0 */
  }
}

/* As the other tables call the models. Any condition has all of them for series. */
static enum fray_status name_models(struct fray_rep_budget *b, struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  struct fray_rep_axis all;
  const size_t clean = fray_rep_clean_condition(r);
  for (size_t c = 0; c < r->n_cells; c++)
    b->model[c] = "the model";
  if (r->conditions.n == 0 || r->n_cells < 2)
    return FRAY_OK;
  FRAY_TRY(fray_rep_condition_axis(r, clean < r->conditions.n ? clean : 0, &all, err));
  for (size_t c = 0; c < r->n_cells && all.n_series > 1; c++)
    b->model[c] = all.full[all.series_of_cell[c]];
  return FRAY_OK;
}

/* Three digits: the mechanism is exact, but nobody tells budgets apart by more. */
const char *fray_rep_epsilon_text(struct fray_rep_results *r, double epsilon) {
  return isinf(epsilon) ? "no noise" : fray_arena_printf(r->arena, "%.3g", epsilon);
}

/* Without the file nothing was clipped. A damaged one ends the report. */
enum fray_status fray_rep_budget_read(struct fray_rep_results *r, struct fray_rep_budget *out,
                                      struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/privacy.csv", r->folder);
  struct fray_rep_csv csv;
  double *clipped;
  uint32_t *seen;
  *out = (struct fray_rep_budget){.r = r};
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (!fray_file_exists(path))
    return FRAY_OK;
  /* Cells that are not private stay so: zeros say that nothing was clipped. */
  FRAY_ALLOC_ZERO(out->of, r->arena, r->n_cells + 1, err);
  FRAY_ALLOC(out->model, r->arena, r->n_cells + 1, err);
  FRAY_ALLOC(clipped, r->arena, r->n_trials + 1, err);
  FRAY_ALLOC_ZERO(seen, r->arena, r->n_trials + 1, err);
  for (size_t t = 0; t < r->n_trials; t++)
    clipped[t] = NAN;
  FRAY_TRY(fray_rep_csv_read(path, r->arena, &csv, err));
  const enum fray_status status = read_rows(out, &csv, clipped, seen, err);
  fray_rep_csv_free(&csv);
  FRAY_TRY(status);
  put_clipped(out, clipped);
  return name_models(out, err);
}
