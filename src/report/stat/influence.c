/* Whose updates a rule took, from influence.csv, and what honest clients had to bear beside others.
 *
 * No quantities: a training says exactly what became of its updates, and only from seed to seed it
 * scatters. Intervals are of the seeds alone, and know nothing of other clients. */
#include "influence.h"

#include "path.h"
#include "verdict.h"

#include "report/quantity/round_values.h"
#include "report/words/names.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/metric/metric.h"
#include "fray/metric/resample.h"

#include <math.h>
#include <string.h>

/* Of more values of its columns a file would be read for nothing: nobody looks at so many bars. */
enum { MOST_KINDS = 256 };

struct places {
  size_t trial, of, value, clients, updates, taken[FRAY_REP_N_TAKEN];
};

size_t fray_rep_influence_find(const struct fray_rep_influence *in, const char *of,
                               const char *value) {
  size_t k = 0;
  while (k < in->n && (strcmp(in->of[k], of) != 0 || strcmp(in->value[k], value) != 0))
    k++;
  return k;
}

/* All columns are needed: a file that lacks one is no influence.csv of any program. */
static enum fray_status find_places(const struct fray_rep_csv *csv, struct places *p,
                                    struct fray_err *err) {
  FRAY_TRY(fray_rep_csv_need(csv, "trial", &p->trial, err));
  FRAY_TRY(fray_rep_csv_need(csv, "of", &p->of, err));
  FRAY_TRY(fray_rep_csv_need(csv, "value", &p->value, err));
  FRAY_TRY(fray_rep_csv_need(csv, "clients", &p->clients, err));
  FRAY_TRY(fray_rep_csv_need(csv, "updates", &p->updates, err));
  FRAY_TRY(fray_rep_csv_need(csv, "rejected", &p->taken[FRAY_REP_REJECTED], err));
  FRAY_TRY(fray_rep_csv_need(csv, "halved", &p->taken[FRAY_REP_HALVED], err));
  return fray_rep_csv_need(csv, "influence", &p->taken[FRAY_REP_PART], err);
}

/* In the order of the file: honest clients, attackers, damage, then the columns. */
static enum fray_status find_kinds(struct fray_rep_influence *in, const struct fray_rep_csv *csv,
                                   const struct places *p, struct fray_err *err) {
  struct fray_arena *arena = in->r->arena;
  FRAY_ALLOC(in->of, arena, MOST_KINDS, err);
  FRAY_ALLOC(in->value, arena, MOST_KINDS, err);
  FRAY_ALLOC(in->honest, arena, MOST_KINDS, err);
  for (size_t row = 0; row < csv->n_rows && in->n < MOST_KINDS; row++) {
    const char *of = fray_rep_csv_at(csv, row, p->of), *value = fray_rep_csv_at(csv, row, p->value);
    if (fray_rep_influence_find(in, of, value) < in->n)
      continue;
    /* The fields end with the table, which is freed once it was read. */
    in->of[in->n] = fray_arena_strdup(arena, of);
    in->value[in->n] = fray_arena_strdup(arena, value);
    FRAY_CHECK(in->of[in->n] && in->value[in->n], err, MEMORY, "out of memory");
    /* All rows but this one are of honest clients. */
    in->honest[in->n] = strcmp(of, "clients") != 0 || strcmp(value, "attackers") != 0;
    in->n++;
  }
  return FRAY_OK;
}

/* Sums over folds weigh each update alike, as the row of one training does. A control may be the
 * same training as a trial, and have its rows once more: they are not added. */
static enum fray_status take(struct fray_rep_influence *in, const struct fray_rep_csv *csv,
                             const struct places *p, size_t row, size_t *hint,
                             struct fray_err *err) {
  const size_t k = fray_rep_influence_find(in, fray_rep_csv_at(csv, row, p->of),
                                           fray_rep_csv_at(csv, row, p->value)),
               t = fray_rep_trial_named(in->r, fray_rep_csv_at(csv, row, p->trial), hint);
  double clients, updates, taken[FRAY_REP_N_TAKEN];
  if (k == in->n || t == in->r->n_trials)
    return FRAY_OK;
  const size_t at = k * in->r->n_trials + t;
  /* A kind with no update is no row: a share of nothing is not 0. */
  FRAY_TRY(fray_rep_csv_real(csv, row, p->clients, &clients, err));
  FRAY_TRY(fray_rep_csv_real(csv, row, p->updates, &updates, err));
  FRAY_CHECK(clients > 0 && updates > 0, err, INPUT,
             "%s, line %zu: clients and updates must be above 0", csv->path, csv->line[row]);
  for (size_t i = 0; i < FRAY_REP_N_TAKEN; i++) {
    FRAY_TRY(fray_rep_csv_real(csv, row, p->taken[i], &taken[i], err));
    FRAY_CHECK(i == FRAY_REP_PART || (taken[i] >= 0 && taken[i] <= 1), err, INPUT,
               "%s, line %zu: %s is no share of updates", csv->path, csv->line[row],
               csv->column[p->taken[i]]);
  }
  const bool pools = in->r->trial[t].n_parts > 0 && !isnan(in->updates[at]);
  const double before = pools ? in->updates[at] : 0;
  for (size_t i = 0; i < FRAY_REP_N_TAKEN; i++) {
    double *v = &in->taken[at * FRAY_REP_N_TAKEN + i];
    *v = ((before > 0 ? before * *v : 0) + updates * taken[i]) / (before + updates);
  }
  in->updates[at] = before + updates;
  in->clients[at] = (before > 0 ? in->clients[at] : 0) + clients;
  return FRAY_OK;
}

/* NaN stands where a trial has no row of a kind: a mean over seeds leaves those out, and a cell
 * without any has no number. */
static enum fray_status read_rows(struct fray_rep_influence *in, const struct fray_rep_csv *csv,
                                  struct fray_err *err) {
  const size_t trials = in->r->n_trials;
  size_t hint = 0;
  struct places p;
  FRAY_TRY(find_places(csv, &p, err));
  FRAY_TRY(find_kinds(in, csv, &p, err));
  FRAY_ALLOC(in->clients, in->r->arena, in->n * trials + 1, err);
  FRAY_ALLOC(in->updates, in->r->arena, in->n * trials + 1, err);
  FRAY_ALLOC(in->taken, in->r->arena, in->n * trials * FRAY_REP_N_TAKEN + 1, err);
  for (size_t i = 0; i < in->n * trials; i++)
    in->clients[i] = in->updates[i] = NAN;
  for (size_t i = 0; i < in->n * trials * FRAY_REP_N_TAKEN; i++)
    in->taken[i] = NAN;
  for (size_t row = 0; row < csv->n_rows; row++)
    FRAY_TRY(take(in, csv, &p, row, &hint, err));
  return FRAY_OK;
}

/* As the other tables call the models. Any condition has all of them for series. */
static enum fray_status name_models(struct fray_rep_influence *in, struct fray_err *err) {
  struct fray_rep_results *r = in->r;
  struct fray_rep_axis all;
  const size_t clean = fray_rep_clean_condition(r);
  FRAY_ALLOC(in->model, r->arena, r->n_cells + 1, err);
  for (size_t c = 0; c < r->n_cells; c++)
    in->model[c] = "the rule";
  if (r->conditions.n == 0 || r->n_cells < 2)
    return FRAY_OK;
  FRAY_TRY(fray_rep_condition_axis(r, clean < r->conditions.n ? clean : 0, &all, err));
  for (size_t c = 0; c < r->n_cells && all.n_series > 1; c++)
    in->model[c] = all.full[all.series_of_cell[c]];
  return FRAY_OK;
}

/* Without the file no rule looked at single updates. A damaged one ends the report: it is written
 * only where it says something. */
enum fray_status fray_rep_influence_read(struct fray_rep_results *r, struct fray_rep_influence *out,
                                         struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/influence.csv", r->folder);
  struct fray_rep_csv csv;
  *out = (struct fray_rep_influence){.r = r};
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, r->arena, &csv, err));
  const enum fray_status status = read_rows(out, &csv, err);
  fray_rep_csv_free(&csv);
  if (status == FRAY_OK && out->n)
    return name_models(out, err);
  return status;
}

/* What of a seed enters a mean. Trials are found through the cell, as in every grid of scores, so
 * that a seed that is missing is missing in both halves of a difference.
 * NaN: this seed was not trained, or has nobody of that kind. */
static double value_of(const struct fray_rep_influence *in, size_t cell, size_t seed, size_t kind,
                       enum fray_rep_taken taken) {
  const size_t t = in->r->trial_of[cell * in->r->seeds.n + seed];
  if (t >= in->r->n_trials || kind >= in->n)
    return NAN;
  return in->taken[(kind * in->r->n_trials + t) * FRAY_REP_N_TAKEN + taken];
}

/* Values of the seeds, in no more memory than a study has seeds; of a study of many hundreds the
 * first ones would do. */
enum { MOST_SEEDS = 1024 };

struct fray_rep_stat fray_rep_influence_of(const struct fray_rep_influence *in, size_t cell,
                                           size_t kind, enum fray_rep_taken taken) {
  double v[MOST_SEEDS];
  const size_t n = FRAY_MIN(in->r->seeds.n, (size_t)MOST_SEEDS);
  for (size_t s = 0; s < n; s++)
    v[s] = value_of(in, cell, s, kind, taken);
  struct fray_rep_stat stat = fray_rep_stat_of_values(v, n, 1);
  stat.p = NAN; /* that nobody is rejected is no question: the rule is made to reject */
  if (taken != FRAY_REP_PART)
    fray_rep_keep_share(&stat);
  return stat;
}

/* The finest step of a share in this seed: one update of whichever of the two has fewer. */
static double step_of(const struct fray_rep_influence *in, size_t cell, size_t seed, size_t kind,
                      size_t other) {
  const size_t n = in->r->n_trials, t = in->r->trial_of[cell * in->r->seeds.n + seed];
  /* Both are there: the caller saw a difference of them in this seed. */
  return 1 / fmin(in->updates[kind * n + t], in->updates[other * n + t]);
}

/* The interval of seeds with the error that it has at least. */
static void widen(struct fray_rep_stat *s, double error) {
  if (s->interval.kind == FRAY_INTERVAL_NONE || s->interval.error >= error)
    return;
  const double t = fray_student_t(0.975, s->interval.df);
  s->interval.error = error;
  s->low = s->interval.low = s->mean - t * error;
  s->high = s->interval.high = s->mean + t * error;
  s->p = fray_p_value(s->mean, &s->interval, NULL, 0);
}

/* Krum may reject all of one kind in each of three seeds of a single round, and would in one case
 * of five if it drew at random: a difference without any scatter is no proof. */
struct fray_rep_stat fray_rep_influence_less(const struct fray_rep_influence *in, size_t cell,
                                             size_t kind, size_t other, enum fray_rep_taken taken) {
  double v[MOST_SEEDS], step = 0;
  const size_t n = FRAY_MIN(in->r->seeds.n, (size_t)MOST_SEEDS);
  for (size_t s = 0; s < n; s++) {
    v[s] = value_of(in, cell, s, kind, taken) - value_of(in, cell, s, other, taken);
    if (!isnan(v[s]))
      step = fmax(step, step_of(in, cell, s, kind, other));
  }
  struct fray_rep_stat stat = fray_rep_stat_of_values(v, n, 1);
  /* The same in every seed, as from a rule that rejects nobody: no data could tell them apart. */
  const bool same = stat.interval.kind != FRAY_INTERVAL_NONE && isnan(stat.p);
  if (taken != FRAY_REP_PART && !same)
    widen(&stat, step / sqrt((double)FRAY_MAX(stat.n, (size_t)1)));
  else if (stat.interval.kind != FRAY_INTERVAL_NONE && stat.interval.error < 1e-12)
    stat.p = NAN;
  if (taken != FRAY_REP_PART)
    fray_rep_keep_difference(&stat, 1);
  return stat;
}

const char *fray_rep_influence_title(const struct fray_rep_influence *in, size_t kind) {
  const char *of = in->of[kind], *value = in->value[kind];
  if (strcmp(of, "clients") == 0)
    return in->honest[kind] ? "honest clients" : "attackers";
  if (strcmp(of, "damage") == 0)
    return strcmp(value, "with") == 0 ? "honest clients with damaged training data"
                                      : "honest clients with undamaged training data";
  const char *column = fray_rep_column_title(in->r, of),
             *group = fray_rep_group_title(in->r, of, value);
  return column && group ? fray_arena_printf(in->r->arena, "%s %s", column, group) : NULL;
}

/* ---- what honest clients bore ---- */

/* A group beside which there is no other of its column is all of the clients. */
static bool is_lone(const struct fray_rep_influence *in, size_t kind) {
  size_t alike = 0;
  for (size_t k = 0; k < in->n; k++)
    alike += strcmp(in->of[k], in->of[kind]) == 0;
  return alike < 2;
}

/* The one that a kind is held against; n: it is none of those that are. Groups are held against all
 * honest clients, themselves among them: with two groups each says what the other one does. */
static size_t other_of(const struct fray_rep_influence *in, size_t kind) {
  if (strcmp(in->of[kind], "damage") == 0)
    return strcmp(in->value[kind], "with") == 0 ? fray_rep_influence_find(in, "damage", "without")
                                                : in->n;
  if (strcmp(in->of[kind], "clients") == 0 || is_lone(in, kind))
    return in->n;
  return fray_rep_influence_find(in, "clients", "honest");
}

/* Six families: three measures, each of damage and of groups. Groups are many, and would hide what
 * damage resolves; the measures are asked one at a time. */
static enum fray_status adjust(struct fray_rep_results *r, struct fray_rep_borne *v, size_t n,
                               struct fray_err *err) {
  double **p;
  FRAY_ALLOC(p, r->arena, n + 1, err);
  for (int taken = 0; taken < FRAY_REP_N_TAKEN; taken++)
    for (int of_groups = 0; of_groups < 2; of_groups++) {
      size_t members = 0;
      for (size_t i = 0; i < n; i++)
        if ((int)v[i].taken == taken && (int)v[i].of_groups == of_groups)
          p[members++] = &v[i].less.p;
      FRAY_TRY(fray_rep_adjust(r, p, members, err));
    }
  return FRAY_OK;
}

/* Rows without a seed that has both are left out: in that model nobody is of one of the kinds. */
enum fray_status fray_rep_influence_borne(const struct fray_rep_influence *in,
                                          struct fray_rep_borne **out, size_t *n,
                                          struct fray_err *err) {
  struct fray_rep_results *r = in->r;
  *n = 0;
  FRAY_ALLOC(*out, r->arena, r->n_cells * in->n * FRAY_REP_N_TAKEN + 1, err);
  for (size_t cell = 0; cell < r->n_cells; cell++)
    for (size_t k = 0; k < in->n; k++) {
      const size_t other = other_of(in, k);
      for (int taken = 0; taken < FRAY_REP_N_TAKEN && other < in->n; taken++) {
        struct fray_rep_borne *v = &(*out)[*n];
        *v = (struct fray_rep_borne){.cell = cell,
                                     .kind = k,
                                     .other = other,
                                     .of_groups = strcmp(in->of[k], "damage") != 0,
                                     .taken = (enum fray_rep_taken)taken};
        v->a = fray_rep_influence_of(in, cell, k, v->taken);
        v->b = fray_rep_influence_of(in, cell, other, v->taken);
        v->less = fray_rep_influence_less(in, cell, k, other, v->taken);
        v->p = v->less.p; /* before the families are made of it */
        *n += v->less.n > 0;
      }
    }
  return adjust(r, *out, *n, err);
}
