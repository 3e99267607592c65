#include "grid.h"

#include "fray/base/size.h"
#include "fray/metric/metric.h"

#include <math.h>
#include <string.h>

size_t fray_rep_grid_at(const struct fray_rep_grid *g, size_t series, size_t x) {
  return (series * g->axis->n_x + x) * g->n_seeds;
}

/* Index of a strength on the axis, or n_x. */
static size_t find_x(const struct fray_rep_axis *axis, double x) {
  size_t i = 0;
  while (i < axis->n_x && !(axis->x[i] == x || (isnan(axis->x[i]) && isnan(x))))
    i++;
  return i;
}

static size_t x_of(const struct fray_rep_results *r, const struct fray_rep_axis *axis,
                   const struct fray_rep_score *s) {
  double x;
  if (!axis->is_key)
    return find_x(axis, s->severity);
  return fray_rep_parse_real(r->trial[s->trial].value[axis->key], &x) ? find_x(axis, x) : axis->n_x;
}

static void add_score(const struct fray_rep_results *r, struct fray_rep_grid *g,
                      const struct fray_rep_score *s) {
  const struct fray_rep_trial *t = &r->trial[s->trial];
  size_t x = x_of(r, g->axis, s);
  if (x == g->axis->n_x)
    return;
  size_t at = fray_rep_grid_at(g, g->axis->series_of_cell[t->cell], x) + t->seed;
  g->value[at] = t->diverged ? s->chance : s->value;
  g->chance[at] = s->chance;
  g->realised[at] = s->realised;
  if (g->axis->is_key)
    g->realised[at] = g->axis->damage < r->n_damages ? t->realised[g->axis->damage] : NAN;
  g->samples = fmin(g->samples, s->n);
  g->clusters = fmin(g->clusters, s->clusters);
}

/* What the constant predictor reaches at strength x: from the same seed if that is known. */
static double chance_for(const struct fray_rep_grid *g, size_t x, size_t seed) {
  for (size_t s = 0; s < g->axis->n_series; s++)
    if (isfinite(g->chance[fray_rep_grid_at(g, s, x) + seed]))
      return g->chance[fray_rep_grid_at(g, s, x) + seed];
  for (size_t s = 0; s < g->axis->n_series; s++)
    for (size_t i = 0; i < g->n_seeds; i++)
      if (isfinite(g->chance[fray_rep_grid_at(g, s, x) + i]))
        return g->chance[fray_rep_grid_at(g, s, x) + i];
  return NAN;
}

static void add_diverged(struct fray_rep_grid *g, const struct fray_rep_trial *t) {
  const struct fray_rep_axis *axis = g->axis;
  double own = NAN;
  if (axis->is_key && !fray_rep_parse_real(t->value[axis->key], &own))
    return;
  for (size_t x = 0; x < axis->n_x; x++) {
    if (axis->is_key && axis->x[x] != own)
      continue;
    size_t series = axis->series_of_cell[t->cell], at = fray_rep_grid_at(g, series, x) + t->seed;
    g->diverged[series * axis->n_x + x]++;
    if (isnan(g->value[at]))
      g->value[at] = chance_for(g, x, t->seed);
  }
}

enum fray_status fray_rep_grid(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                               bool last, size_t group, size_t metric, struct fray_rep_grid *out,
                               struct fray_err *err) {
  size_t n = axis->n_series * axis->n_x * r->seeds.n, n_scores;
  struct fray_rep_grid g = {.axis = axis, .n_seeds = r->seeds.n, .samples = NAN, .clusters = NAN};
  FRAY_ALLOC(g.value, r->arena, 3 * n, err);
  FRAY_ALLOC_ZERO(g.diverged, r->arena, axis->n_series * axis->n_x, err);
  g.chance = g.value + n;
  g.realised = g.chance + n;
  for (size_t i = 0; i < 3 * n; i++)
    g.value[i] = NAN;
  const struct fray_rep_score *s =
      fray_rep_scores(r, last, axis->condition, group, metric, &n_scores);
  for (size_t i = 0; i < n_scores; i++)
    add_score(r, &g, &s[i]);
  for (size_t t = 0; t < r->n_trials; t++)
    if (r->trial[t].diverged)
      add_diverged(&g, &r->trial[t]);
  *out = g;
  return FRAY_OK;
}

double fray_rep_mean(const double *v, size_t n) {
  double sum = 0, size = 0;
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(v[i])) {
      sum += v[i];
      size += fabs(v[i]);
      count++;
    }
  if (fabs(sum) < 1e-12 * size) /* changes that cancel leave rounding errors, not a gain */
    return 0;
  return count ? sum / (double)count : NAN;
}

struct fray_rep_stat fray_rep_stat(const double *v, size_t n, size_t comparisons) {
  struct fray_rep_stat s = {.mean = fray_rep_mean(v, n), .low = NAN, .high = NAN};
  double squares = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(v[i])) {
      squares += (v[i] - s.mean) * (v[i] - s.mean);
      s.n++;
    }
  if (s.n < 3)
    return s;
  double deviation = sqrt(squares / (double)(s.n - 1));
  double t = fray_student_t(1 - 0.025 / (double)comparisons, (double)(s.n - 1));
  s.low = s.mean - t * deviation / sqrt((double)s.n);
  s.high = s.mean + t * deviation / sqrt((double)s.n);
  return s;
}

void fray_rep_drop(const struct fray_rep_grid *g, size_t series, bool higher_is_better,
                   double *out) {
  const double *first = g->value + fray_rep_grid_at(g, series, 0);
  const double *end = g->value + fray_rep_grid_at(g, series, g->axis->n_x - 1);
  for (size_t i = 0; i < g->n_seeds; i++)
    out[i] = higher_is_better ? first[i] - end[i] : end[i] - first[i];
}

void fray_rep_level_difference(const struct fray_rep_grid *g, size_t a, size_t b, double *out) {
  size_t x = g->axis->n_x - 1;
  for (size_t i = 0; i < g->n_seeds; i++)
    out[i] = g->value[fray_rep_grid_at(g, a, x) + i] - g->value[fray_rep_grid_at(g, b, x) + i];
}

bool fray_rep_clip(struct fray_rep_stat *s) {
  bool out = s->low < 0 || s->high > 1;
  s->low = s->low < 0 ? 0 : s->low;
  s->high = s->high > 1 ? 1 : s->high;
  return out;
}

static bool is_damaged_at_test(const struct fray_rep_results *r, const struct fray_rep_trial *t) {
  for (size_t d = 0; d < r->n_damages; d++) {
    double rate = isnan(t->realised[d]) ? t->nominal[d] : t->realised[d];
    if (r->damage[d].at_test && rate > 0)
      return true;
  }
  return false;
}

void fray_rep_grid_fill(const struct fray_rep_results *r, struct fray_rep_grid *clean,
                        const struct fray_rep_grid *trial) {
  for (size_t i = 0; i < r->n_trials; i++) {
    const struct fray_rep_trial *t = &r->trial[i];
    size_t at = fray_rep_grid_at(clean, clean->axis->series_of_cell[t->cell], 0) + t->seed;
    if (!isnan(clean->chance[at]) || is_damaged_at_test(r, t))
      continue;
    clean->value[at] = trial->value[at];
    clean->chance[at] = trial->chance[at];
  }
}
