/* What models cost to train, from trials.csv, and which are worth it, from quantities.
 *
 * Prices are counted and not sampled, so they have no interval; scores do, and only what theirs
 * resolve is said of the front. */
#include "prices.h"

#include "report/stat/path.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>

/* Down and up are added: what limits a link differs from fleet to fleet, and trials.csv has both.
 */
const struct fray_rep_price_kind fray_rep_price_kinds[FRAY_REP_PRICES] = {
    [FRAY_REP_BYTES] = {"bytes", "bytes sent", "B", {"bytes_down", "bytes_up"}},
    [FRAY_REP_FLOPS] = {"flops", "operations of clients", "FLOP", {"flops", NULL}},
    [FRAY_REP_SIMULATED] = {"simulated", "simulated time", "s", {"sim_seconds", NULL}},
};

/* A field of the training's own row; the line of the file tells which it is, since other rows may
 * be of controls. An older file has no such column. */
static double field_of(const struct fray_rep_results *r, size_t trial, const char *name) {
  const struct fray_rep_csv *csv = &r->trials_csv;
  const size_t column = fray_rep_csv_find(csv, name);
  double value;
  for (size_t row = 0; column < csv->n_columns && row < csv->n_rows; row++)
    if (csv->line[row] == r->trial[trial].line &&
        fray_rep_parse_real(fray_rep_csv_at(csv, row, column), &value))
      return value;
  return NAN;
}

/* NaN as soon as one of its columns is not known: half a price is none. */
static double price_of_training(const struct fray_rep_results *r, size_t trial,
                                const struct fray_rep_price_kind *kind) {
  double sum = field_of(r, trial, kind->column[0]);
  if (kind->column[1])
    sum += field_of(r, trial, kind->column[1]);
  return sum;
}

/* Folds are trainings each: their mean is the price of one, as it is without folds. */
static double price_of_trial(const struct fray_rep_results *r, size_t trial,
                             const struct fray_rep_price_kind *kind) {
  const struct fray_rep_trial *t = &r->trial[trial];
  double sum = 0;
  if (t->n_parts == 0)
    return price_of_training(r, trial, kind);
  for (size_t p = 0; p < t->n_parts; p++)
    sum += price_of_training(r->folds, t->part[p], kind);
  return sum / (double)t->n_parts;
}

/* Trainings may cost differently, as they may end by themselves. Those that diverged are cut off,
 * and would make what fails look cheap. One that does not know its costs makes the sum NaN, as a
 * mean of the others would be of other seeds than the score. */
double fray_rep_price_of(const struct fray_rep_results *r, size_t cell, enum fray_rep_price price) {
  double sum = 0;
  size_t n = 0;
  for (size_t s = 0; s < r->seeds.n; s++) {
    const size_t t = r->trial_of[cell * r->seeds.n + s];
    if (t >= r->n_trials || r->trial[t].n_diverged)
      continue;
    sum += price_of_trial(r, t, &fray_rep_price_kinds[price]);
    n++;
  }
  return n ? sum / (double)n : NAN;
}

/* All pairs are one family: a front is a statement about all of them. */
static enum fray_status compare_all(struct fray_rep_results *r, const struct fray_rep_address *at,
                                    struct fray_rep_contest *c, struct fray_err *err) {
  static const double less[2] = {1, -1}; /* a less b, seed by seed and client by client */
  const bool higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  struct fray_rep_stat *pair;
  double **p;
  size_t k = 0;
  FRAY_ALLOC(pair, r->arena, c->n * c->n + 1, err);
  FRAY_ALLOC(p, r->arena, c->n * c->n + 1, err);
  for (size_t a = 0; a < c->n; a++)
    for (size_t b = a + 1; b < c->n; b++) {
      const struct fray_rep_address both[2] = {at[a], at[b]};
      FRAY_TRY(fray_rep_sum_stat(r, both, less, 2, &pair[k], err));
      p[k] = &pair[k].p;
      k++;
    }
  FRAY_TRY(fray_rep_adjust(r, p, k, err));
  k = 0;
  for (size_t a = 0; a < c->n; a++)
    for (size_t b = a + 1; b < c->n; b++, k++) {
      const int sign = fray_rep_resolved(&pair[k]) * (higher ? 1 : -1);
      c->better[a * c->n + b] = sign;
      c->better[b * c->n + a] = -sign;
    }
  return FRAY_OK;
}

/* Scores are remembered by the store; the same contest is asked for by figure and table. */
enum fray_status fray_rep_contest_of(struct fray_rep_results *r,
                                     const struct fray_rep_models *models, size_t condition,
                                     double severity, struct fray_rep_contest *out,
                                     struct fray_err *err) {
  struct fray_rep_address *at;
  *out = (struct fray_rep_contest){.n = models->n};
  FRAY_ALLOC(at, r->arena, models->n + 1, err);
  FRAY_ALLOC_ZERO(out->score, r->arena, models->n + 1, err);
  FRAY_ALLOC_ZERO(out->better, r->arena, models->n * models->n + 1, err);
  for (size_t i = 0; i < models->n; i++) {
    const struct fray_rep_quantity *q;
    at[i] = fray_rep_main_score(r, models->cell[i], condition, severity);
    FRAY_TRY(fray_rep_find_quantity(r, &at[i], &q, err));
    out->score[i] = fray_rep_stat_of(r, q);
  }
  return compare_all(r, at, out, err);
}

/* Beaten by one is beaten, whatever is open beside; so the loop ends there and nowhere else. A
 * rival whose price is not known cannot beat, but it can leave the front open. */
enum fray_rep_standing fray_rep_standing_of(const struct fray_rep_contest *c, const double *price,
                                            size_t model) {
  enum fray_rep_standing standing = FRAY_REP_ON_FRONT;
  if (isnan(price[model]) || c->score[model].n == 0 || isnan(c->score[model].mean))
    return FRAY_REP_NOT_RESOLVED;
  for (size_t i = 0; i < c->n; i++) {
    if (i == model || price[i] > price[model])
      continue;
    const int better = c->better[model * c->n + i];
    if (better < 0 && price[i] <= price[model])
      return FRAY_REP_BEATEN;
    if (better == 0) /* or its price is not known: it may be a rival */
      standing = FRAY_REP_NOT_RESOLVED;
  }
  return standing;
}

/* 999.5 and not 1000: what would be written with three digits as 1000 is one of the next power. */
double fray_rep_price_power(double value, const char **prefix) {
  static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
  double power = 1;
  size_t k = 0;
  for (; value / power >= 999.5 && k + 1 < FRAY_COUNT(prefixes); k++)
    power *= 1000;
  *prefix = prefixes[k];
  return power;
}

const char *fray_rep_price_text(double value, const char *unit, char out[48]) {
  const char *prefix;
  const double power = fray_rep_price_power(value, &prefix);
  snprintf(out, 48, "%.3g %s%s", value / power, prefix, unit);
  return out;
}
