/* Figure: errors under each test condition relative to those of the reference, and their mean
 * (mCE). */
#include "figures.h"

#include "report/measure/catalogue.h"
#include "report/plot/build.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>

enum { CONDITIONS = 24, FEWEST = 2, MODELS = 64 };

/* The conditions that have errors against the reference, as places in the catalogue's axes. */
struct conditions {
  size_t axis[CONDITIONS + 1]; /* (n); behind them n_axes, which stands for the mean of all */
  size_t n, n_all;
};

static const struct fray_rep_entry *error_of(const struct fray_rep_catalogue *m, size_t axis,
                                             size_t cell) {
  const bool is_mean = axis == m->n_axes;
  /* A row of one condition is of a series of its axis; the mean is of the cell itself. */
  return fray_rep_entry_of(m, axis, is_mean ? cell : m->axes[axis].series_of_cell[cell],
                           is_mean ? FRAY_REP_MCE : FRAY_REP_CE);
}

static void collect(const struct fray_rep_catalogue *m, struct conditions *out) {
  *out = (struct conditions){0};
  for (size_t a = 0; a < m->n_axes; a++) {
    bool any = false;
    for (size_t c = 0; c < m->r->n_cells && !any; c++)
      any = !m->axes[a].is_key && error_of(m, a, c);
    if (any && out->n < CONDITIONS)
      out->axis[out->n++] = a;
    out->n_all += any;
  }
  out->axis[out->n] = m->n_axes;
}

/* A series for each model that has errors against another one, up to as many as can be read; the
 * reference has none. *n_all: how many have. */
static enum fray_status put_models(struct fray_rep_build *b, const struct fray_rep_catalogue *m,
                                   const struct conditions *at,
                                   const struct fray_rep_models *models, size_t *n_all,
                                   struct fray_err *err) {
  struct fray_rep_panel *panel;
  FRAY_TRY(fray_rep_build_panels(b, 1, err));
  FRAY_TRY(fray_rep_build_panel(b, "", models->n, &panel, err));
  FRAY_ALLOC(panel->reference, b->r->arena, 1, err);
  panel->reference[panel->n_references++] = (struct fray_rep_reference){100, "the reference"};
  for (size_t i = 0; i < models->n; i++) {
    struct fray_rep_series *series;
    if (!error_of(m, m->n_axes, models->cell[i]))
      continue;
    ++*n_all;
    if (panel->n_series == FRAY_REP_MOST_MODELS)
      continue;
    FRAY_TRY(fray_rep_build_series(b, panel, models->label[i], panel->n_series, at->n + 1, &series,
                                   err));
    for (size_t k = 0; k <= at->n; k++) {
      const struct fray_rep_entry *e = error_of(m, at->axis[k], models->cell[i]);
      if (e && !isnan(e->e.value))
        fray_rep_build_put(b, series, (double)k, fray_rep_stat_of_estimate(&e->e), NULL);
    }
  }
  return FRAY_OK;
}

static enum fray_status put_conditions(struct fray_rep_build *b, const struct fray_rep_catalogue *m,
                                       const struct conditions *at, struct fray_err *err) {
  FRAY_ALLOC(b->f->category, b->r->arena, at->n + 1, err);
  for (size_t k = 0; k < at->n; k++)
    b->f->category[b->f->n_categories++] = m->axes[at->axis[k]].title;
  b->f->category[b->f->n_categories++] = "mean of all (mCE)";
  return FRAY_OK;
}

/* Needs a reference and several kinds of damage: of one, its curve says more. The catalogue is made
 * once more, of scores that are looked up already. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_catalogue m;
  struct fray_rep_models models;
  struct fray_rep_build b;
  struct conditions at;
  size_t n_all = 0;
  FRAY_TRY(fray_rep_models_of(r, MODELS, &models, err));
  if (!fray_node_get(r->scenario, "reference") || r->conditions.n < FEWEST || models.n < 2)
    return FRAY_OK;
  FRAY_TRY(fray_rep_make_catalogue(r, &m, err));
  collect(&m, &at);
  if (at.n < FEWEST)
    return FRAY_OK;
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_BARS,
                                fray_rep_figure_name(r->arena, section, "errors", 0, ""),
                                "Errors against the reference", err));
  b.is_score = false; /* a ratio, which may be above 1 */
  b.f->percent = true;
  b.f->y_label = "errors, % of the reference's";
  b.f->x_label = "test condition";
  FRAY_TRY(put_conditions(&b, &m, &at, err));
  FRAY_TRY(put_models(&b, &m, &at, &models, &n_all, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "Errors summed over the strengths of each test condition, relative to those of the "
      "reference; last their mean (mCE). Below the line: fewer errors; whiskers that reach it show "
      "neither.%s%s",
      fray_rep_left_out(r, at.n_all, at.n, "conditions"),
      fray_rep_left_out(r, n_all, b.f->panel[0].n_series, "models"));
}

extern const struct fray_rep_figure_kind fray_rep_figure_corruption_errors;
const struct fray_rep_figure_kind fray_rep_figure_corruption_errors = {
    .key = "corruption_errors",
    .heading = "Errors against the reference",
    .meaning = "Errors under each test condition relative to the reference, and their mean (mCE).",
    .make = make,
};
