/* Figure: who took part in a simulated training, as often as its data weigh, or not. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/words/names.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { MOST_KINDS = 24 };

/* Rows of participation.csv: a weight for each kind of clients and trial. Not a quantity: it is
 * known exactly of each training, and only from seed to seed it scatters. */
struct weights {
  size_t n; /* kinds */
  const char *of[MOST_KINDS], *value[MOST_KINDS];
  double *weight; /* (MOST_KINDS, n_trials) NaN: none */
};

/* In the order of the file, which is that of sizes and of a column's values. Seeds may have other
 * ranges of sizes, which are then kinds of their own.
 * A dozen kinds at most: a search is enough. */
static size_t find_kind(struct weights *w, const char *of, const char *value) {
  size_t k = 0;
  while (k < w->n && (strcmp(w->of[k], of) != 0 || strcmp(w->value[k], value) != 0))
    k++;
  return k;
}

/* Trials are looked up by name, as rows of several studies may stand in one file; a kind beyond the
 * limit is left out rather than drawn too thin to read. */
static enum fray_status read_rows(struct fray_rep_results *r, const struct fray_rep_csv *csv,
                                  struct weights *w, struct fray_err *err) {
  size_t trial, of, value, weight;
  FRAY_TRY(fray_rep_csv_need(csv, "trial", &trial, err));
  FRAY_TRY(fray_rep_csv_need(csv, "of", &of, err));
  FRAY_TRY(fray_rep_csv_need(csv, "value", &value, err));
  FRAY_TRY(fray_rep_csv_need(csv, "weight", &weight, err));
  for (size_t row = 0; row < csv->n_rows; row++) {
    size_t t = 0;
    while (t < r->n_trials && strcmp(r->trial[t].name, fray_rep_csv_at(csv, row, trial)) != 0)
      t++;
    const size_t k = find_kind(w, fray_rep_csv_at(csv, row, of), fray_rep_csv_at(csv, row, value));
    if (t == r->n_trials || k == MOST_KINDS) /* controls; more than a figure holds */
      continue;
    if (k == w->n) {
      w->of[k] = fray_arena_strdup(r->arena, fray_rep_csv_at(csv, row, of));
      w->value[k] = fray_arena_strdup(r->arena, fray_rep_csv_at(csv, row, value));
      FRAY_CHECK(w->of[k] && w->value[k], err, MEMORY, "out of memory");
      w->n++;
    }
    FRAY_TRY(fray_rep_csv_real(csv, row, weight, &w->weight[k * r->n_trials + t], err));
  }
  return FRAY_OK;
}

/* A kind beside which there is no other of its sort is all of the clients: its weight is 1. */
static void drop_lone(struct weights *w, size_t n_trials) {
  size_t n = 0;
  for (size_t k = 0; k < w->n; k++) {
    size_t alike = 0;
    for (size_t i = 0; i < w->n; i++)
      alike += strcmp(w->of[i], w->of[k]) == 0;
    if (alike < 2)
      continue;
    w->of[n] = w->of[k];
    w->value[n] = w->value[k];
    memmove(w->weight + n * n_trials, w->weight + k * n_trials, n_trials * sizeof *w->weight);
    n++;
  }
  w->n = n;
}

/* Without the file nobody was kept away. A file that is damaged ends the report: unlike rounds.csv
 * it is written only where it says something. */
static enum fray_status read_weights(struct fray_rep_results *r, struct weights *w,
                                     struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/participation.csv", r->folder);
  struct fray_rep_csv csv;
  *w = (struct weights){0};
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (r->folds || !fray_file_exists(path))
    return FRAY_OK;
  FRAY_ALLOC(w->weight, r->arena, MOST_KINDS * r->n_trials + 1, err);
  for (size_t i = 0; i < MOST_KINDS * r->n_trials; i++)
    w->weight[i] = NAN;
  FRAY_TRY(fray_rep_csv_read(path, r->arena, &csv, err));
  const enum fray_status status = read_rows(r, &csv, w, err);
  fray_rep_csv_free(&csv);
  drop_lone(w, r->n_trials);
  return status;
}

/* Over seeds alone: each draws its own absences, and rows of clients there are none. */
static enum fray_status put_cell(struct fray_rep_build *b, const struct weights *w, size_t cell,
                                 struct fray_rep_series *series, struct fray_err *err) {
  const struct fray_rep_results *r = b->r;
  double *v;
  FRAY_ALLOC(v, r->arena, r->seeds.n + 1, err);
  for (size_t k = 0; k < w->n; k++) {
    for (size_t s = 0; s < r->seeds.n; s++) {
      const size_t t = r->trial_of[cell * r->seeds.n + s];
      v[s] = t < r->n_trials ? w->weight[k * r->n_trials + t] : NAN;
    }
    fray_rep_build_put(b, series, (double)k, fray_rep_stat_of_values(v, r->seeds.n, 1), NULL);
  }
  return FRAY_OK;
}

/* A group of bars for each kind of clients, a bar for each model.
 *
 * The level at 1 is what a training in which nobody is kept away comes to in the long run. */
static enum fray_status fill(struct fray_rep_build *b, const struct weights *w,
                             const struct fray_rep_models *models, struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  struct fray_rep_panel *panel;
  FRAY_ALLOC(b->f->category, r->arena, w->n, err);
  b->f->n_categories = w->n;
  for (size_t k = 0; k < w->n; k++) {
    /* Numbers of samples, with what they are of behind them; else a column and its value. */
    b->f->category[k] = strcmp(w->of[k], "samples") == 0
                            ? fray_arena_printf(r->arena, "%s %s", w->value[k], w->of[k])
                            : fray_arena_printf(r->arena, "%s: %s", w->of[k], w->value[k]);
    FRAY_CHECK(b->f->category[k], err, MEMORY, "out of memory");
  }
  FRAY_TRY(fray_rep_build_panels(b, 1, err));
  FRAY_TRY(fray_rep_build_panel(b, "", models->n, &panel, err));
  FRAY_ALLOC(panel->reference, r->arena, 1, err);
  panel->reference[0] = (struct fray_rep_reference){.y = 1, .label = "as they weigh"};
  panel->n_references = 1;
  for (size_t i = 0; i < models->n; i++) {
    struct fray_rep_series *series;
    FRAY_TRY(fray_rep_build_series(b, panel, models->label[i], i, w->n, &series, err));
    FRAY_TRY(put_cell(b, w, models->cell[i], series, err));
  }
  return FRAY_OK;
}

/* Not of folds: each has other clients, and its rows would be of other ranges of sizes. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_models models;
  struct fray_rep_build b;
  struct weights w;
  FRAY_TRY(read_weights(r, &w, err));
  if (w.n == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_models_of(r, FRAY_REP_MOST_MODELS, &models, err));
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_BARS,
                                fray_rep_figure_name(r->arena, section, "participants", 0, ""),
                                "Who the model is of", err));
  b.is_score = false;
  b.f->percent = false;
  b.f->x_label = "clients";
  b.f->y_label = "weight in training";
  FRAY_TRY(fill(&b, &w, &models, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "How many times the samples of these clients were trained on for each time that all were: "
      "above 1 the model is more of theirs than their data weigh. Who came when is simulated "
      "(participation.csv).%s",
      fray_rep_left_out(r, models.n_all, models.n, "models"));
}

extern const struct fray_rep_figure_kind fray_rep_figure_participants;
const struct fray_rep_figure_kind fray_rep_figure_participants = {
    .key = "participants",
    .heading = "Who took part",
    .meaning = "The weight in training of clients by size and group, where availability is "
               "simulated.",
    .make = make,
};
