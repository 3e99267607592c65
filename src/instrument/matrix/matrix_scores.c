/* Numbers that a study wrote down by training: metrics of scores.csv, costs of trials.csv. Their
 * intervals are over trainings alone, and the tables say so: what people would add is not known
 * from one number a training. Two trainings give an interval that says nothing, so three are asked
 * for, as everywhere in the program. */
#include "matrix_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* ---- of a number by training ---- */

/* The status of the interval is the reason of an empty field: "fewer than 3 seeds". */
static struct matrix_number over_trainings(const double *value, size_t n, bool is_share) {
  struct matrix_number out = matrix_nothing;
  double sum = 0;
  for (size_t k = 0; k < n; k++)
    sum += value[k];
  struct fray_interval interval = fray_interval_of_seeds(value, n);
  if (is_share)
    fray_interval_within(0, 1, &interval);
  if (isnan(interval.low)) {
    out.why = interval.status;
    return out;
  }
  out.value = sum / (double)n;
  out.low = interval.low;
  out.high = interval.high;
  out.df = interval.df;
  out.interval = "trainings";
  out.why = "ok";
  return out;
}

/* ---- scores.csv ---- */

/* Which score "NAME" or "NAME=SEVERITY" of results.h5 is; false: the table has none of it. */
static bool find_condition(const struct fray_rep_results *r, const char *condition,
                           struct fray_rep_score *wanted) {
  for (size_t c = 0; c < r->conditions.n; c++) {
    const size_t n = strlen(r->conditions.v[c]);
    if (strncmp(condition, r->conditions.v[c], n) != 0)
      continue;
    wanted->condition = c;
    wanted->severity = NAN;
    if (condition[n] == '\0' ||
        (condition[n] == '=' && fray_rep_parse_real(condition + n + 1, &wanted->severity)))
      return true;
  }
  return false;
}

/* One training without it empties the number: a mean of the others would be of other trainings than
 * the number beside it. One that diverged counts as the constant predictor, which has no value of
 * metrics of probabilities, as in the report. */
enum fray_status matrix_score_of(const struct matrix *m, const struct fray_rep_results *r,
                                 size_t cell, const char *condition, const char *metric,
                                 size_t group, struct matrix_size *size, struct matrix_number *out,
                                 struct fray_err *err) {
  struct fray_rep_score wanted = {.group = group,
                                  .metric = fray_rep_name_find(&r->metrics, metric)};
  double *value;
  size_t n = 0;
  *out = matrix_nothing;
  *size = (struct matrix_size){NAN, NAN};
  out->why = "not measured: evaluate.metrics lacks it";
  if (wanted.metric == r->metrics.n)
    return FRAY_OK;
  out->why = "scores.csv lacks the condition";
  if (!find_condition(r, condition, &wanted))
    return FRAY_OK;
  FRAY_ALLOC(value, m->arena, r->seeds.n + 1, err);
  for (size_t s = 0; s < r->seeds.n; s++) {
    wanted.trial = r->trial_of[cell * r->seeds.n + s];
    if (wanted.trial >= r->n_trials)
      continue;
    const struct fray_rep_score *score = fray_rep_score_like(r, &wanted);
    if (score) {
      size->samples = fmin(size->samples, score->n);
      size->people = fmin(size->people, score->clusters);
    }
    if (r->trial[wanted.trial].diverged) {
      value[n] = fray_pooled_chance(r, &wanted);
      n += isnan(value[n]) ? 0 : 1;
      continue;
    }
    if (score && isnan(score->value))
      out->why = r->statuses.v[score->status];
    if (!score || isnan(score->value))
      return FRAY_OK;
    value[n++] = score->value;
  }
  *out = over_trainings(value, n, fray_rep_is_percent(r, wanted.metric));
  return FRAY_OK;
}

/* Of everybody. */
enum fray_status matrix_score(const struct matrix *m, const struct fray_rep_results *r, size_t cell,
                              const char *condition, const char *metric, struct matrix_number *out,
                              struct fray_err *err) {
  struct matrix_size size;
  return matrix_score_of(m, r, cell, condition, metric, FRAY_REP_ALL, &size, out, err);
}

/* ---- trials.csv ---- */

/* NaN as soon as one of its columns is not known. */
static enum fray_status cost_of_training(const struct fray_rep_results *r, size_t trial,
                                         const char *const cost[2], double *sum,
                                         struct fray_err *err) {
  const struct fray_rep_csv *csv = &r->trials_csv;
  size_t row = 0;
  while (row < csv->n_rows && csv->line[row] != r->trial[trial].line)
    row++;
  *sum = row < csv->n_rows ? 0 : (double)NAN;
  for (size_t k = 0; k < 2 && cost[k] && row < csv->n_rows; k++) {
    const size_t column = fray_rep_csv_find(csv, cost[k]);
    double one = NAN;
    if (column < csv->n_columns)
      FRAY_TRY(fray_rep_csv_real(csv, row, column, &one, err));
    *sum += one;
  }
  return FRAY_OK;
}

/* Folds are trainings each: their mean is the cost of one, as in the report. */
static enum fray_status cost_of(const struct fray_rep_results *r, size_t trial,
                                const char *const cost[2], double *value, struct fray_err *err) {
  const struct fray_rep_trial *t = &r->trial[trial];
  double sum = 0;
  if (t->n_parts == 0)
    return cost_of_training(r, trial, cost, value, err);
  for (size_t p = 0; p < t->n_parts; p++) {
    double one;
    FRAY_TRY(cost_of_training(r->folds, t->part[p], cost, &one, err));
    sum += one;
  }
  *value = sum / (double)t->n_parts;
  return FRAY_OK;
}

/* Under every condition the same: what a training cost does not know what is asked later. Those
 * that diverged are cut off, and would make what fails look cheap. */
enum fray_status matrix_cost(const struct matrix *m, const struct fray_rep_results *r, size_t cell,
                             const char *const cost[2], struct matrix_number *out,
                             struct fray_err *err) {
  double *value;
  size_t n = 0;
  *out = matrix_nothing;
  FRAY_ALLOC(value, m->arena, r->seeds.n + 1, err);
  for (size_t s = 0; s < r->seeds.n; s++) {
    const size_t t = r->trial_of[cell * r->seeds.n + s];
    if (t >= r->n_trials || r->trial[t].n_diverged)
      continue;
    FRAY_TRY(cost_of(r, t, cost, &value[n], err));
    out->why = "trials.csv does not say it of every training";
    if (isnan(value[n]))
      return FRAY_OK;
    n++;
  }
  *out = over_trainings(value, n, false);
  return FRAY_OK;
}
