/* A number made of several scores, found again in every draw of them, so that its interval knows
 * how they move together. */
#include "estimate.h"

#include "formulas.h"

#include "report/stat/path.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Any key will do, but all studies must use the same: draws of seeds alone. */
static const uint64_t seeds_key = 1;

/* The mean over a draw's seeds, of those that were measured. NaN if the draw holds no measured
 * seed; intervals bear a few of those. */
static double mean_of(const struct fray_resample *seeds, size_t draw, const double *by_seed) {
  double sum = 0, weight = 0;
  for (size_t i = 0; i < seeds->n_seeds; i++) {
    double w = seeds->seed[draw * seeds->n_seeds + i];
    /* A seed that is drawn but was not measured says nothing, rather than making the draw
     * undefined. */
    if (w == 0 || isnan(by_seed[i]))
      continue;
    sum += w * by_seed[i];
    weight += w;
  }
  return weight > 0 ? sum / weight : NAN;
}

/* of_seeds once any score lacks draws: rows of different kinds would not be paired. */
struct draws {
  const struct fray_rep_quantity *const *q;
  size_t n;
  bool of_seeds;
  struct fray_resample seeds;
};

static double draw_of(const struct draws *d, size_t q, size_t draw) {
  return d->of_seeds ? mean_of(&d->seeds, draw, d->q[q]->by_seed) : d->q[q]->draw[draw];
}

/* The number in every draw, and its interval. The formula is asked anew in every draw, so ratios
 * and fitted lines get their interval without theory; a draw in which it is undefined is NaN. m
 * is overwritten each time. */
static enum fray_status make_interval(const struct draws *d, fray_rep_formula *formula,
                                      const void *user, struct fray_arena *arena,
                                      struct fray_rep_estimate *e, struct fray_err *err) {
  double *m, *v;
  const char *ignored;
  FRAY_ALLOC(m, arena, d->n, err);
  FRAY_ALLOC(v, arena, FRAY_DRAWS, err);
  for (size_t draw = 0; draw < FRAY_DRAWS; draw++) {
    for (size_t i = 0; i < d->n; i++)
      m[i] = draw_of(d, i, draw);
    v[draw] = formula(user, m, &ignored);
  }
  e->interval =
      /* One cluster: of the people of the test nothing was drawn. */
      fray_interval_of(e->value, v, FRAY_DRAWS, e->n_seeds, d->of_seeds ? 1 : e->n_clusters);
  /* A single training cannot tell a method from its luck. */
  e->p = e->n_seeds > 1 ? fray_p_value(e->value, &e->interval, v, FRAY_DRAWS) : NAN;
  e->status = e->interval.status;
  if (d->of_seeds && e->interval.kind != FRAY_INTERVAL_NONE) {
    e->interval.kind = FRAY_INTERVAL_SEEDS;
    e->status = "seeds only";
  }
  return FRAY_OK;
}

/* Kind NONE beside NaN, so that tables write "none" rather than an interval without ends. */
static struct fray_interval none(const char *status) {
  return (struct fray_interval){NAN, NAN, NAN, NAN, FRAY_INTERVAL_NONE, status};
}

/* Least over the scores of what the number rests on, most of what diverged. SIZE_MAX stays only
 * if n is 0, which no caller asks for. The seeds' draws live as long as arena. */
static enum fray_status prepare(const struct fray_rep_results *r,
                                const struct fray_rep_quantity *const *q, size_t n, struct draws *d,
                                struct fray_arena *arena, struct fray_rep_estimate *e, double **m,
                                struct fray_err *err) {
  *d = (struct draws){.q = q, .n = n};
  *e = (struct fray_rep_estimate){.n_seeds = SIZE_MAX, .n_clusters = SIZE_MAX, .value = NAN};
  e->p = NAN;
  FRAY_ALLOC(*m, arena, n + 1, err);
  for (size_t i = 0; i < n; i++) {
    (*m)[i] = q[i]->value;
    e->n_seeds = FRAY_MIN(e->n_seeds, q[i]->n_seeds);
    e->n_clusters = FRAY_MIN(e->n_clusters, q[i]->n_clusters);
    e->n_diverged = FRAY_MAX(e->n_diverged, q[i]->n_diverged);
    d->of_seeds = d->of_seeds || !q[i]->draw;
  }
  if (d->of_seeds)
    return fray_resample_make(seeds_key, r->seeds.n, 1, FRAY_DRAWS, arena, &d->seeds, err);
  return FRAY_OK;
}

/* An undefined number ends it with the formula's reason: no interval could be around it. */
static enum fray_status estimate(const struct fray_rep_results *r,
                                 const struct fray_rep_quantity *const *q, size_t n,
                                 fray_rep_formula *formula, const void *user,
                                 struct fray_arena *arena, struct fray_rep_estimate *e,
                                 struct fray_err *err) {
  struct draws d;
  double *m;
  FRAY_TRY(prepare(r, q, n, &d, arena, e, &m, err));
  const char *status = "ok";
  e->value = formula(user, m, &status);
  e->status = status;
  e->interval = none(status);
  if (isnan(e->value))
    return FRAY_OK;
  if (n == 1 && formula == fray_rep_f_first) { /* the score itself: as in all other tables */
    e->interval = fray_rep_interval(r, q[0]);
    e->p = fray_rep_p_value(q[0], &e->interval);
    e->status = e->interval.status;
    return FRAY_OK;
  }
  if (d.of_seeds && e->n_seeds < 3) { /* as everywhere: two seeds alone show no spread */
    e->interval = none("fewer than 3 seeds");
    e->status = "fewer than 3 seeds";
    return FRAY_OK;
  }
  return make_interval(&d, formula, user, arena, e, err);
}

enum fray_status fray_rep_estimate_of(const struct fray_rep_results *r,
                                      const struct fray_rep_quantity *const *q, size_t n,
                                      fray_rep_formula *formula, const void *user,
                                      struct fray_rep_estimate *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = estimate(r, q, n, formula, user, &arena, out, err);
  fray_arena_free(&arena);
  return status;
}

/* distance is what areas run over: ascending from no damage, whichever way the strength counts. */
static enum fray_status add_point(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                  const struct fray_rep_address *at, double s,
                                  struct fray_rep_profile *out, struct fray_err *err) {
  /* Remembered ones: every measure of a curve asks for the same scores. */
  FRAY_TRY(fray_rep_find_quantity(r, at, &out->q[out->n], err));
  out->s[out->n] = s;
  out->distance[out->n] = fray_strength_distance(axis->strength, s);
  out->cell[out->n++] = at->cell;
  return FRAY_OK;
}

/* Lists have room for one point more than the axis, the clean score before it. A strength
 * without a cell is left out, so n may differ between series; whoever compares two curves must
 * look. Chance is taken as known, at the first point. */
enum fray_status fray_rep_profile_of(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                     size_t series, enum fray_rep_samples samples, size_t metric,
                                     struct fray_rep_profile *out, struct fray_err *err) {
  struct fray_rep_address at = {.samples = samples, .group = FRAY_REP_ALL, .metric = metric};
  at.condition = fray_rep_clean_condition(r);
  at.severity = NAN;
  at.cell = axis->cell_of_series[series];
  *out = (struct fray_rep_profile){.chance = NAN};
  FRAY_ALLOC(out->s, r->arena, axis->n_x + 1, err);
  FRAY_ALLOC(out->distance, r->arena, axis->n_x + 1, err);
  FRAY_ALLOC(out->q, r->arena, axis->n_x + 1, err);
  FRAY_ALLOC(out->cell, r->arena, axis->n_x + 1, err);
  if (fray_rep_wants_clean(axis) && fray_strength_distance(axis->strength, axis->x[0]) > 0 &&
      at.condition < r->conditions.n)
    FRAY_TRY(add_point(r, axis, &at, axis->strength->none, out, err));
  at.condition = axis->condition;
  for (size_t i = 0; i < axis->n_x; i++) {
    at.cell = fray_rep_cell_at(r, axis, series, axis->x[i]);
    at.severity = axis->is_key ? NAN : axis->x[i];
    if (at.cell < r->n_cells)
      FRAY_TRY(add_point(r, axis, &at, axis->x[i], out, err));
  }
  out->chance = out->n ? out->q[0]->chance : NAN;
  return FRAY_OK;
}

struct fray_rep_stat fray_rep_stat_of_estimate(const struct fray_rep_estimate *e) {
  return (struct fray_rep_stat){.n = e->n_seeds,
                                .mean = e->value,
                                .low = e->interval.low,
                                .high = e->interval.high,
                                .p = e->p,
                                .interval = e->interval,
                                .n_clusters = e->n_clusters,
                                .status = e->status};
}
