/* The rows of a catalogue that come of curves: scores, areas, errors against the reference,
 * differences. */
#include "catalogue_maker.h"
#include "formulas.h"

#include "fray/base/size.h"
#include "fray/fusion/fusion.h"
#include "fray/metric/fairness.h"

#include <math.h>
#include <string.h>

/* In the order of the enum; scripts read these words, so none may change. */
const char *fray_rep_entry_key(enum fray_rep_entry_kind kind) {
  static const char *const keys[] = {"score",
                                     "rauc",
                                     "retention",
                                     "s50",
                                     "slope",
                                     "ce",
                                     "relative_ce",
                                     "mce",
                                     "relative_mce",
                                     "effective_robustness",
                                     "against_late_fusion",
                                     "difference",
                                     "loss",
                                     "loss_difference",
                                     "group_excess",
                                     "worst_group",
                                     "gap",
                                     "gap_null_mean",
                                     "gap_null_q95",
                                     "equalised_odds",
                                     "client_variance",
                                     "client_worst10",
                                     "client_best10",
                                     "interaction",
                                     "interaction_additive",
                                     "rounds_to_score",
                                     "seconds_to_score",
                                     "rejected",
                                     "halved",
                                     "influence",
                                     "rejected_excess",
                                     "halved_excess",
                                     "influence_excess",
                                     "membership_auc",
                                     "membership_tpr",
                                     "membership_excess",
                                     "membership_difference",
                                     "membership_group_excess"};
  return keys[kind];
}

/* ---- whom a series is compared with ---- */

static bool same_at(const struct fray_rep_results *r, size_t a, size_t b, size_t key) {
  return strcmp(r->cell[a]->value[key], r->cell[b]->value[key]) == 0;
}

/* True if the key may differ: the axis itself, or one that goes in step with it. */
static bool is_along(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                     size_t key) {
  return axis && axis->is_key && (key == axis->key || fray_rep_in_step(r, axis->key, key));
}

/* The cell that `reference` selects for this one: its values, all else equal. n_cells if none. */
static size_t reference_cell(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                             size_t cell) {
  const struct fray_node *map = fray_node_get(r->scenario, "reference");
  for (size_t c = 0; c < r->n_cells; c++) {
    bool fits = r->is_reference[c];
    for (size_t k = 0; k < r->n_keys && fits; k++)
      fits = fray_node_get(map, r->key[k]) || is_along(r, axis, k) || same_at(r, c, cell, k);
    if (fits)
      return c;
  }
  return r->n_cells;
}

size_t fray_rep_reference_series(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                 size_t series) {
  size_t cell = reference_cell(r, axis, axis->cell_of_series[series]);
  return cell < r->n_cells ? axis->series_of_cell[cell] : axis->n_series;
}

/* The fusion of a cell: swept, of its method, or of the scenario; "" if not known. What a method
 * sets goes before the scenario's own value, and a swept fusion before both. */
static const char *fusion_of(const struct fray_rep_results *r, size_t cell) {
  const struct fray_node *methods = fray_node_get(r->scenario, "methods");
  const struct fray_node *found = fray_node_at(r->scenario, "model.fusion");
  for (size_t k = 0; k < r->n_keys; k++) {
    const char *value = r->cell[cell]->value[k];
    if (strcmp(r->key[k], "model.fusion") == 0)
      return value;
    const struct fray_node *method =
        strcmp(r->key[k], "method") == 0 ? fray_node_get(methods, value) : NULL;
    const struct fray_node *own = fray_node_get(method, "model.fusion");
    found = own ? own : found;
  }
  return found && found->scalar ? found->scalar : "";
}

/* The series of late fusion in the same panel, or n_series. Compared within the panel only,
 * where all else is equal. */
static size_t late_series(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                          size_t series) {
  size_t s = 0;
  while (s < axis->n_series &&
         (axis->panel[s] != axis->panel[series] ||
          !fray_fusion_joins_decisions(fusion_of(r, axis->cell_of_series[s]))))
    s++;
  return s;
}

static bool same_value(const char *a, const char *b) {
  double x, y;
  if (fray_rep_parse_real(a, &x) && fray_rep_parse_real(b, &y))
    return x == y;
  return strcmp(a, b) == 0;
}

/* True if the value is among those that `baselines` gives for a key. By value: a scenario may
 * write 0.10 where the table has 0.1. */
static bool is_listed(const struct fray_node *node, const char *value) {
  if (node->kind == FRAY_NODE_SCALAR)
    return same_value(node->scalar, value);
  for (const struct fray_node *v = node->child; v; v = v->next)
    if (v->kind == FRAY_NODE_SCALAR && same_value(v->scalar, value))
      return true;
  return false;
}

/* All keys must hold; one that is not swept rules the cell out, since nothing says that it has
 * that value. No keys at all make no baseline. */
bool fray_rep_is_baseline(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                          size_t cell) {
  const struct fray_node *map = fray_node_get(r->scenario, "baselines");
  bool any = false;
  if (!map || map->kind != FRAY_NODE_MAP)
    return false;
  for (const struct fray_node *n = map->child; n; n = n->next) {
    size_t k = 0;
    while (k < r->n_keys && strcmp(r->key[k], n->key) != 0)
      k++;
    if (k == r->n_keys || (!is_along(r, axis, k) && !is_listed(n, r->cell[cell]->value[k])))
      return false;
    any = true;
  }
  return any;
}

/* ---- making the rows ---- */

enum fray_status fray_rep_add_entry(struct fray_rep_maker *k, enum fray_rep_entry_kind kind,
                                    size_t series, size_t cell, struct fray_rep_entry **out,
                                    struct fray_err *err) {
  struct fray_rep_catalogue *m = k->out;
  if (m->n == m->capacity) {
    size_t capacity = 2 * m->capacity + 64;
    struct fray_rep_entry *v;
    FRAY_ALLOC(v, k->r->arena, capacity, err);
    if (m->n)
      memcpy(v, m->v, m->n * sizeof *v);
    m->v = v;
    m->capacity = capacity;
  }
  *out = &m->v[m->n++];
  **out = (struct fray_rep_entry){.kind = kind,
                                  .axis = k->axis,
                                  .series = series,
                                  .cell = cell,
                                  .severity = NAN,
                                  .metric = k->r->main_metric,
                                  .group = k->r->groups.v[FRAY_REP_ALL],
                                  .samples = k->samples,
                                  .p_holm = NAN};
  return FRAY_OK;
}

/* A row of a formula over scores. */
static enum fray_status add_estimate(struct fray_rep_maker *k, enum fray_rep_entry_kind kind,
                                     size_t series, const struct fray_rep_quantity *const *q,
                                     size_t n, fray_rep_formula *formula, const void *user,
                                     struct fray_err *err) {
  struct fray_rep_entry *m = NULL;
  size_t cell = k->a ? k->a->cell_of_series[series] : series;
  FRAY_TRY(fray_rep_add_entry(k, kind, series, cell, &m, err));
  return fray_rep_estimate_of(k->r, q, n, formula, user, &m->e, err);
}

/* The row stays, with its reason: a missing row would look like a missing measurement. */
static void make_empty(struct fray_rep_entry *m, const char *why) {
  m->e.value = m->e.interval.low = m->e.interval.high = m->e.p = NAN;
  m->e.interval.kind = FRAY_INTERVAL_NONE;
  m->e.status = why;
}

static struct fray_rep_entry *latest(struct fray_rep_maker *k) {
  /* Not kept as a pointer: the list moves when it grows. */
  return &k->out->v[k->out->n - 1];
}

static struct fray_rep_shape shape_of(const struct fray_rep_maker *k,
                                      const struct fray_rep_profile *p) {
  return (struct fray_rep_shape){.n = p->n,
                                 .s = p->distance,
                                 .strength = k->a->strength,
                                 .chance = p->chance,
                                 .higher = k->higher,
                                 .is_share = k->is_share};
}

static enum fray_status add_score(struct fray_rep_maker *k, size_t series,
                                  const struct fray_rep_profile *p, size_t i, size_t metric,
                                  struct fray_err *err) {
  struct fray_rep_entry *m = NULL;
  FRAY_TRY(fray_rep_add_entry(k, FRAY_REP_SCORE, series, p->cell[i], &m, err));
  m->metric = metric;
  m->severity = p->s[i];
  m->is_first = i == 0 && fray_strength_is_none(k->a->strength, p->s[i]);
  m->is_last = i + 1 == p->n;
  FRAY_TRY(fray_rep_estimate_of(k->r, &p->q[i], 1, fray_rep_f_first, NULL, &m->e, err));
  if (isnan(m->e.value))
    m->e.status = p->q[i]->status;
  return FRAY_OK;
}

/* What is relative to the clean score above chance means nothing unless that is above chance. */
static enum fray_status add_relative(struct fray_rep_maker *k, size_t series,
                                     const struct fray_rep_profile *p,
                                     const struct fray_rep_shape *shape, struct fray_err *err) {
  static const struct {
    enum fray_rep_entry_kind kind;
    fray_rep_formula *formula;
  } relative[] = {{FRAY_REP_RAUC, fray_rep_f_rauc},
                  {FRAY_REP_RETENTION, fray_rep_f_retention},
                  {FRAY_REP_S50, fray_rep_f_s50}};
  struct fray_rep_estimate above;
  FRAY_TRY(fray_rep_estimate_of(k->r, p->q, p->n, fray_rep_f_above_chance, shape, &above, err));
  for (size_t i = 0; i < FRAY_COUNT(relative); i++) {
    FRAY_TRY(
        add_estimate(k, relative[i].kind, series, p->q, p->n, relative[i].formula, shape, err));
    /* Dividing by what may be 0 gives a ratio that may be anything. */
    if (!isnan(above.interval.low) && above.interval.low <= 0)
      make_empty(latest(k), "clean score not told from chance");
  }
  return FRAY_OK;
}

/* The scores of several curves behind each other. */
static enum fray_status join(struct fray_rep_maker *k, const struct fray_rep_profile *const *p,
                             size_t n, const struct fray_rep_quantity ***out,
                             struct fray_err *err) {
  size_t at = 0;
  FRAY_ALLOC(*out, k->r->arena, n * p[0]->n + 1, err);
  for (size_t i = 0; i < n; i++)
    for (size_t x = 0; x < p[0]->n; x++)
      (*out)[at++] = p[i]->q[x];
  return FRAY_OK;
}

static enum fray_status add_against_late(struct fray_rep_maker *k, size_t series,
                                         const struct fray_rep_shape *shape, struct fray_err *err) {
  size_t late = late_series(k->r, k->a, series);
  const struct fray_rep_quantity **q;
  if (late == k->a->n_series)
    return FRAY_OK;
  k->out->has_late = true;
  /* Areas over different strengths do not compare. */
  if (late == series || k->profile[late].n != shape->n || shape->n < 2)
    return FRAY_OK;
  const struct fray_rep_profile *both[] = {&k->profile[series], &k->profile[late]};
  FRAY_TRY(join(k, both, 2, &q, err));
  FRAY_TRY(add_estimate(k, FRAY_REP_AGAINST_LATE, series, q, 2 * shape->n, fray_rep_f_against,
                        shape, err));
  if (k->is_share) /* one curve may lose all where the other gains as much */
    fray_interval_within(-2, 2, &latest(k)->e.interval);
  return FRAY_OK;
}

/* Baselines of other lengths are left out; their means are over other strengths. */
static enum fray_status add_effective(struct fray_rep_maker *k, size_t series,
                                      struct fray_rep_shape shape, struct fray_err *err) {
  const struct fray_rep_profile **p;
  const struct fray_rep_quantity **q;
  /* The line lives in logits, which only a share has. */
  if (!k->out->has_baselines || !k->is_share || shape.n < 2)
    return FRAY_OK;
  FRAY_ALLOC(p, k->r->arena, k->a->n_series + 1, err);
  p[0] = &k->profile[series];
  for (size_t s = 0; s < k->a->n_series; s++)
    if (fray_rep_is_baseline(k->r, k->a, k->a->cell_of_series[s]) && k->profile[s].n == shape.n)
      p[++shape.n_baselines] = &k->profile[s];
  FRAY_TRY(join(k, p, shape.n_baselines + 1, &q, err));
  FRAY_TRY(add_estimate(k, FRAY_REP_EFFECTIVE, series, q, (shape.n_baselines + 1) * shape.n,
                        fray_rep_f_effective, &shape, err));
  fray_interval_within(-1, 1, &latest(k)->e.interval); /* a share less one that is expected */
  return FRAY_OK;
}

/* Score less that of the reference, paired by seed, at the largest strength. */
static enum fray_status add_difference(struct fray_rep_maker *k, size_t series,
                                       struct fray_err *err) {
  size_t reference = fray_rep_reference_series(k->r, k->a, series);
  if (reference == k->a->n_series || reference == series || k->profile[reference].n == 0)
    return FRAY_OK;
  const struct fray_rep_profile *p[] = {&k->profile[series], &k->profile[reference]};
  size_t x = p[0]->n - 1, y = p[1]->n - 1;
  /* A series that lacks its last strength ends elsewhere; its difference would compare two
   * damages. */
  if (p[0]->s[x] != p[1]->s[y])
    return FRAY_OK;
  struct fray_rep_address at[2];
  for (size_t i = 0; i < 2; i++)
    at[i] = (struct fray_rep_address){.cell = p[i]->cell[i ? y : x],
                                      .condition = k->a->condition,
                                      .severity = k->a->is_key ? NAN : p[i]->s[i ? y : x],
                                      .samples = k->samples,
                                      .group = FRAY_REP_ALL,
                                      .metric = k->r->main_metric};
  /* Looked up again as one sum, so that it is paired by seed and client. */
  static const double weight[] = {1, -1};
  struct fray_rep_quantity sum;
  const struct fray_rep_quantity *q = &sum;
  FRAY_TRY(fray_rep_sum(k->r, at, weight, 2, k->r->arena, &sum, err));
  FRAY_TRY(add_estimate(k, FRAY_REP_DIFFERENCE, series, &q, 1, fray_rep_f_first, NULL, err));
  latest(k)->severity = p[0]->s[x];
  if (isnan(sum.value))
    latest(k)->e.status = sum.status;
  return FRAY_OK;
}

/* ---- errors against the reference: test conditions of one trained model ---- */

/* Errors under a test condition are held against the one without damage. They are summed, which
 * needs no order: levels of a published table count, also where more of it promises nothing. */
static bool has_errors(const struct fray_rep_axis *axis) {
  return !axis->is_key && (fray_rep_is_ordered(axis) || fray_rep_is_of_levels(axis));
}

/* Clean score and damaged scores of a cell under some of the test axes; all of them if axis is
 * n_axes. has: (conditions, severities) which there are. */
static enum fray_status error_scores(struct fray_rep_maker *k, size_t cell, size_t only,
                                     const struct fray_rep_shape *shape,
                                     const struct fray_rep_quantity **q, size_t *n, bool *has,
                                     struct fray_err *err) {
  const struct fray_rep_catalogue *m = k->out;
  struct fray_rep_profile p;
  size_t row = 0;
  *n = 1;
  q[0] = NULL;
  for (size_t i = 0; i < m->n_axes; i++) {
    if (!has_errors(&m->axes[i]) || (only < m->n_axes && i != only))
      continue;
    FRAY_TRY(fray_rep_profile_of(k->r, &m->axes[i], m->axes[i].series_of_cell[cell], k->samples,
                                 k->r->main_metric, &p, err));
    for (size_t x = 0, column = 0; x < p.n; x++) {
      const bool clean = fray_strength_is_none(m->axes[i].strength, p.s[x]);
      if (clean)
        q[0] = p.q[x];
      if (clean || !isfinite(p.s[x]))
        continue;
      q[(*n)++] = p.q[x];
      has[row * shape->severities + column++] = true;
    }
    row++;
  }
  return FRAY_OK;
}

static size_t most_severities(const struct fray_rep_catalogue *m, size_t only, size_t *conditions) {
  size_t most = 0;
  *conditions = 0;
  for (size_t i = 0; i < m->n_axes; i++)
    if (has_errors(&m->axes[i]) && (only == m->n_axes || i == only)) {
      most = FRAY_MAX(most, m->axes[i].n_x);
      ++*conditions;
    }
  return most;
}

/* Whether the reference's loss under any of these conditions may be 0, so that no ratio to it means
 * anything. */
static enum fray_status may_lose_nothing(struct fray_rep_maker *k, size_t reference, size_t only,
                                         bool *answer, struct fray_err *err) {
  const struct fray_rep_catalogue *m = k->out;
  *answer = false;
  for (size_t i = 0; i < m->n_axes && !*answer; i++) {
    struct fray_rep_shape shape = {.higher = k->higher, .is_share = k->is_share};
    struct fray_rep_estimate lost;
    const struct fray_rep_quantity **q;
    bool *has;
    size_t n;
    if (!has_errors(&m->axes[i]) || (only < m->n_axes && i != only))
      continue;
    shape.severities = most_severities(m, i, &shape.conditions);
    FRAY_ALLOC(q, k->r->arena, shape.severities + 2, err);
    FRAY_ALLOC_ZERO(has, k->r->arena, shape.severities + 1, err);
    shape.has = has;
    FRAY_TRY(error_scores(k, reference, i, &shape, q, &n, has, err));
    if (!q[0] || n < 2)
      continue;
    FRAY_TRY(fray_rep_estimate_of(k->r, q, n, fray_rep_f_lost, &shape, &lost, err));
    *answer = !isnan(lost.interval.low) && lost.interval.low <= 0;
  }
  return FRAY_OK;
}

/* q holds the model and behind it the reference, n each; a severity that one of them lacks makes
 * the counts differ, and then there is no row. */
static enum fray_status put_errors(struct fray_rep_maker *k, size_t series, size_t cell,
                                   size_t reference, size_t only, struct fray_rep_shape *shape,
                                   struct fray_err *err) {
  const struct fray_rep_quantity **q;
  bool *has, all = only == k->out->n_axes;
  size_t n, n_reference, cells = shape->conditions * shape->severities;
  FRAY_ALLOC(q, k->r->arena, 2 * cells + 2, err);
  FRAY_ALLOC_ZERO(has, k->r->arena, cells + 1, err);
  shape->has = has;
  FRAY_TRY(error_scores(k, cell, only, shape, q, &n, has, err));
  FRAY_TRY(error_scores(k, reference, only, shape, q + n, &n_reference, has, err));
  if (n != n_reference || n < 2 || !q[0] || !q[n])
    return FRAY_OK;
  /* Asked before the rows, of each condition by itself: one whose loss may be 0 spoils the mean. */
  bool nothing;
  FRAY_TRY(may_lose_nothing(k, reference, only, &nothing, err));
  FRAY_TRY(add_estimate(k, all ? FRAY_REP_MCE : FRAY_REP_CE, series, q, 2 * n, fray_rep_f_mce,
                        shape, err));
  FRAY_TRY(add_estimate(k, all ? FRAY_REP_RELATIVE_MCE : FRAY_REP_RELATIVE_CE, series, q, 2 * n,
                        fray_rep_f_relative_mce, shape, err));
  if (nothing)
    make_empty(latest(k), "the reference's loss may be 0");
  else if (q[0]->n_constant == q[0]->n_seeds) /* what never was above chance loses nothing */
    make_empty(latest(k), "diverged");
  return FRAY_OK;
}

/* The reference has no row: it would be 1 by construction. */
static enum fray_status add_errors(struct fray_rep_maker *k, size_t series, size_t cell,
                                   size_t only, struct fray_err *err) {
  struct fray_rep_shape shape = {.higher = k->higher, .is_share = k->is_share};
  size_t reference = reference_cell(k->r, NULL, cell);
  shape.severities = most_severities(k->out, only, &shape.conditions);
  if (shape.conditions == 0 || reference == k->r->n_cells || reference == cell)
    return FRAY_OK;
  return put_errors(k, series, cell, reference, only, &shape, err);
}

/* ---- all of it ---- */

static enum fray_status add_other_metrics(struct fray_rep_maker *k, size_t series,
                                          struct fray_err *err) {
  for (size_t metric = 0; metric < k->r->metrics.n; metric++) {
    struct fray_rep_profile p;
    if (metric == k->r->main_metric)
      continue;
    FRAY_TRY(fray_rep_profile_of(k->r, k->a, series, k->samples, metric, &p, err));
    for (size_t i = 0; i<p.n; i += p.n> 1 ? p.n - 1 : 1)
      FRAY_TRY(add_score(k, series, &p, i, metric, err));
  }
  return FRAY_OK;
}

/* What a curve says by itself. */
static enum fray_status add_curve(struct fray_rep_maker *k, size_t series, struct fray_err *err) {
  const struct fray_rep_profile *p = &k->profile[series];
  struct fray_rep_shape shape = shape_of(k, p);
  for (size_t i = 0; i < p->n; i++)
    FRAY_TRY(add_score(k, series, p, i, k->r->main_metric, err));
  if (!fray_rep_is_ordered(k->a)) /* there is no curve from less to more */
    return FRAY_OK;
  FRAY_TRY(add_relative(k, series, p, &shape, err));
  return add_estimate(k, FRAY_REP_SLOPE, series, p->q, p->n, fray_rep_f_slope, &shape, err);
}

/* What it says beside others. */
static enum fray_status add_comparisons(struct fray_rep_maker *k, size_t series,
                                        struct fray_err *err) {
  struct fray_rep_shape shape = shape_of(k, &k->profile[series]);
  if (!k->a->is_key)
    FRAY_TRY(add_errors(k, series, k->a->cell_of_series[series], k->axis, err));
  FRAY_TRY(add_effective(k, series, shape, err));
  FRAY_TRY(add_against_late(k, series, &shape, err));
  return add_difference(k, series, err);
}

/* Own-client scores may be there of some series only. */
static bool is_measured(const struct fray_rep_profile *p) {
  for (size_t i = 0; i < p->n; i++)
    if (p->q[i]->n_seeds)
      return true;
  return false;
}

static enum fray_status add_series(struct fray_rep_maker *k, size_t series, struct fray_err *err) {
  const struct fray_rep_profile *p = &k->profile[series];
  if (p->n == 0 || (k->samples == FRAY_REP_OWN && !is_measured(p)))
    return FRAY_OK;
  FRAY_TRY(add_curve(k, series, err));
  if (!k->of_controls && fray_rep_is_ordered(k->a))
    FRAY_TRY(add_comparisons(k, series, err));
  else if (!k->of_controls && has_errors(k->a))
    FRAY_TRY(add_errors(k, series, k->a->cell_of_series[series], k->axis, err));
  return add_other_metrics(k, series, err);
}

static enum fray_status add_axis(struct fray_rep_maker *k, struct fray_err *err) {
  k->a = &k->out->axes[k->axis];
  FRAY_ALLOC(k->profile, k->r->arena, k->a->n_series, err);
  for (size_t s = 0; s < k->a->n_series; s++)
    FRAY_TRY(
        fray_rep_profile_of(k->r, k->a, s, k->samples, k->r->main_metric, &k->profile[s], err));
  for (size_t s = 0; s < k->a->n_series; s++)
    FRAY_TRY(add_series(k, s, err));
  return FRAY_OK;
}

/* Differences of the rows from the first on are one family. */
static enum fray_status adjust(struct fray_rep_catalogue *m, size_t first, struct fray_err *err) {
  double *p;
  FRAY_ALLOC(p, m->r->arena, m->n + 1, err);
  for (size_t i = first; i < m->n; i++)
    /* The other kinds claim no order between methods, and do not widen the family. */
    p[i] = m->v[i].kind == FRAY_REP_DIFFERENCE ? m->v[i].e.p : NAN;
  FRAY_TRY(fray_holm(p + first, m->n - first, p + first, err));
  for (size_t i = first; i < m->n; i++)
    m->v[i].p_holm = p[i];
  return FRAY_OK;
}

enum fray_status fray_rep_add_curves(struct fray_rep_maker *k, struct fray_err *err) {
  size_t first = k->out->n;
  for (k->axis = 0; k->axis < k->out->n_axes; k->axis++)
    FRAY_TRY(add_axis(k, err));
  k->a = NULL;
  if (!k->of_controls)
    for (size_t cell = 0; cell < k->r->n_cells; cell++)
      FRAY_TRY(add_errors(k, cell, cell, k->out->n_axes, err));
  return adjust(k->out, first, err);
}

struct fray_rep_maker fray_rep_maker_of(struct fray_rep_catalogue *m,
                                        enum fray_rep_samples samples) {
  return (struct fray_rep_maker){.out = m,
                                 .r = m->r,
                                 .samples = samples,
                                 .axis = m->n_axes,
                                 .higher =
                                     fray_rep_higher_is_better(m->r->metrics.v[m->r->main_metric]),
                                 .is_share = fray_rep_is_percent(m->r, m->r->main_metric)};
}

/* Once, after all rows: p was taken from the whole interval before. */
void fray_rep_stay_in_range(struct fray_rep_catalogue *m) {
  for (size_t i = 0; i < m->n; i++) {
    if (m->v[i].kind == FRAY_REP_SCORE && fray_rep_is_percent(m->r, m->v[i].metric))
      fray_interval_within(0, 1, &m->v[i].e.interval);
  }
  if (m->controls)
    fray_rep_stay_in_range(m->controls);
}

enum fray_status fray_rep_make_catalogue(struct fray_rep_results *r, struct fray_rep_catalogue *out,
                                         struct fray_err *err) {
  const struct fray_node *baselines = fray_node_get(r->scenario, "baselines");
  *out = (struct fray_rep_catalogue){
      .r = r, .study = r->title, .has_baselines = baselines && baselines->child};
  FRAY_TRY(fray_rep_axes(r, &out->axes, &out->n_axes, err));
  struct fray_rep_maker k = fray_rep_maker_of(out, FRAY_REP_TEST);
  FRAY_TRY(fray_rep_add_curves(&k, err));
  fray_rep_stay_in_range(out);
  /* What is added later has no place in the method table, which looks rows up by kind alone. */
  out->n_first = out->n;
  return FRAY_OK;
}

const struct fray_rep_entry *fray_rep_entry_of(const struct fray_rep_catalogue *m, size_t axis,
                                               size_t series, enum fray_rep_entry_kind kind) {
  for (size_t i = 0; i < m->n_first; i++) {
    const struct fray_rep_entry *v = &m->v[i];
    if (v->axis == axis && v->series == series && v->kind == kind &&
        v->metric == m->r->main_metric && (kind != FRAY_REP_SCORE || v->is_last))
      return v;
  }
  return NULL;
}

const struct fray_rep_entry *fray_rep_clean_entry(const struct fray_rep_catalogue *m, size_t axis,
                                                  size_t series, size_t metric) {
  for (size_t i = 0; i < m->n_first; i++) {
    const struct fray_rep_entry *v = &m->v[i];
    if (v->axis == axis && v->series == series && v->kind == FRAY_REP_SCORE && v->is_first &&
        v->metric == metric)
      return v;
  }
  return NULL;
}
