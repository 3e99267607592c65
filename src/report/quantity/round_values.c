/* rounds.csv as the report reads it: for curves of training, and for when a score was reached. Two
 * readers of one file would come to differ in which rows they believe. */
#include "round_values.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Rounds beyond are left out: it bounds memory whatever the file says. */
enum { MOST_ROUNDS = 100000 };

/* The rows of a trial lie together, so the search begins where the last one ended; it goes around,
 * as the order of files is not promised. Names are unique among trials. */
size_t fray_rep_trial_named(const struct fray_rep_results *r, const char *name, size_t *hint) {
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
size_t fray_rep_rounds_place(const struct fray_rep_rounds *k, double round) {
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
static enum fray_status collect_rounds(struct fray_rep_results *r, struct fray_rep_rounds *k,
                                       const struct fray_rep_csv *csv, size_t column,
                                       struct fray_err *err) {
  bool *seen;
  double round;
  FRAY_ALLOC_ZERO(seen, r->arena, MOST_ROUNDS, err);
  for (size_t row = 0; row < csv->n_rows; row++) {
    FRAY_TRY(fray_rep_csv_real(csv, row, column, &round, err));
    if (round >= 0 && round < MOST_ROUNDS && round == floor(round)) {
      k->n += !seen[(size_t)round];
      seen[(size_t)round] = true;
    }
  }
  FRAY_ALLOC(k->round, r->arena, k->n + 1, err);
  k->n = 0;
  for (size_t i = 0; i < MOST_ROUNDS; i++)
    if (seen[i])
      k->round[k->n++] = (double)i;
  return FRAY_OK;
}

/* A file without the column of this metric leaves n 0, as if it were not there: the metric was not
 * asked for on dev. Values are NaN where nothing was evaluated, so that seeds of different rounds
 * do not mix. The clock is that of whoever simulated one. */
static enum fray_status read_values(struct fray_rep_results *r, struct fray_rep_rounds *k,
                                    const struct fray_rep_csv *csv, struct fray_err *err) {
  size_t trial, round, value, hint = 0;
  const size_t clock = fray_rep_csv_find(csv, "clock");
  uint32_t *times, *ticks;
  bool any = false;
  FRAY_TRY(fray_rep_csv_need(csv, "trial", &trial, err));
  FRAY_TRY(fray_rep_csv_need(csv, "round", &round, err));
  const char *name = fray_arena_printf(r->arena, "dev.%s", k->metric);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  if ((value = fray_rep_csv_find(csv, name)) == csv->n_columns)
    return FRAY_OK;
  FRAY_TRY(collect_rounds(r, k, csv, round, err));
  FRAY_ALLOC(k->value, r->arena, k->n * r->n_trials + 1, err);
  FRAY_ALLOC(k->clock, r->arena, k->n * r->n_trials + 1, err);
  FRAY_ALLOC_ZERO(times, r->arena, k->n * r->n_trials + 1, err);
  FRAY_ALLOC_ZERO(ticks, r->arena, k->n * r->n_trials + 1, err);
  for (size_t i = 0; i < k->n * r->n_trials; i++)
    k->value[i] = k->clock[i] = NAN;
  FRAY_ALLOC_ZERO(k->end, r->arena, r->n_trials + 1, err);
  for (size_t row = 0; row < csv->n_rows; row++) {
    double at, found, tick = NAN;
    size_t t = fray_rep_trial_named(r, fray_rep_csv_at(csv, row, trial), &hint);
    FRAY_TRY(fray_rep_csv_real(csv, row, round, &at, err));
    size_t place = fray_rep_rounds_place(k, at);
    if (t >= r->n_trials || place == k->n) /* rounds of controls are left out */
      continue;
    FRAY_TRY(fray_rep_csv_real(csv, row, value, &found, err));
    if (clock < csv->n_columns)
      FRAY_TRY(fray_rep_csv_real(csv, row, clock, &tick, err));
    any = any || !isnan(tick);
    take(&k->value[t * k->n + place], &times[t * k->n + place], found);
    take(&k->clock[t * k->n + place], &ticks[t * k->n + place], tick);
    k->end[t] = FRAY_MAX(k->end[t], place + 1);
  }
  k->clock = any ? k->clock : NULL;
  return FRAY_OK;
}

/* Nothing (n 0) if the file is not there, or damaged, which the remarks then say: no other number
 * comes from it. */
enum fray_status fray_rep_rounds_read(struct fray_rep_results *r, struct fray_rep_rounds *out,
                                      struct fray_err *err) {
  const struct fray_node *wanted = fray_node_at(r->scenario, "training.selection.metric");
  const char *path = fray_arena_printf(r->arena, "%s/rounds.csv", r->folder);
  struct fray_rep_csv csv;
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  /* The metric that chose the round: hollow marks must lie at the best of what is drawn. */
  *out = (struct fray_rep_rounds){
      .metric = wanted && wanted->scalar ? wanted->scalar : r->metrics.v[r->main_metric]};
  if (!fray_file_exists(path))
    return FRAY_OK;
  struct fray_err complaint = {0};
  enum fray_status status = fray_rep_csv_read(path, r->arena, &csv, &complaint);
  if (status == FRAY_OK) {
    status = read_values(r, out, &csv, &complaint);
    fray_rep_csv_free(&csv);
  }
  /* Only what is wrong with the file ends here; lack of memory goes on as an error. What was read
   * before the damaged row is not shown, or a curve would end where the file does. */
  if (status != FRAY_INPUT && status != FRAY_IO)
    return status == FRAY_OK ? status : fray_fail(err, status, "%s", complaint.text);
  out->n = 0;
  r->rounds_complaint = fray_arena_printf(r->arena, "%s", complaint.text);
  FRAY_CHECK(r->rounds_complaint, err, MEMORY, "out of memory");
  return FRAY_OK;
}
