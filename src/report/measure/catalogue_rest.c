/* Rows that no table shows: own clients, groups, clients, faults together, what lies off the axes,
 * controls. */
#include "catalogue_maker.h"
#include "fault_pairs.h"
#include "formulas.h"
#include "group_measures.h"
#include "influence_rows.h"
#include "loss_rows.h"
#include "training_rows.h"

#include "report/quantity/client_values.h"
#include "report/stat/path.h"

#include "fray/base/size.h"
#include "fray/metric/metric.h"

#include <math.h>
#include <string.h>

/* Rows of one score and one column of groups (n_columns: clients), which several axes may share.
 * first and n are places in the list of rows, not pointers: the list moves when it grows. */
struct known {
  struct fray_rep_address at;
  size_t column, first, n;
  struct known *next;
};

enum { BUCKETS = 1024 };
/* Counts of clients that permutation nulls look at, in a study: about three seconds. */
static const double many_exchanges = 2e9;

/* k moves from axis to axis as rows are made; exchanges are shared by all scores of one kind of
 * samples. */
struct rest {
  struct fray_rep_maker k;
  struct fray_rep_groups *column; /* (n_columns) */
  size_t n_columns;
  struct known *known[BUCKETS]; /* by cell */
  struct fray_rep_exchanges exchanges;
};

/* p is NaN unless the caller sets it afterwards: of these kinds only the gap has a null to be
 * held against. */
static void fill(struct fray_rep_entry *v, double value, const struct fray_interval *interval,
                 const char *status) {
  static const struct fray_interval none = {NAN, NAN, NAN, NAN, FRAY_INTERVAL_NONE, "none"};
  v->e.value = value;
  v->e.interval = interval ? *interval : none;
  v->e.p = NAN;
  v->e.status = status;
}

static const char *status_of(double value, const struct fray_interval *interval,
                             const char *otherwise) {
  return isnan(value) ? otherwise : interval->status;
}

/* ---- groups ---- */

/* A suppressed group has a row with its numbers of samples and clients, but no value, so that
 * nobody takes it for one that was forgotten. */
static enum fray_status add_group(struct fray_rep_maker *k, size_t series, size_t cell,
                                  const struct fray_rep_group_measure *g, struct fray_err *err) {
  struct fray_rep_entry *v;
  /* The numbers say how far the group is from being large enough, which tells no value of it. */
  const char *why = g->stat.status;
  if (g->suppressed) {
    why = fray_arena_printf(k->r->arena, "suppressed: %s, %s", FRAY_N(g->samples, "sample"),
                            FRAY_N(g->clusters, "client"));
    FRAY_CHECK(why, err, MEMORY, "out of memory");
  }
  FRAY_TRY(fray_rep_add_entry(k, FRAY_REP_SCORE, series, cell, &v, err));
  if (g->suppressed)
    fill(v, NAN, NULL, why);
  else
    fill(v, g->stat.mean, &g->stat.interval, status_of(g->stat.mean, &g->stat.interval, why));
  v->group = k->r->groups.v[g->group];
  v->e.n_seeds = g->stat.n;
  v->e.n_clusters = g->clusters;
  v->e.n_diverged = g->n_diverged;
  return FRAY_OK;
}

/* The group of such a row is the column; only the worst one names the group itself. p of the gap
 * is that of the permutation null: a maximum
 * is above 0 even where groups do not differ. */
static enum fray_status add_of_all(struct fray_rep_maker *k, enum fray_rep_entry_kind kind,
                                   size_t series, size_t cell,
                                   const struct fray_rep_group_measures *m, double value,
                                   const struct fray_interval *interval, const char *status,
                                   struct fray_err *err) {
  struct fray_rep_entry *v;
  FRAY_TRY(fray_rep_add_entry(k, kind, series, cell, &v, err));
  fill(v, value, interval, status);
  v->group = m->column;
  v->e.n_seeds = m->n_seeds;
  v->e.n_clusters = m->n_clusters;
  v->e.n_diverged = m->n_diverged;
  if (kind == FRAY_REP_WORST_GROUP && m->worst < m->n)
    v->group = k->r->groups.v[m->group[m->worst].group];
  if (kind == FRAY_REP_GAP && m->has_null)
    v->e.p = m->null.p;
  return FRAY_OK;
}

/* A column with no scored group makes no rows at all. Null and odds have no interval, so NULL
 * stands there; their status says why a value is NaN. */
static enum fray_status add_groups(struct rest *s, size_t series, const struct fray_rep_address *at,
                                   size_t column, struct fray_arena *arena, struct fray_err *err) {
  struct fray_rep_maker *k = &s->k;
  struct fray_rep_group_measures m;
  FRAY_TRY(fray_rep_measure_groups(k->r, &s->column[column], at, &s->exchanges, arena, &m, err));
  if (m.n == 0)
    return FRAY_OK;
  for (size_t g = 0; g < m.n; g++)
    FRAY_TRY(add_group(k, series, at->cell, &m.group[g], err));
  double worst = m.worst < m.n ? m.group[m.worst].stat.mean : NAN,
         mean = m.has_null ? m.null.mean : NAN, q95 = m.has_null ? m.null.q95 : NAN;
  const struct {
    enum fray_rep_entry_kind kind;
    double value;
    const struct fray_interval *interval;
    const char *status;
  } rows[] = {{FRAY_REP_WORST_GROUP, worst, &m.worst_range,
               status_of(worst, &m.worst_range, "no group is large enough")},
              {FRAY_REP_GAP, m.gap, &m.range, status_of(m.gap, &m.range, m.gap_status)},
              {FRAY_REP_GAP_NULL_MEAN, mean, NULL, m.null_status},
              {FRAY_REP_GAP_NULL_Q95, q95, NULL, m.null_status},
              {FRAY_REP_EQUALISED_ODDS, m.equalised_odds, NULL, m.odds_status}};
  for (size_t i = 0; i < FRAY_COUNT(rows); i++)
    FRAY_TRY(add_of_all(k, rows[i].kind, series, at->cell, &m, rows[i].value, rows[i].interval,
                        rows[i].status, err));
  return FRAY_OK;
}

/* ---- clients ---- */

/* Three rows in any case. Without predictions all have the reason of the whole; with them the
 * variance alone may be missing, of a single client. */
static enum fray_status add_clients(struct fray_rep_maker *k, size_t series,
                                    const struct fray_rep_address *at, struct fray_err *err) {
  struct fray_rep_client_spread s;
  FRAY_TRY(fray_rep_find_client_spread(k->r, at, &s, err));
  const struct {
    enum fray_rep_entry_kind kind;
    double value;
    const struct fray_interval *interval;
  } rows[] = {{FRAY_REP_CLIENT_VARIANCE, s.value.variance, &s.variance},
              {FRAY_REP_CLIENT_WORST10, s.value.worst10, &s.worst10},
              {FRAY_REP_CLIENT_BEST10, s.value.best10, &s.best10}};
  for (size_t i = 0; i < FRAY_COUNT(rows); i++) {
    struct fray_rep_entry *v;
    const char *status = s.status;
    if (strcmp(status, "ok") == 0)
      status = status_of(rows[i].value, rows[i].interval, "fewer than two clients");
    FRAY_TRY(fray_rep_add_entry(k, rows[i].kind, series, at->cell, &v, err));
    fill(v, rows[i].value, rows[i].interval, status);
    v->e.n_seeds = s.n_seeds;
    v->e.n_clusters = s.value.n;
    v->e.n_diverged = s.n_diverged;
  }
  return FRAY_OK;
}

/* ---- both ends of every curve ---- */

/* The group is not compared: rows of one column are of all its groups. Metric and selection are
 * the same throughout. */
static bool same_score(const struct fray_rep_address *a, const struct fray_rep_address *b) {
  return a->cell == b->cell && a->condition == b->condition && a->samples == b->samples &&
         (a->severity == b->severity || (isnan(a->severity) && isnan(b->severity)));
}

/* The rows from `first` on are of this series and strength. */
static void place(struct fray_rep_maker *k, size_t first, size_t series, double strength) {
  for (size_t i = first; i < k->out->n; i++) {
    struct fray_rep_entry *v = &k->out->v[i];
    v->axis = k->axis;
    v->series = series;
    v->severity = strength;
  }
}

/* A copy is taken before a row is added, as that may move what it would point at. Axis and
 * series are set by place afterwards. */
static enum fray_status repeat(struct fray_rep_maker *k, const struct known *known,
                               struct fray_err *err) {
  for (size_t i = known->first; i < known->first + known->n; i++) {
    struct fray_rep_entry *v, of = k->out->v[i];
    FRAY_TRY(fray_rep_add_entry(k, of.kind, of.series, of.cell, &v, err));
    *v = of;
  }
  return FRAY_OK;
}

static enum fray_status make(struct rest *s, size_t series, const struct fray_rep_address *at,
                             size_t column, struct fray_err *err) {
  /* Of its own, since a study may have thousands of such scores, each with a thousand draws. */
  struct fray_arena arena = {0};
  if (column == s->n_columns)
    return add_clients(&s->k, series, at, err);
  enum fray_status status = add_groups(s, series, at, column, &arena, err);
  fray_arena_free(&arena);
  return status;
}

/* A row that was made is noted only when all of it is there. By cell alone for the bucket, since
 * a cell has few scores at its ends. */
static enum fray_status add_end(struct rest *s, size_t series, double strength,
                                const struct fray_rep_address *at, size_t column,
                                struct fray_err *err) {
  struct known **bucket = &s->known[at->cell % BUCKETS], *known = *bucket;
  size_t first = s->k.out->n;
  while (known && (known->column != column || !same_score(&known->at, at)))
    known = known->next;
  if (known) {
    /* The clean end is the same score under every test condition, and measuring groups is dear. */
    FRAY_TRY(repeat(&s->k, known, err));
  } else {
    FRAY_TRY(make(s, series, at, column, err));
    FRAY_ALLOC(known, s->k.r->arena, 1, err);
    *known = (struct known){
        .at = *at, .column = column, .first = first, .n = s->k.out->n - first, .next = *bucket};
    *bucket = known;
  }
  place(&s->k, first, series, strength);
  return FRAY_OK;
}

/* A path of one point has both ends in one, and is looked at once: the step is at least 1. c
 * beyond the columns stands for the clients. */
static enum fray_status add_ends(struct rest *s, size_t series, struct fray_err *err) {
  struct fray_rep_path path;
  FRAY_TRY(fray_rep_path_of(s->k.r, s->k.a, series, s->k.samples, &path, err));
  for (size_t i = 0; i < path.n; i += FRAY_MAX(path.n - 1, (size_t)1))
    for (size_t c = 0; c <= s->n_columns; c++)
      FRAY_TRY(add_end(s, series, path.s[i], &path.at[i], c, err));
  return FRAY_OK;
}

/* ---- faults together ---- */

/* Logarithms and differences of the same four scores. Series is that of the first axis, under
 * which the row is entered. */
static enum fray_status add_interaction(struct fray_rep_maker *k,
                                        const struct fray_rep_fault_pair *p, const char *name,
                                        size_t series, double a, double b, struct fray_err *err) {
  for (int additive = 0; additive < 2; additive++) {
    struct fray_rep_interaction i;
    struct fray_rep_entry *v;
    FRAY_TRY(fray_rep_interaction_at(p, series, a, b, k->samples, additive, &i, err));
    /* One of the four cells was not trained: no interaction, and no row that says so for every
     * hole of a grid. */
    if (i.cell == k->r->n_cells || i.e.n_seeds == 0)
      return FRAY_OK;
    FRAY_TRY(fray_rep_add_entry(k, additive ? FRAY_REP_INTERACTION_ADDITIVE : FRAY_REP_INTERACTION,
                                series, i.cell, &v, err));
    v->name = name;
    v->e = i.e;
  }
  return FRAY_OK;
}

/* From x = 1, y = 1 on, since without one of the faults there is nothing to interact. A pair
 * that is none has no models, so its loops do nothing. */
static enum fray_status add_pairs(struct fray_rep_maker *k, struct fray_err *err) {
  const struct fray_rep_catalogue *m = k->out;
  for (size_t i = 0; i < m->n_axes; i++)
    for (size_t j = i + 1; j < m->n_axes; j++) {
      struct fray_rep_fault_pair p;
      FRAY_TRY(fray_rep_fault_pair_of(k->r, &m->axes[i], &m->axes[j], &p, err));
      const char *name = fray_arena_printf(k->r->arena, "%s x %s", p.a->name, p.b->name);
      FRAY_CHECK(name, err, MEMORY, "out of memory");
      k->axis = i;
      for (size_t s = 0; s < p.n_models; s++)
        for (size_t x = 1; x < p.a->n_x; x++)
          for (size_t y = 1; y < p.b->n_x; y++)
            FRAY_TRY(add_interaction(k, &p, name, p.series[s], p.a->x[x], p.b->x[y], err));
    }
  return FRAY_OK;
}

/* ---- scores off the axes ---- */

/* A swept key has scores without severity, a test condition those with one; the other kind under
 * the same condition lies off the axis. */
static bool is_on_axis(const struct fray_rep_catalogue *m, const struct fray_rep_score *s) {
  for (size_t i = 0; i < m->n_axes; i++)
    if (m->axes[i].condition == s->condition && m->axes[i].is_key == isnan(s->severity))
      return true;
  return false;
}

/* One row stands for all seeds of a cell. Asked of the tables rather than remembered, as it
 * needs no memory that grows with the scores. */
static bool is_first_of_cell(const struct fray_rep_results *r, const struct fray_rep_score *s,
                             const struct fray_rep_address *at) {
  for (size_t seed = 0; seed < r->seeds.n; seed++) {
    size_t t = r->trial_of[at->cell * r->seeds.n + seed];
    /* Rows lie in the order of trials; an earlier seed has spoken for this cell. */
    if (t < s->trial && fray_rep_score_at(r, t, at))
      return false;
  }
  return true;
}

/* Its draws lie in an arena of their own and go at once: a study may have thousands of such
 * rows, 24 kB each. sum and q do not outlive it; the estimate holds numbers only. */
static enum fray_status add_score(struct fray_rep_maker *k, const struct fray_rep_address *at,
                                  struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_rep_quantity sum;
  const struct fray_rep_quantity *q = &sum;
  struct fray_rep_entry *v;
  FRAY_TRY(fray_rep_add_entry(k, FRAY_REP_SCORE, at->cell, at->cell, &v, err));
  /* No axis: the row names its condition itself, or it would be taken for a point of a curve. */
  v->axis = k->out->n_axes;
  v->severity = at->severity;
  v->condition = k->r->conditions.v[at->condition];
  enum fray_status status = fray_rep_quantity_in(k->r, at, &arena, &sum, err);
  if (status == FRAY_OK)
    status = fray_rep_estimate_of(k->r, &q, 1, fray_rep_f_first, NULL, &v->e, err);
  if (status == FRAY_OK && isnan(v->e.value))
    v->e.status = sum.status;
  fray_arena_free(&arena);
  return status;
}

/* Conditions that no axis runs through, of the main metric: a study of several tests has some. */
static enum fray_status add_off_axes(struct fray_rep_maker *k, struct fray_err *err) {
  const struct fray_rep_results *r = k->r;
  for (size_t i = 0; i < r->n_scores; i++) {
    const struct fray_rep_score *s = &r->score[i];
    if (s->last || s->own != (k->samples == FRAY_REP_OWN) || s->group != FRAY_REP_ALL ||
        s->metric != r->main_metric || is_on_axis(k->out, s))
      continue;
    struct fray_rep_address at =
        fray_rep_main_score(r, r->trial[s->trial].cell, s->condition, s->severity);
    at.samples = k->samples;
    if (is_first_of_cell(r, s, &at))
      FRAY_TRY(add_score(k, &at, err));
  }
  return FRAY_OK;
}

/* ---- all of it ---- */

static bool has_samples(const struct fray_rep_results *r, enum fray_rep_samples samples) {
  for (size_t i = 0; i < r->n_scores; i++)
    if (r->score[i].own == (samples == FRAY_REP_OWN))
      return true;
  return false;
}

/* n_columns is known before the axes are walked, since it is also the mark for clients. Off the
 * axes comes last, with no axis set. */
static enum fray_status complete(struct rest *s, struct fray_err *err) {
  struct fray_rep_maker *k = &s->k;
  FRAY_TRY(fray_rep_group_columns(k->r, &s->column, &s->n_columns, err));
  for (k->axis = 0; k->axis < k->out->n_axes; k->axis++) {
    k->a = &k->out->axes[k->axis];
    for (size_t series = 0; series < k->a->n_series; series++)
      FRAY_TRY(add_ends(s, series, err));
  }
  FRAY_TRY(add_pairs(k, err));
  FRAY_TRY(fray_rep_add_losses(k, err));
  FRAY_TRY(fray_rep_add_times(k, err));
  FRAY_TRY(fray_rep_add_influence(k, err));
  FRAY_TRY(fray_rep_add_leaks(k, err));
  k->axis = k->out->n_axes;
  return add_off_axes(k, err);
}

/* Draws of scores are made of a budget that the rest of a report draws from, too; answers of
 * controls and of own clients are read when they are first asked for. */
bool fray_rep_measures_are_apart(const struct fray_rep_results *r) {
  for (size_t k = 0; k < r->metrics.n; k++) {
    const struct fray_choice *metric = fray_choice_find(&fray_metrics, r->metrics.v[k]);
    if (metric && fray_metric_needs_scores(metric))
      return false;
  }
  return !r->controls && !has_samples(r, FRAY_REP_OWN);
}

/* Controls are a study of their own with its own axes; of_controls keeps them from being
 * compared with a reference or baselines, which they have none of. */
static enum fray_status add_controls(struct fray_rep_catalogue *m, struct fray_err *err) {
  struct fray_rep_results *r = m->r->controls;
  if (!r)
    return FRAY_OK;
  FRAY_ALLOC(m->controls, r->arena, 1, err);
  *m->controls = (struct fray_rep_catalogue){.r = r, .study = m->study};
  FRAY_TRY(fray_rep_axes(r, &m->controls->axes, &m->controls->n_axes, err));
  for (enum fray_rep_samples samples = FRAY_REP_TEST; samples < FRAY_REP_N_SAMPLES; samples++) {
    struct fray_rep_maker k = fray_rep_maker_of(m->controls, samples);
    k.of_controls = true;
    if (!has_samples(r, samples))
      continue;
    FRAY_TRY(fray_rep_add_curves(&k, err));
    FRAY_TRY(add_off_axes(&k, err));
  }
  return FRAY_OK;
}

/* The curves of test samples are there already; those of own clients are made here, where no
 * table looks them up. Each kind of samples has its own budget of exchanges. */
enum fray_status fray_rep_catalogue_complete(struct fray_rep_catalogue *m, struct fray_err *err) {
  for (enum fray_rep_samples samples = FRAY_REP_TEST; samples < FRAY_REP_N_SAMPLES; samples++) {
    struct rest s = {.k = fray_rep_maker_of(m, samples), .exchanges = {.left = many_exchanges}};
    if (!has_samples(m->r, samples))
      continue;
    /* Else they would be there twice. */
    if (samples == FRAY_REP_OWN)
      FRAY_TRY(fray_rep_add_curves(&s.k, err));
    const enum fray_status status = complete(&s, err);
    fray_rep_exchanges_free(&s.exchanges);
    if (status != FRAY_OK)
      return status;
  }
  FRAY_TRY(add_controls(m, err));
  fray_rep_stay_in_range(m);
  return FRAY_OK;
}
