/* Figure: the dev metric over the rounds of training. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/words/names.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Rounds beyond the second limit are left out: it bounds memory whatever the file says. */
enum { MOST_IN_GRID = 24, MOST_POINTS = 100, MOST_ROUNDS = 100000 };

/* Values of every evaluated round, by cell and seed. */
struct rounds {
  struct fray_rep_results *r;
  const char *metric;
  double *round; /* (n) ascending as they appear */
  size_t n;
  double *value; /* (n_trials, n) NaN where not evaluated */
  bool is_cut;   /* a curve ends before the last of its trainings */
  size_t *end;   /* (n_trials) behind the last one that was evaluated */
};

/* The rows of a trial lie together, so the search begins where the last one ended; it goes around,
 * as the order of files is not promised. Names are unique among trials. */
static size_t find_trial(const struct fray_rep_results *r, const char *name, size_t *hint) {
  for (size_t i = 0; i < r->n_trials; i++) {
    size_t t = (*hint + i) % r->n_trials;
    bool found = r->trial[t].n_parts == 0 && strcmp(r->trial[t].name, name) == 0;
    for (size_t p = 0; p < r->trial[t].n_parts && !found; p++)
      found = strcmp(r->folds->trial[r->trial[t].part[p]].name, name) == 0;
    if (found)
      return *hint = t;
  }
  return r->n_trials;
}

/* Of folds the mean of those that reached a round; each has dev data of its own. n: how many did.
 */
static void take(double *mean, uint32_t *n, double value) {
  if (isnan(value))
    return;
  *mean = *n ? *mean + (value - *mean) / (*n + 1) : value;
  ++*n;
}

/* Place of a round, n if it is not among them. A NaN (no best round) is found nowhere: all
 * comparisons with it are false. */
static size_t place_of(const struct rounds *k, double round) {
  size_t low = 0, high = k->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (k->round[middle] < round)
      low = middle + 1;
    else
      high = middle;
  }
  return low < k->n && k->round[low] == round ? low : k->n;
}

/* The distinct rounds of the file; they ascend within a trial. Over trials they do not, as runs may
 * end early or be evaluated at other rounds; marking each in a table of all rounds sorts them in
 * one go. A text that is no number is an error of the file, one that is no round is skipped. */
static enum fray_status collect_rounds(struct rounds *k, const struct fray_rep_csv *csv,
                                       size_t column, struct fray_err *err) {
  bool *seen;
  double round;
  FRAY_ALLOC_ZERO(seen, k->r->arena, MOST_ROUNDS, err);
  for (size_t row = 0; row < csv->n_rows; row++) {
    FRAY_TRY(fray_rep_csv_real(csv, row, column, &round, err));
    if (round >= 0 && round < MOST_ROUNDS && round == floor(round)) {
      k->n += !seen[(size_t)round];
      seen[(size_t)round] = true;
    }
  }
  FRAY_ALLOC(k->round, k->r->arena, k->n + 1, err);
  k->n = 0;
  for (size_t i = 0; i < MOST_ROUNDS; i++)
    if (seen[i])
      k->round[k->n++] = (double)i;
  return FRAY_OK;
}

/* A file without the column of this metric leaves n 0, as if it were not there: the metric was not
 * asked for on dev. Values are NaN where nothing was evaluated, so that seeds of different rounds
 * do not mix. */
static enum fray_status read_values(struct rounds *k, const struct fray_rep_csv *csv,
                                    struct fray_err *err) {
  size_t trial, round, value, hint = 0;
  uint32_t *times;
  FRAY_TRY(fray_rep_csv_need(csv, "trial", &trial, err));
  FRAY_TRY(fray_rep_csv_need(csv, "round", &round, err));
  const char *name = fray_arena_printf(k->r->arena, "dev.%s", k->metric);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  if ((value = fray_rep_csv_find(csv, name)) == csv->n_columns)
    return FRAY_OK;
  FRAY_TRY(collect_rounds(k, csv, round, err));
  FRAY_ALLOC(k->value, k->r->arena, k->n * k->r->n_trials + 1, err);
  FRAY_ALLOC_ZERO(times, k->r->arena, k->n * k->r->n_trials + 1, err);
  for (size_t i = 0; i < k->n * k->r->n_trials; i++)
    k->value[i] = NAN;
  FRAY_ALLOC_ZERO(k->end, k->r->arena, k->r->n_trials + 1, err);
  for (size_t row = 0; row < csv->n_rows; row++) {
    double at, found;
    size_t t = find_trial(k->r, fray_rep_csv_at(csv, row, trial), &hint);
    FRAY_TRY(fray_rep_csv_real(csv, row, round, &at, err));
    size_t place = place_of(k, at);
    if (t >= k->r->n_trials || place == k->n) /* rounds of controls are left out */
      continue;
    FRAY_TRY(fray_rep_csv_real(csv, row, value, &found, err));
    take(&k->value[t * k->n + place], &times[t * k->n + place], found);
    k->end[t] = FRAY_MAX(k->end[t], place + 1);
  }
  return FRAY_OK;
}

/* Nothing (n 0) if the file is not there, or damaged, which the remarks then say: no other number
 * comes from it. */
static enum fray_status read_rounds(struct rounds *k, struct fray_err *err) {
  const struct fray_node *wanted = fray_node_at(k->r->scenario, "training.selection.metric");
  const char *path = fray_arena_printf(k->r->arena, "%s/rounds.csv", k->r->folder);
  struct fray_rep_csv csv;
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  /* The metric that chose the round, whatever the report is about: hollow marks must lie at the
   * best of what is drawn. */
  k->metric = wanted && wanted->scalar ? wanted->scalar : k->r->metrics.v[k->r->main_metric];
  if (!fray_file_exists(path))
    return FRAY_OK;
  struct fray_err complaint = {0};
  enum fray_status status = fray_rep_csv_read(path, k->r->arena, &csv, &complaint);
  if (status == FRAY_OK) {
    status = read_values(k, &csv, &complaint);
    fray_rep_csv_free(&csv);
  }
  /* Only what is wrong with the file ends here; lack of memory goes on as an error. What was read
   * before the damaged row is not shown, or a curve would end where the file does. */
  if (status != FRAY_INPUT && status != FRAY_IO)
    return status == FRAY_OK ? status : fray_fail(err, status, "%s", complaint.text);
  k->n = 0;
  k->r->rounds_complaint = fray_arena_printf(k->r->arena, "%s", complaint.text);
  FRAY_CHECK(k->r->rounds_complaint, err, MEMORY, "out of memory");
  return FRAY_OK;
}

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
static size_t common_end(const struct rounds *k, size_t cell, bool *is_cut) {
  const struct fray_rep_results *r = k->r;
  size_t least = k->n, most = 0;
  for (size_t s = 0; s < r->seeds.n; s++) {
    const size_t t = r->trial_of[cell * r->seeds.n + s];
    if (t >= r->n_trials || r->trial[t].diverged || k->end[t] == 0)
      continue;
    least = FRAY_MIN(least, k->end[t]);
    most = FRAY_MAX(most, k->end[t]);
  }
  *is_cut = *is_cut || least < most;
  return least;
}

/* The curve of a cell, and the round that was selected in each of its trials. At most MOST_POINTS
 * points, taken from the last round backwards, so that the end of training is always drawn, and
 * turned around afterwards. Intervals are of seeds: rounds.csv has no clients. */
static enum fray_status put_curve(struct fray_rep_build *b, struct rounds *k, size_t cell,
                                  struct fray_rep_series *series, struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  size_t n = r->seeds.n, step = k->n / MOST_POINTS + 1, end = common_end(k, cell, &k->is_cut);
  double *v, unit = b->f->percent ? 100 : 1;
  FRAY_ALLOC(v, r->arena, n, err);
  FRAY_ALLOC(series->single, r->arena, n, err);
  for (size_t i = end - 1; i < end; i -= step) { /* the last round is always there */
    for (size_t s = 0; s < n; s++) {
      size_t t = r->trial_of[cell * n + s];
      v[s] = t < r->n_trials ? k->value[t * k->n + i] : NAN;
    }
    fray_rep_build_put(b, series, k->round[i], fray_rep_stat_of_values(v, n, 1), NULL);
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
    size_t place = t < r->n_trials ? place_of(k, best_round(r, t)) : k->n;
    if (place < k->n && !isnan(k->value[t * k->n + place]))
      series->single[series->n_singles++] = (struct fray_rep_point){
          .x = k->round[place], .y = unit * k->value[t * k->n + place], .low = NAN, .high = NAN};
  }
  return FRAY_OK;
}

/* Panels and colours are those of the curves of the clean condition, so that a method looks the
 * same all over the page. Models beyond the limit of a panel are counted out in the caption. */
static enum fray_status put_panels(struct fray_rep_build *b, struct rounds *k,
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
                                     FRAY_MIN(k->n, (size_t)2 * MOST_POINTS), &series, err));
      FRAY_TRY(put_curve(b, k, all->cell_of_series[s], series, err));
    }
  }
  return FRAY_OK;
}

/* One evaluated round is no curve. The axis of the clean condition only lends its series: each is
 * one training. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct rounds k = {.r = r};
  struct fray_rep_axis all;
  struct fray_rep_build b;
  size_t clean = fray_rep_clean_condition(r), metric, drawn = 0;
  FRAY_TRY(read_rounds(&k, err));
  if (k.n < 2 || clean == r->conditions.n)
    return FRAY_OK;
  FRAY_TRY(fray_rep_condition_axis(r, clean, &all, err));
  const char *name = fray_rep_figure_name(r->arena, section, "convergence", 0, "");
  FRAY_TRY(
      fray_rep_build_begin(&b, r, out, FRAY_REP_LINES, name, "Dev score against the round", err));
  metric = fray_rep_name_find(&r->metrics, k.metric);
  const char *title = fray_rep_metric_title(r, k.metric);
  FRAY_CHECK(title, err, MEMORY, "out of memory");
  /* The builder took the main metric; here it is the one of the dev data, which scores.csv may
   * lack. Then its range is not known and it is shown as it is. */
  b.f->percent = metric < r->metrics.n && fray_rep_is_percent(r, metric);
  b.f->x_label = "round";
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
      "The %s on the dev data of the training clients at each evaluated round; hollow marks are "
      "the "
      "rounds whose models were selected, one per seed. The dev data chose the round, so its score "
      "there is too good; take results from the test.%s%s%s",
      title,
      r->folds
          ? " A seed is the mean of its folds, and is marked where all of them selected one round."
          : "",
      k.is_cut ? " Trainings ended by themselves: a curve goes as far as all its seeds." : "",
      fray_rep_left_out(r, all.n_series, drawn, "models"));
}

extern const struct fray_rep_figure_kind fray_rep_figure_convergence;
const struct fray_rep_figure_kind fray_rep_figure_convergence = {
    .key = "convergence",
    .heading = "Training, round by round",
    .meaning = "The dev metric over the rounds, with the selected round of each seed.",
    .make = make,
};
