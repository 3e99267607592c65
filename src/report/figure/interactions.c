/* Figure: do two faults together cost more than each of them alone would have it? */
#include "figures.h"

#include "report/measure/fault_pairs.h"
#include "report/plot/build.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* A cell that was not trained is left out; one whose value is undefined is put with its reason,
 * which the reader sees beside a hatched cell, and so it does not count as a point. Column c is
 * strength c + 1: the axis begins without damage, where there is nothing to interact. */
static enum fray_status put_cell(struct fray_rep_build *build, const struct fray_rep_fault_pair *p,
                                 size_t series, double a, size_t column,
                                 struct fray_rep_series *out, const char **empty,
                                 struct fray_err *err) {
  struct fray_rep_interaction i;
  FRAY_TRY(
      fray_rep_interaction_at(p, series, a, p->b->x[column + 1], FRAY_REP_TEST, false, &i, err));
  if (i.cell == p->r->n_cells)
    return FRAY_OK;
  if (!isnan(i.e.value)) {
    fray_rep_build_put(build, out, (double)column, fray_rep_stat_of_estimate(&i.e), NULL);
    return FRAY_OK;
  }
  *empty = i.e.status; /* seen as an empty cell */
  out->point[out->n++] = (struct fray_rep_point){
      .x = (double)column, .y = NAN, .low = NAN, .high = NAN, .realised = NAN, .label = i.e.status};
  return FRAY_OK;
}

/* What tells a panel from the others: values of the keys that are neither fault. As the labels of
 * axes, but those are made for one fault, with the other among the keys that tell series apart. */
static const char *panel_title(const struct fray_rep_fault_pair *p, size_t cell) {
  const struct fray_rep_results *r = p->r;
  const char *text = "";
  for (size_t k = 0; k < r->n_keys && text; k++) {
    const char *value = r->cell[cell]->value[k];
    bool varies = false, is_fault = k == p->a->key || k == p->b->key ||
                                    fray_rep_in_step(r, k, p->a->key) ||
                                    fray_rep_in_step(r, k, p->b->key);
    for (size_t c = 0; c < r->n_cells; c++)
      varies = varies || strcmp(r->cell[c]->value[k], value) != 0;
    const char *label = fray_rep_value_label(r, r->key[k], value);
    if (varies && !is_fault)
      text = label ? fray_arena_printf(r->arena, "%s%s%s", text, *text ? ", " : "", label) : NULL;
  }
  return text;
}

static enum fray_status put_panel(struct fray_rep_build *build, const struct fray_rep_fault_pair *p,
                                  size_t series, const char **empty, struct fray_err *err) {
  struct fray_rep_panel *panel;
  const char *title = panel_title(p, p->a->cell_of_series[series]);
  FRAY_TRY(fray_rep_build_panel(build, title, p->a->n_x, &panel, err));
  /* From the second strength on, as for the columns. */
  for (size_t row = 1; row < p->a->n_x; row++) {
    struct fray_rep_series *out;
    const char *label = fray_rep_strength_title(p->r, p->a->strength, p->a->x[row]);
    FRAY_TRY(fray_rep_build_series(build, panel, label, row - 1, p->b->n_x, &out, err));
    for (size_t column = 0; column + 1 < p->b->n_x; column++)
      FRAY_TRY(put_cell(build, p, series, p->a->x[row], column, out, empty, err));
  }
  return FRAY_OK;
}

static enum fray_status put_columns(struct fray_rep_build *b, const struct fray_rep_axis *axis,
                                    struct fray_err *err) {
  b->f->n_categories = axis->n_x - 1;
  return fray_rep_strength_labels(b->r, axis, 1, &b->f->category, err);
}

static enum fray_status add_figure(const struct fray_rep_fault_pair *p, const char *name,
                                   struct fray_rep_figures *figures, struct fray_err *err) {
  struct fray_rep_results *r = p->r;
  struct fray_rep_build b;
  const char *title, *empty = NULL;
  size_t shown = FRAY_MIN(p->n_models, (size_t)FRAY_REP_MOST_PANELS);
  FRAY_TRY(fray_rep_words(r, &title, err, "%s and %s together", p->a->title, p->b->title));
  FRAY_TRY(fray_rep_build_begin(&b, r, figures, FRAY_REP_HEAT, name, title, err));
  /* A sum of logarithms, with no range and no unit. */
  b.is_score = b.f->percent = false;
  b.f->diverging = true;
  b.f->z_label = "log R(both) - log R(one) - log R(other)";
  b.f->x_label = p->b->title;
  b.f->y_label = p->a->title;
  FRAY_TRY(put_columns(&b, p->b, err));
  FRAY_TRY(fray_rep_build_panels(&b, shown, err));
  for (size_t i = 0; i < shown; i++)
    FRAY_TRY(put_panel(&b, p, p->series[i], &empty, err));
  /* A map of nothing but reasons is shown: that models are at chance is an answer. */
  if (b.n_points == 0 && !empty) {
    fray_rep_build_drop(&b, figures);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "R is the share of the undamaged %s above chance that is left; 0: the two faults multiply, "
      "below 0: together they cost more than that, above 0: less. An interval that holds 0 shows "
      "neither.%s%s%s%s",
      fray_rep_metric_title(r, r->metrics.v[r->main_metric]), empty ? " Empty: " : "",
      empty ? empty : "", empty ? "." : "", fray_rep_left_out(r, p->n_models, shown, "models"));
}

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_axis *axes;
  size_t n_axes, made = 0;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  for (size_t i = 0; i < n_axes; i++)
    /* Each pair once: the interaction is the same whichever fault comes first. Test conditions are
     * no pair, as no model was tested under two of them. */
    for (size_t k = i + 1; k < n_axes && made < FRAY_REP_MOST_FIGURES; k++) {
      struct fray_rep_fault_pair p;
      if (FRAY_MAX(axes[i].n_x, axes[k].n_x) > FRAY_REP_MOST_COLUMNS)
        continue;
      /* n_models is 0 for what is no pair; its memory is small and stays in the arena. */
      FRAY_TRY(fray_rep_fault_pair_of(r, &axes[i], &axes[k], &p, err));
      size_t before = out->n;
      const char *text = fray_arena_printf(r->arena, "%s-%s", p.a->name, p.b->name);
      FRAY_CHECK(text, err, MEMORY, "out of memory");
      if (p.n_models)
        FRAY_TRY(add_figure(&p, fray_rep_figure_name(r->arena, section, "interaction", made, text),
                            out, err));
      made += out->n - before;
    }
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_interactions;
const struct fray_rep_figure_kind fray_rep_figure_interactions = {
    .key = "interactions",
    .heading = "Two faults together",
    .meaning = "Whether two swept faults cost more together than each of them alone would have it.",
    .make = make,
};
