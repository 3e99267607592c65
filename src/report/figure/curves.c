/* Figure: the main metric along every axis, with the controls of the study. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/plot/curve_panels.h"
#include "report/words/control_names.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Of more controls of volumes the figure would be grey all over; the part of the page that is
 * theirs has all of them. */
enum { MOST_PANELS = 24, MOST_VOLUMES = 2 };

struct curves {
  struct fray_rep_results *r;
  const struct fray_rep_axis *axis;
  struct fray_rep_figure *f;
  enum fray_rep_samples samples;
  const char **style; /* labels of the controls drawn so far: styles behind those of the axis */
  size_t n_styles, n_own_styles;
};

/* A control keeps its style in all panels: it is found again by its label. k->style has room for
 * all controls and for the model without any modality. */
static size_t style_of(struct curves *k, const char *label) {
  size_t i = 0;
  while (i < k->n_styles && strcmp(k->style[i], label) != 0)
    i++;
  if (i == k->n_styles)
    k->style[k->n_styles++] = label;
  return k->n_own_styles + i;
}

/* Room for two points more than asked for: a level needs a second one. */
static enum fray_status begin_series(struct curves *k, const char *label, size_t n,
                                     struct fray_rep_series *out, struct fray_err *err) {
  FRAY_CHECK(label, err, MEMORY, "out of memory");
  /* Styles behind those of the axis, so that the methods keep their colours. */
  *out = (struct fray_rep_series){.label = label, .style = style_of(k, label), .control = true};
  FRAY_ALLOC(out->point, k->r->arena, n + 2, err);
  return FRAY_OK;
}

/* Not fray_rep_build_put: `of` may be the study of the controls, whose cells and conditions have
 * their own numbers, and what the intervals of the models rest on is not to be mixed with theirs.
 * An interval that any value would fit is taken away before the others are cut. */
static enum fray_status put(struct curves *k, struct fray_rep_results *of,
                            const struct fray_rep_address *at, double x,
                            struct fray_rep_series *out, struct fray_err *err) {
  double unit = k->f->percent ? 100 : 1;
  struct fray_rep_stat stat;
  size_t samples;
  FRAY_TRY(fray_rep_stat_at(of, at, &stat, &samples, err));
  if (stat.n == 0 || isnan(stat.mean))
    return FRAY_OK;
  k->f->blank |= k->f->percent && fray_rep_blank(&stat, true);
  k->f->clipped |= k->f->percent && fray_rep_clip(&stat);
  out->point[out->n++] = (struct fray_rep_point){.x = x,
                                                 .y = unit * stat.mean,
                                                 .low = unit * stat.low,
                                                 .high = unit * stat.high,
                                                 .realised = NAN,
                                                 .n = stat.n};
  return FRAY_OK;
}

/* What does not depend on the strength is a level across the panel. */
static void level(const struct curves *k, struct fray_rep_series *s) {
  const struct fray_rep_axis *axis = k->axis;
  /* One measurement that holds at every strength; two or more are a curve of their own. */
  if (s->n != 1)
    return;
  s->point[1] = s->point[0];
  s->point[0].x = axis->x[0];
  s->point[1].x = axis->x[axis->n_x - 1];
  s->n = 2;
}

/* The series of the axis that a panel begins with; n_series if it has none. */
static size_t first_of(const struct fray_rep_axis *axis, size_t panel) {
  size_t s = 0;
  while (s < axis->n_series && axis->panel[s] != panel)
    s++;
  return s;
}

/* The model without any modality: the same for all methods, so of the first series. Along a swept
 * key it is a curve, since each strength is another training; under a test condition one training
 * stands at all of them, and its one score is a level. */
static enum fray_status add_all_missing(struct curves *k, size_t panel, struct fray_rep_panel *out,
                                        struct fray_err *err) {
  const struct fray_rep_axis *axis = k->axis;
  struct fray_rep_results *r = k->r;
  size_t condition = fray_rep_name_find(&r->conditions, FRAY_REP_NOTHING_LEFT),
         s = first_of(axis, panel);
  struct fray_rep_series series;
  if (condition == r->conditions.n || s == axis->n_series)
    return FRAY_OK;
  FRAY_TRY(begin_series(k, "no modality at test", axis->n_x, &series, err));
  for (size_t x = 0; x < (axis->is_key ? axis->n_x : 1); x++) {
    struct fray_rep_address at =
        fray_rep_main_score(r, fray_rep_cell_at(r, axis, s, axis->x[x]), condition, NAN);
    at.samples = k->samples;
    FRAY_TRY(put(k, r, &at, axis->x[x], &series, err));
  }
  level(k, &series);
  if (series.n)
    out->series[out->n_series++] = series;
  return FRAY_OK;
}

/* A control as it is drawn: one that is a method's own once for each method. */
struct drawn_control {
  const char *name, *method; /* method: a value of that key; NULL: any */
};

/* True if a control belongs to the sweep values of a cell: all but those along the axis, and the
 * method, of which controls have one for all, or that which is drawn. */
static bool is_of(const struct curves *k, const struct drawn_control *drawn,
                  const struct fray_rep_trial *control, size_t cell) {
  const struct fray_rep_results *r = k->r;
  double strength;
  for (size_t i = 0; i < r->n_keys; i++) {
    if (strcmp(r->key[i], "method") == 0) {
      /* Most controls are trained once for all methods. */
      if (drawn->method && strcmp(control->value[i], drawn->method) != 0)
        return false;
      continue;
    }
    if ((k->axis->is_key && (i == k->axis->key || fray_rep_in_step(r, i, k->axis->key))))
      continue;
    if (fray_rep_is_clean_control(control->control) &&
        fray_rep_parse_real(r->cell[cell]->value[i], &strength))
      continue; /* its strengths are all those of no damage */
    if (strcmp(control->value[i], r->cell[cell]->value[i]) != 0)
      return false;
  }
  return true;
}

/* True if the control is no other training than a model of the figure. */
static bool is_drawn(const struct fray_rep_results *r, const char *name) {
  for (size_t t = 0; t < r->n_trials; t++)
    if (strcmp(r->trial[t].name, name) == 0)
      return true;
  return false;
}

/* "co-teaching: same volume without coteaching": methods have controls of one name. */
static const char *label_of(const struct curves *k, const struct drawn_control *control) {
  /* Either may lack memory, which begin_series finds. */
  const char *words = fray_rep_control_words(k->r, control->name);
  const char *method =
      control->method ? fray_rep_value_label(k->r, "method", control->method) : NULL;
  if (!control->method || !words || !method)
    return words;
  return fray_arena_printf(k->r->arena, "%s: %s", method, words);
}

/* One control (of one name) at each strength where it was trained or tested. Conditions are found
 * by name, since the controls are numbered as a study of their own. A control that is the same
 * training as a model of the figure is not drawn over it. */
static enum fray_status add_control(struct curves *k, const struct drawn_control *control,
                                    size_t panel, struct fray_rep_panel *out,
                                    struct fray_err *err) {
  const struct fray_rep_axis *axis = k->axis;
  struct fray_rep_results *c = k->r->controls;
  struct fray_rep_series series;
  size_t s = first_of(axis, panel);
  size_t condition = fray_rep_name_find(&c->conditions, k->r->conditions.v[axis->condition]);
  if (condition == c->conditions.n || s == axis->n_series)
    return FRAY_OK;
  FRAY_TRY(begin_series(k, label_of(k, control), axis->n_x * c->n_cells, &series, err));
  for (size_t x = 0; x < axis->n_x; x++)
    for (size_t i = 0; i < c->n_cells; i++) {
      double own = axis->x[x];
      if (strcmp(c->cell[i]->control, control->name) != 0 ||
          !is_of(k, control, c->cell[i], axis->cell_of_series[s]) ||
          is_drawn(k->r, c->cell[i]->name) ||
          (axis->is_key && !fray_rep_parse_real(c->cell[i]->value[axis->key], &own)) ||
          own != axis->x[x])
        continue;
      struct fray_rep_address at =
          fray_rep_main_score(c, i, condition, axis->is_key ? NAN : axis->x[x]);
      at.samples = k->samples;
      FRAY_TRY(put(k, c, &at, axis->x[x], &series, err));
      break; /* of several methods the first */
    }
  level(k, &series);
  if (series.n)
    out->series[out->n_series++] = series;
  return FRAY_OK;
}

/* Without those of volumes where they are too many; the others keep their order. */
static size_t leave_some(struct drawn_control *control, size_t n) {
  size_t volumes = 0, kept = 0;
  for (size_t i = 0; i < n; i++)
    volumes += fray_rep_control_volume(control[i].name) != NULL;
  for (size_t i = 0; i < n; i++)
    if (volumes <= MOST_VOLUMES || !fray_rep_control_volume(control[i].name))
      control[kept++] = control[i];
  return kept;
}

/* Distinct texts of the column `control`; those of a method by method. out: (cells of controls). */
static enum fray_status control_names(const struct curves *k, struct drawn_control **out, size_t *n,
                                      struct fray_err *err) {
  const struct fray_rep_results *c = k->r->controls;
  const size_t n_cells = c ? c->n_cells : 0;
  size_t method = 0;
  FRAY_ALLOC(*out, k->r->arena, n_cells + 1, err);
  *n = 0;
  while (method < k->r->n_keys && strcmp(k->r->key[method], "method") != 0)
    method++;
  for (size_t i = 0; i < n_cells; i++) {
    const char *name = c->cell[i]->control;
    /* The method's own one: its name alone does not say whose. */
    const bool is_own = fray_rep_control_volume(name) && method < k->r->n_keys;
    const struct drawn_control d = {name, is_own ? c->cell[i]->value[method] : NULL};
    bool known = false;
    for (size_t j = 0; j < *n && !known; j++)
      known =
          strcmp((*out)[j].name, name) == 0 && (!is_own || strcmp((*out)[j].method, d.method) == 0);
    if (!known)
      (*out)[(*n)++] = d;
  }
  *n = leave_some(*out, *n);
  return FRAY_OK;
}

/* Legend with the labels of the controls behind the others. The figure had one for its own styles
 * only; the old one is left in the arena. */
static enum fray_status extend_legend(struct curves *k, struct fray_err *err) {
  const char **legend;
  FRAY_ALLOC_ZERO(legend, k->r->arena, k->n_own_styles + k->n_styles + 1, err);
  for (size_t i = 0; i < k->n_own_styles; i++)
    legend[i] = k->f->legend[i];
  for (size_t p = 0; p < k->f->n_panels; p++)
    for (size_t s = 0; s < k->f->panel[p].n_series; s++)
      legend[k->f->panel[p].series[s].style] = k->f->panel[p].series[s].label;
  k->f->legend = legend;
  k->f->n_styles = k->n_own_styles + k->n_styles;
  return FRAY_OK;
}

/* The panels were made with room for the models alone, so the series move into wider arrays: as
 * many more as there are names of controls, and one for the model without any modality. No study of
 * controls, and no such condition, leave the figure as it is. */
static enum fray_status add_controls(struct curves *k, bool *any, struct fray_err *err) {
  struct fray_rep_figure *f = k->f;
  struct drawn_control *control;
  size_t n_controls = 0;
  FRAY_TRY(control_names(k, &control, &n_controls, err));
  FRAY_ALLOC(k->style, k->r->arena, n_controls + 1, err);
  k->n_own_styles = f->n_styles;
  *any = false;
  for (size_t p = 0; p < f->n_panels; p++) {
    struct fray_rep_series *wider;
    size_t n = f->panel[p].n_series;
    FRAY_ALLOC_ZERO(wider, k->r->arena, n + n_controls + 1, err);
    memcpy(wider, f->panel[p].series, n * sizeof *wider);
    f->panel[p].series = wider;
    FRAY_TRY(add_all_missing(k, p, &f->panel[p], err));
    for (size_t i = 0; i < n_controls; i++)
      FRAY_TRY(add_control(k, &control[i], p, &f->panel[p], err));
    *any = *any || f->panel[p].n_series > n;
  }
  if (!*any)
    return FRAY_OK;
  return extend_legend(k, err);
}

static const char grey[] =
    " Thin grey: controls, to tell what the method adds to what each "
    "modality, each client, the same volume of data or no data at all would give.";

/* Leaves the panels that nobody could tell apart to the tables. */
static const char *cut_panels(struct fray_rep_results *r, struct fray_rep_figure *f) {
  size_t all = f->n_panels;
  f->n_panels = FRAY_MIN(all, (size_t)MOST_PANELS);
  return fray_rep_left_out(r, all, f->n_panels, "combinations of the sweep");
}

/* The curves of the test split. The figure is scaled again after the controls came in, as these may
 * lie below all curves; the range of x, once set, stays. k.f is valid only until another figure is
 * added. */
static enum fray_status add_test(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                 const char *name, struct fray_rep_figures *out,
                                 struct fray_err *err) {
  struct curves k = {.r = r, .axis = axis, .samples = FRAY_REP_TEST};
  bool any;
  FRAY_TRY(fray_rep_figures_add(out, r->arena, &k.f, err));
  FRAY_TRY(fray_rep_curves(r, axis, name, k.f, err));
  const char *rest = cut_panels(r, k.f);
  FRAY_TRY(add_controls(&k, &any, err));
  fray_rep_scale(k.f);
  return fray_rep_words(r, &k.f->caption, err, "%s%s%s",
                        axis->is_key ? r->folds
                                           ? "Every point has its own trainings, one for each fold."
                                           : "Every point is its own training."
                                     : "The same trained models at every strength.",
                        any ? grey : "", rest);
}

/* Saves a study without held-out scores the search along every path for a figure of nothing. */
static bool has_own(const struct fray_rep_results *r, size_t condition) {
  for (size_t i = 0; i < r->n_scores; i++)
    if (r->score[i].own && r->score[i].condition == condition)
      return true;
  return false;
}

/* Paths begin with the clean score of a test condition, as the curves of the test split do;
 * axis->n_x + 1 has room for it. What was not measured on own clients leaves a panel without
 * points. */
static enum fray_status put_own_panels(struct fray_rep_build *b, const struct fray_rep_axis *axis,
                                       struct fray_err *err) {
  size_t shown = FRAY_MIN(axis->n_panels, (size_t)MOST_PANELS);
  FRAY_TRY(fray_rep_build_panels(b, shown, err));
  for (size_t p = 0; p < shown; p++) {
    struct fray_rep_panel *panel;
    FRAY_TRY(fray_rep_build_panel(b, axis->panel_title[p], axis->n_series, &panel, err));
    for (size_t s = 0; s < axis->n_series; s++) {
      struct fray_rep_series *series;
      struct fray_rep_path path;
      if (axis->panel[s] != p)
        continue;
      FRAY_TRY(fray_rep_build_series(b, panel, axis->series[s], axis->style[s], axis->n_x + 1,
                                     &series, err));
      FRAY_TRY(fray_rep_path_of(b->r, axis, s, FRAY_REP_OWN, &path, err));
      for (size_t i = 0; i < path.n; i++) {
        struct fray_rep_stat stat;
        size_t samples;
        FRAY_TRY(fray_rep_stat_at(b->r, &path.at[i], &stat, &samples, err));
        fray_rep_build_put(b, series, path.s[i], stat, NULL);
      }
    }
  }
  return FRAY_OK;
}

/* The same for held-out data of the training clients. Built by the builder, as the grids are of the
 * test split. It ends before the controls are added, whose styles go behind those of its legend,
 * and so the caption is written twice: only then it is known whether it speaks of controls. */
static enum fray_status add_own(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                const char *name, struct fray_rep_figures *out,
                                struct fray_err *err) {
  struct curves k = {.r = r, .axis = axis, .samples = FRAY_REP_OWN};
  struct fray_rep_build b;
  const char *title;
  bool any;
  FRAY_TRY(fray_rep_words(r, &title, err, "%s, for the training clients themselves", axis->title));
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_LINES, name, title, err));
  fray_rep_figure_along(b.f, axis);
  FRAY_TRY(put_own_panels(&b, axis, err));
  fray_rep_figure_grid(b.f, axis);
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  b.basis.own = true;
  FRAY_TRY(fray_rep_build_end(&b, err, "%s", ""));
  b.f->tick = axis->x;
  b.f->n_ticks = axis->n_x;
  k.f = b.f;
  FRAY_TRY(add_controls(&k, &any, err));
  fray_rep_scale(k.f);
  return fray_rep_words(
      r, &k.f->caption, err,
      "Held-out data of the clients that trained (scope own_client); they know "
      "these people, so the scores say nothing of new ones.%s%s",
      any ? grey : "",
      fray_rep_left_out(r, axis->n_panels, b.f->n_panels, "combinations of the sweep"));
}

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_axis *axes;
  size_t n_axes;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  for (size_t i = 0; i < n_axes; i++) {
    FRAY_TRY(add_test(r, &axes[i],
                      fray_rep_figure_name(r->arena, section, "curve", i, axes[i].name), out, err));
    if (has_own(r, axes[i].condition))
      FRAY_TRY(add_own(r, &axes[i],
                       fray_rep_figure_name(r->arena, section, "own_curve", i, axes[i].name), out,
                       err));
  }
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_curves;
const struct fray_rep_figure_kind fray_rep_figure_curves = {
    .key = "curves",
    .heading = "Robustness curves",
    .meaning =
        "The main metric against the strength of each damage, with 95 % bands, the chance line and "
        "the controls.",
    .make = make,
    .joins = true,
};
