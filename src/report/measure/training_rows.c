/* The rows of a catalogue that are of trainings and not of their test scores: when a score was
 * reached on the dev data, and what models tell of who was in their training. */
#include "training_rows.h"

#include "report/quantity/round_values.h"
#include "report/stat/leak.h"

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

/* ---- who was in the training ---- */

/* A row off the axes; the group says which training samples, and the condition which attack. */
static enum fray_status add_leak(struct fray_rep_maker *k, enum fray_rep_entry_kind kind,
                                 size_t cell, const char *group, const char *attack,
                                 const struct fray_rep_stat *s, struct fray_rep_entry **out,
                                 struct fray_err *err) {
  FRAY_TRY(fray_rep_add_entry(k, kind, cell, cell, out, err));
  (*out)->group = group;
  (*out)->condition = attack;
  (*out)->e = (struct fray_rep_estimate){.value = s->mean,
                                         .interval = s->interval,
                                         .p = s->p,
                                         .n_seeds = s->n,
                                         .status = s->interval.status};
  return FRAY_OK;
}

/* Areas and rates as the attacks give them; of what is not there no row. */
static enum fray_status add_numbers(struct fray_rep_maker *k, const struct fray_rep_leak *leak,
                                    size_t cell, size_t attack, size_t group,
                                    struct fray_err *err) {
  for (int i = 0; i < FRAY_REP_N_LEAKS; i++) {
    const enum fray_rep_leak_number number = (enum fray_rep_leak_number)i;
    struct fray_rep_stat s = fray_rep_leak_of(leak, cell, attack, group, number);
    struct fray_rep_entry *v;
    if (s.n == 0)
      continue;
    fray_rep_clip(&s); /* shares: an interval ends where they do */
    s.interval.low = s.low;
    s.interval.high = s.high;
    FRAY_TRY(add_leak(
        k, number == FRAY_REP_LEAK_AREA ? FRAY_REP_MEMBERSHIP_AUC : FRAY_REP_MEMBERSHIP_TPR, cell,
        leak->group[group], leak->attack[attack], &s, &v, err));
    v->severity = fray_rep_leak_rate(number);
  }
  return FRAY_OK;
}

/* By question, each of which is a family of its own. */
static enum fray_status add_answers(struct fray_rep_maker *k, const struct fray_rep_leak *leak,
                                    struct fray_err *err) {
  static const enum fray_rep_entry_kind kinds[] = {
      [FRAY_REP_LEAK_CHANCE] = FRAY_REP_MEMBERSHIP_EXCESS,
      [FRAY_REP_LEAK_REFERENCE] = FRAY_REP_MEMBERSHIP_DIFFERENCE,
      [FRAY_REP_LEAK_GROUP] = FRAY_REP_MEMBERSHIP_GROUP_EXCESS};
  struct fray_rep_leaked *of;
  size_t n;
  /* Adjusted already, each question by itself. */
  FRAY_TRY(fray_rep_leak_answers(leak, &of, &n, err));
  for (size_t i = 0; i < n; i++) {
    struct fray_rep_entry *v;
    FRAY_TRY(add_leak(k, kinds[of[i].question], of[i].cell, leak->group[of[i].group],
                      leak->attack[of[i].attack], &of[i].less, &v, err));
    v->e.p = of[i].p;
    v->p_holm = of[i].less.p;
  }
  return FRAY_OK;
}

/* Off the axes, since a cell is attacked as a whole: shadows share its damage. */
enum fray_status fray_rep_add_leaks(struct fray_rep_maker *k, struct fray_err *err) {
  struct fray_rep_leak leak;
  if (k->samples != FRAY_REP_TEST) /* once: these are training samples */
    return FRAY_OK;
  FRAY_TRY(fray_rep_leak_read(k->r, &leak, err));
  k->axis = k->out->n_axes;
  for (size_t cell = 0; cell < k->r->n_cells; cell++)
    for (size_t a = 0; a < leak.n_attacks; a++)
      for (size_t g = 0; g < leak.n_groups; g++)
        FRAY_TRY(add_numbers(k, &leak, cell, a, g, err));
  return leak.n_attacks ? add_answers(k, &leak, err) : FRAY_OK;
}
