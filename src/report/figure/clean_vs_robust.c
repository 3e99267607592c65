/* Figure: score on undamaged data against score under damage, a point per model. */
#include "figures.h"

#include "report/measure/catalogue.h"
#include "report/plot/build.h"
#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/metric/robustness.h"

#include <math.h>

enum { MOST_POINTS = 60, LINE_POINTS = 21 };

/* The declared baselines of one panel, in units of the metric. */
struct baselines {
  double clean[MOST_POINTS], damaged[MOST_POINTS];
  size_t n;
  const char *status; /* why there is no line; NULL: there is one, or no baselines */
};

/* Mean of the damaged scores; user: how many there are. A missing value makes the sum NaN: a mean
 * over the rest would be of milder or harsher damage than that of the other models. */
static double mean_of(const void *user, const double *m, const char **status) {
  size_t n = *(const size_t *)user;
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += m[i];
  *status = isnan(sum) ? "a value is missing" : "ok";
  return sum / (double)n;
}

/* The point of one series along an axis. None if the path lacks its clean end or has nothing else.
 * The interval is of the mean under damage alone; that of the clean score would need whiskers to
 * the side. */
static enum fray_status put_point(struct fray_rep_build *b, const struct fray_rep_axis *axis,
                                  size_t s, struct fray_rep_series *series,
                                  struct baselines *baselines, struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  const struct fray_rep_quantity *clean, **q;
  struct fray_rep_path path;
  struct fray_rep_estimate e;
  FRAY_TRY(fray_rep_path_of(r, axis, s, FRAY_REP_TEST, &path, err));
  if (path.n < 2 || !path.clean)
    return FRAY_OK;
  /* All damaged strengths alike: what an unknown deployment would meet on average. */
  size_t n = path.n - 1;
  FRAY_ALLOC(q, r->arena, n, err);
  FRAY_TRY(fray_rep_find_quantity(r, &path.at[0], &clean, err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_rep_find_quantity(r, &path.at[i + 1], &q[i], err));
  FRAY_TRY(fray_rep_estimate_of(r, q, n, mean_of, &n, &e, err));
  const char *other = axis->panel_title[axis->panel[s]]; /* the legend says the rest */
  const char *label = *other ? other : NULL;
  /* It has no place on the x axis. */
  if (isnan(clean->value))
    return FRAY_OK;
  /* One for each series at most, and no panel has more than MOST_POINTS of these, so the arrays
   * hold. */
  if (fray_rep_is_baseline(r, axis, axis->cell_of_series[s]) && !isnan(e.value)) {
    baselines->clean[baselines->n] = clean->value;
    baselines->damaged[baselines->n++] = e.value;
  }
  /* y is brought to percent by the call, x is not. */
  fray_rep_build_put(b, series, (b->f->percent ? 100 : 1) * clean->value,
                     fray_rep_stat_of_estimate(&e), label);
  return FRAY_OK;
}

/* What the clean score alone would let expect. A straight line in logits (Taori et al. 2020) is
 * bent in scores, hence 21 points; it ends where the baselines do, as nothing is known beyond.
 * Without declared baselines nothing is said; with too few or too like ones k->status says why no
 * line is there. */
static enum fray_status put_line(struct fray_rep_build *b, struct fray_rep_panel *panel,
                                 struct baselines *k, size_t style, struct fray_err *err) {
  struct fray_rep_series *series;
  struct fray_baseline_line line;
  double unit = b->f->percent ? 100 : 1;
  if (k->n == 0 || !fray_baseline_fit(k->clean, k->damaged, k->n, &line, &k->status))
    return FRAY_OK;
  /* The fit says "ok" here, which the caption would quote as a reason. */
  k->status = NULL;
  FRAY_TRY(
      fray_rep_build_series(b, panel, "line of the baselines", style, LINE_POINTS, &series, err));
  series->line = true;
  for (size_t i = 0; i < LINE_POINTS; i++) {
    double clean = line.low + (line.high - line.low) * (double)i / (LINE_POINTS - 1);
    series->point[series->n++] = (struct fray_rep_point){.x = unit * clean,
                                                         .y = unit * fray_baseline_at(&line, clean),
                                                         .low = NAN,
                                                         .high = NAN,
                                                         .realised = NAN};
  }
  return FRAY_OK;
}

/* A panel per axis; what has the same style is one series of points. So that a method keeps one
 * colour and one line of the legend, its points being the other swept values. The style of the line
 * is the same in all panels and behind those of all models. Of the points beyond MOST_POINTS the
 * caption speaks. */
static enum fray_status put_panel(struct fray_rep_build *b, const struct fray_rep_axis *axis,
                                  size_t line_style, const char **no_line, struct fray_err *err) {
  struct fray_rep_panel *panel;
  struct baselines baselines = {0};
  size_t n_styles = 0, n = FRAY_MIN(axis->n_series, (size_t)MOST_POINTS);
  for (size_t s = 0; s < n; s++)
    n_styles = FRAY_MAX(n_styles, axis->style[s] + 1);
  FRAY_TRY(fray_rep_build_panel(b, axis->title, n_styles + 1, &panel, err));
  for (size_t style = 0; style < n_styles; style++) {
    struct fray_rep_series *series = NULL;
    for (size_t s = 0; s < n; s++) {
      if (axis->style[s] != style)
        continue;
      if (!series)
        FRAY_TRY(fray_rep_build_series(b, panel, axis->series[s], style, n, &series, err));
      FRAY_TRY(put_point(b, axis, s, series, &baselines, err));
    }
  }
  FRAY_TRY(put_line(b, panel, &baselines, line_style, err));
  *no_line = baselines.status ? baselines.status : *no_line;
  return FRAY_OK;
}

/* A single figure, with the axes as panels: clean scores are the same for all test conditions, so
 * the eye can go from one to the next. A figure of less than two points is taken back. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_axis *axes;
  struct fray_rep_build b;
  size_t n_axes, n_useful = 0, most = 0;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  for (size_t i = 0; i < n_axes; i++)
    if (axes[i].n_series >= 2) { /* one point compares nothing */
      most = FRAY_MAX(most, axes[i].n_series);
      /* Moved up in place: i never lies before n_useful. */
      axes[n_useful++] = axes[i];
    }
  if (n_useful == 0)
    return FRAY_OK;
  const char *name = fray_rep_figure_name(r->arena, section, "clean_vs_robust", 0, "");
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_POINTS, name,
                                "Score without damage and under damage", err));
  const char *metric = fray_rep_metric_title(r, r->metrics.v[r->main_metric]);
  const char *unit = b.f->percent ? ", %" : "";
  FRAY_TRY(fray_rep_words(r, &b.f->x_label, err, "%s without damage%s", metric, unit));
  FRAY_TRY(fray_rep_words(r, &b.f->y_label, err, "%s under damage%s", metric, unit));
  b.f->diagonal = true;
  size_t shown = FRAY_MIN(n_useful, (size_t)FRAY_REP_MOST_PANELS);
  FRAY_TRY(fray_rep_build_panels(&b, shown, err));
  /* Before the panels: the line needs a style that no model has in any of them. */
  size_t line_style = 0;
  const char *no_line = NULL;
  for (size_t i = 0; i < shown; i++)
    for (size_t s = 0; s < axes[i].n_series; s++)
      line_style = FRAY_MAX(line_style, axes[i].style[s] + 1);
  for (size_t i = 0; i < shown; i++)
    FRAY_TRY(put_panel(&b, &axes[i], line_style, &no_line, err));
  if (b.n_points < 2) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "Each point is one model: its score on undamaged data, and its mean over the damaged "
      "strengths of one axis; on the line y = x nothing is lost. A point above another at the "
      "same clean score lost less here, for sure only as far as their whiskers are apart; a point "
      "farther right may be higher only because it began higher.%s%s%s%s%s",
      no_line ? " No line through the baselines: " : "", no_line ? no_line : "", no_line ? "." : "",
      fray_rep_left_out(r, n_useful, shown, "kinds of damage"),
      fray_rep_left_out(r, most, MOST_POINTS, "models"));
}

extern const struct fray_rep_figure_kind fray_rep_figure_clean_vs_robust;
const struct fray_rep_figure_kind fray_rep_figure_clean_vs_robust = {
    .key = "clean_vs_robust",
    .heading = "Without damage and under damage",
    .meaning = "The mean score under damage against the score without it, a point per model.",
    .make = make,
};
