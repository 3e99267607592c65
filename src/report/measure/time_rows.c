/* The rows of a catalogue that say when a score was reached on the dev data. */
#include "time_rows.h"

#include "report/quantity/round_values.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Scores that a report is asked for, at most so many, lest a table of times hide all others; what
 * is no number was refused when the study was read. */
enum { MOST_TARGETS = 16 };

/* One score or a list of them, as the section reads both. */
static size_t targets_of(const struct fray_rep_results *r, double target[MOST_TARGETS]) {
  const struct fray_node *node = fray_node_at(r->scenario, "report.reach");
  size_t n = 0;
  if (node && node->kind == FRAY_NODE_SCALAR)
    return fray_node_real(node, &target[0]) ? 1 : 0;
  for (const struct fray_node *v = node ? node->child : NULL; v && n < MOST_TARGETS; v = v->next)
    n += fray_node_real(v, &target[n]);
  return n;
}

/* Evaluated rounds alone are seen: with evaluate.every 5 the true one may lie four rounds before.
 *
 * Place of the first round whose score is good enough; k->n: none is, it is censored. */
static size_t first_at(const struct fray_rep_rounds *k, size_t trial, double target, bool higher) {
  size_t i = 0;
  for (; i < k->n; i++) {
    const double value = k->value[trial * k->n + i];
    if (higher ? value >= target : value <= target) /* false of a NaN */
      break;
  }
  return i;
}

/* One row of a cell: rounds or seconds of all its trainings.
 * Trainings that diverged count as those that never reach it, if they were evaluated at all.
 * Intervals are over seeds, as rounds.csv has no clients; below three there is none. */
static enum fray_status add_row(struct fray_rep_maker *k, const struct fray_rep_rounds *rounds,
                                enum fray_rep_entry_kind kind, size_t cell, double target,
                                struct fray_err *err) {
  struct fray_rep_results *r = k->r;
  const bool higher = fray_rep_higher_is_better(rounds->metric);
  struct fray_rep_entry *v;
  size_t n = 0, never = 0;
  double *value;
  FRAY_ALLOC(value, r->arena, r->seeds.n + 1, err);
  for (size_t s = 0; s < r->seeds.n; s++) {
    const size_t t = r->trial_of[cell * r->seeds.n + s];
    if (t >= r->n_trials || rounds->end[t] == 0)
      continue;
    const size_t i = first_at(rounds, t, target, higher);
    const double *of = kind == FRAY_REP_SECONDS_TO ? rounds->clock : NULL;
    never += i == rounds->n;
    value[n++] = i == rounds->n ? NAN : of ? of[t * rounds->n + i] : rounds->round[i];
  }
  if (n == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_add_entry(k, kind, cell, cell, &v, err));
  v->severity = target;
  v->condition = "dev";
  v->metric = fray_rep_name_find(&r->metrics, rounds->metric);
  const struct fray_rep_stat stat = fray_rep_stat_of_values(value, n, 1);
  v->e = (struct fray_rep_estimate){.value = stat.mean,
                                    .interval = stat.interval,
                                    .p = NAN,
                                    .n_seeds = n,
                                    .status = stat.interval.status};
  /* Its interval goes as well: it would be one of those that did. */
  if (never == 0)
    return FRAY_OK;
  v->e.value = v->e.interval.low = v->e.interval.high = NAN;
  v->e.interval.kind = FRAY_INTERVAL_NONE;
  v->e.status = fray_arena_printf(r->arena, "never reached in %zu of %zu trainings", never, n);
  FRAY_CHECK(v->e.status, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Off the axes: when a model learnt says nothing about the damage of its test data. */
enum fray_status fray_rep_add_times(struct fray_rep_maker *k, struct fray_err *err) {
  double target[MOST_TARGETS];
  const size_t n = targets_of(k->r, target);
  struct fray_rep_rounds rounds;
  if (n == 0 || k->samples != FRAY_REP_TEST) /* once: dev data have no scope */
    return FRAY_OK;
  FRAY_TRY(fray_rep_rounds_read(k->r, &rounds, err));
  if (rounds.n == 0 || fray_rep_name_find(&k->r->metrics, rounds.metric) == k->r->metrics.n)
    return FRAY_OK;
  k->axis = k->out->n_axes;
  for (size_t cell = 0; cell < k->r->n_cells; cell++)
    for (size_t i = 0; i < n; i++) {
      FRAY_TRY(add_row(k, &rounds, FRAY_REP_ROUNDS_TO, cell, target[i], err));
      if (rounds.clock)
        FRAY_TRY(add_row(k, &rounds, FRAY_REP_SECONDS_TO, cell, target[i], err));
    }
  return FRAY_OK;
}
