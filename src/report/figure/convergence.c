/* Figure: the dev metric over the rounds of training; and the curves that time shows as well. */
#include "training_curves.h"

#include "report/plot/build.h"
#include "report/quantity/round_values.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { MOST_IN_GRID = 24, MOST_POINTS = 100 };

/* Values of every evaluated round, and against what they are drawn. */
struct curves {
  struct fray_rep_results *r;
  struct fray_rep_rounds of;
  bool by_clock; /* simulated seconds, not rounds */
  bool is_cut;   /* a curve ends before the last of its trainings */
};

/* From the table itself, as the column is of no use to anything else. The line of the file tells
 * which row is meant, since other rows may be of controls. NaN: none. */
static double best_of_training(const struct fray_rep_results *r, size_t trial) {
  const struct fray_rep_csv *csv = &r->trials_csv;
  size_t column = fray_rep_csv_find(csv, "best_round");
  double round;
  if (column < csv->n_columns)
    for (size_t row = 0; row < csv->n_rows; row++)
      if (csv->line[row] == r->trial[trial].line &&
          fray_rep_parse_real(fray_rep_csv_at(csv, row, column), &round))
        return round;
  return NAN;
}

/* Of folds the round that all of them selected: a mean of rounds is none. */
static double best_round(const struct fray_rep_results *r, size_t trial) {
  const struct fray_rep_trial *t = &r->trial[trial];
  if (t->n_parts == 0)
    return best_of_training(r, trial);
  const double first = best_of_training(r->folds, t->part[0]);
  for (size_t p = 1; p < t->n_parts; p++)
    if (best_of_training(r->folds, t->part[p]) != first)
      return NAN;
  return first;
}

/* Behind the last round that all trainings of a cell reached: they may end by themselves, and a
 * mean over those that are left would rise or fall by who is left. Those that diverged do not
 * count. */
static size_t common_end(const struct curves *k, size_t cell, bool *is_cut) {
  const struct fray_rep_results *r = k->r;
  size_t least = k->of.n, most = 0;
  for (size_t s = 0; s < r->seeds.n; s++) {
    const size_t t = r->trial_of[cell * r->seeds.n + s];
    if (t >= r->n_trials || r->trial[t].diverged || k->of.end[t] == 0)
      continue;
    least = FRAY_MIN(least, k->of.end[t]);
    most = FRAY_MAX(most, k->of.end[t]);
  }
  *is_cut = *is_cut || least < most;
  return least;
}

/* Where a point of a curve lies along x. Rounds are the same of all seeds; seconds are not, since
 * each seed draws its own devices and absences.
 *
 * Of seeds the mean clock at that round: each has its own, and the values are of one round. */
static double x_of(const struct curves *k, size_t cell, size_t i) {
  double sum = 0, n = 0;
  if (!k->by_clock)
    return k->of.round[i];
  for (size_t s = 0; s < k->r->seeds.n; s++) {
    const size_t t = k->r->trial_of[cell * k->r->seeds.n + s];
    if (t >= k->r->n_trials || isnan(k->of.clock[t * k->of.n + i]))
      continue;
    sum += k->of.clock[t * k->of.n + i];
    n++;
  }
  return n > 0 ? sum / n : NAN;
}

/* The curve of a cell, and the round that was selected in each of its trials. At most MOST_POINTS
 * points, taken from the last round backwards, so that the end of training is always drawn, and
 * turned around afterwards. Intervals are of seeds: rounds.csv has no clients. */
static enum fray_status put_curve(struct fray_rep_build *b, struct curves *k, size_t cell,
                                  struct fray_rep_series *series, struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  size_t n = r->seeds.n, step = k->of.n / MOST_POINTS + 1, end = common_end(k, cell, &k->is_cut);
  double *v, unit = b->f->percent ? 100 : 1;
  FRAY_ALLOC(v, r->arena, n, err);
  FRAY_ALLOC(series->single, r->arena, n, err);
  for (size_t i = end - 1; i < end; i -= step) { /* the last round is always there */
    for (size_t s = 0; s < n; s++) {
      size_t t = r->trial_of[cell * n + s];
      v[s] = t < r->n_trials ? k->of.value[t * k->of.n + i] : NAN;
    }
    fray_rep_build_put(b, series, x_of(k, cell, i), fray_rep_stat_of_values(v, n, 1), NULL);
    if (i < step)
      break;
  }
  for (size_t i = 0; i < series->n / 2; i++) {
    struct fray_rep_point t = series->point[i];
    series->point[i] = series->point[series->n - 1 - i];
    series->point[series->n - 1 - i] = t;
  }
  for (size_t s = 0; s < n; s++) {
    size_t t = r->trial_of[cell * n + s];
    /* The selected round may lie between the rounds that are drawn: singles are taken from all. */
    size_t place = t < r->n_trials ? fray_rep_rounds_place(&k->of, best_round(r, t)) : k->of.n;
    if (place < k->of.n && !isnan(k->of.value[t * k->of.n + place]))
      series->single[series->n_singles++] = (struct fray_rep_point){
          .x = k->by_clock ? k->of.clock[t * k->of.n + place] : k->of.round[place],
          .y = unit * k->of.value[t * k->of.n + place],
          .low = NAN,
          .high = NAN};
  }
  return FRAY_OK;
}

/* Panels and colours are those of the curves of the clean condition, so that a method looks the
 * same all over the page. Models beyond the limit of a panel are counted out in the caption. */
static enum fray_status put_panels(struct fray_rep_build *b, struct curves *k,
                                   const struct fray_rep_axis *all, size_t shown,
                                   struct fray_err *err) {
  FRAY_TRY(fray_rep_build_panels(b, shown, err));
  for (size_t p = 0; p < shown; p++) {
    struct fray_rep_panel *panel;
    FRAY_TRY(fray_rep_build_panel(b, all->panel_title[p], all->n_series, &panel, err));
    for (size_t s = 0; s < all->n_series; s++) {
      struct fray_rep_series *series;
      if (all->panel[s] != p || panel->n_series == FRAY_REP_MOST_MODELS)
        continue;
      FRAY_TRY(fray_rep_build_series(b, panel, all->series[s], all->style[s],
                                     FRAY_MIN(k->of.n, (size_t)2 * MOST_POINTS), &series, err));
      FRAY_TRY(put_curve(b, k, all->cell_of_series[s], series, err));
    }
  }
  return FRAY_OK;
}

/* One evaluated round is no curve. The axis of the clean condition only lends its series: each is
 * one training. */
enum fray_status fray_rep_training_curves(struct fray_rep_results *r, size_t section, bool by_clock,
                                          struct fray_rep_figures *out, struct fray_err *err) {
  struct curves k = {.r = r, .by_clock = by_clock};
  struct fray_rep_axis all;
  struct fray_rep_build b;
  size_t clean = fray_rep_clean_condition(r), metric, drawn = 0;
  FRAY_TRY(fray_rep_rounds_read(r, &k.of, err));
  if (k.of.n < 2 || (by_clock && !k.of.clock) || clean == r->conditions.n)
    return FRAY_OK;
  FRAY_TRY(fray_rep_condition_axis(r, clean, &all, err));
  const char *name =
      fray_rep_figure_name(r->arena, section, by_clock ? "clock" : "convergence", 0, "");
  FRAY_TRY(fray_rep_build_begin(
      &b, r, out, FRAY_REP_LINES, name,
      by_clock ? "Dev score against simulated time" : "Dev score against the round", err));
  metric = fray_rep_name_find(&r->metrics, k.of.metric);
  const char *title = fray_rep_metric_title(r, k.of.metric);
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  /* The builder took the main metric; here it is the one of the dev data, which scores.csv may
   * lack. Then its range is not known and it is shown as it is. */
  b.f->percent = metric < r->metrics.n && fray_rep_is_percent(r, metric);
  b.f->x_label = by_clock ? "simulated time, s" : "round";
  FRAY_TRY(fray_rep_words(r, &b.f->y_label, err, "%s on dev%s", title, b.f->percent ? ", %" : ""));
  size_t shown = FRAY_MIN(all.n_panels, (size_t)(all.n_rows ? MOST_IN_GRID : FRAY_REP_MOST_PANELS));
  FRAY_TRY(put_panels(&b, &k, &all, shown, err));
  fray_rep_figure_grid(b.f, &all);
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  for (size_t p = 0; p < shown; p++)
    drawn += b.f->panel[p].n_series;
  return fray_rep_build_end(
      &b, err,
      "The %s on the dev data of the training clients at each evaluated round%s; hollow marks are "
      "the "
      "rounds whose models were selected, one per seed. The dev data chose the round, so its score "
      "there is too good; take results from the test.%s%s%s",
      title, by_clock ? ", at what the simulated clock shows then (mean over the seeds)" : "",
      r->folds
          ? " A seed is the mean of its folds, and is marked where all of them selected one round."
          : "",
      k.is_cut ? " Trainings ended by themselves: a curve goes as far as all its seeds." : "",
      fray_rep_left_out(r, all.n_series, drawn, "models"));
}

/* Against the round: every study has that. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  return fray_rep_training_curves(r, section, false, out, err);
}

extern const struct fray_rep_figure_kind fray_rep_figure_convergence;
const struct fray_rep_figure_kind fray_rep_figure_convergence = {
    .key = "convergence",
    .heading = "Training, round by round",
    .meaning = "The dev metric over the rounds, with the selected round of each seed.",
    .make = make,
};
