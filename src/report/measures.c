#include "measures.h"

#include "fray/base/size.h"
#include "fray/metric/robustness.h"

#include <math.h>

/* One number of a curve, whichever. */
typedef double (*measure_of)(const struct fray_curve *curve, bool higher, const char **status);

static double clean_of(const struct fray_curve *curve, bool higher, const char **status) {
  (void)higher;
  *status = isnan(curve->m[0]) ? "not measured" : "ok";
  return curve->m[0];
}

static double end_of(const struct fray_curve *curve, bool higher, const char **status) {
  (void)higher;
  *status = isnan(curve->m[curve->n - 1]) ? "not measured" : "ok";
  return curve->m[curve->n - 1];
}

static double slope_of(const struct fray_curve *curve, bool higher, const char **status) {
  (void)higher;
  return fray_slope(curve, status);
}

static double retention_of(const struct fray_curve *curve, bool higher, const char **status) {
  return fray_retention(curve, curve->n - 1, higher, status);
}

/* A curve with its draws, and the seeds one by one. */
struct source {
  struct fray_rep_results *r;
  const struct fray_rep_grid *g;
  const struct fray_rep_quantity **q; /* (n_x) */
  size_t n_seeds, n_clusters;
  double chance;
  bool higher, drawn;
  double *m; /* (n_x) scratch */
};

static struct fray_curve curve_of(const struct source *s) {
  return (struct fray_curve){
      .n = s->g->axis->n_x, .s = s->g->axis->x, .m = s->m, .chance = s->chance};
}

static const double *fill_draws(const struct source *s, measure_of of, double *draw) {
  struct fray_curve curve = curve_of(s);
  const char *status;
  for (size_t d = 0; d < FRAY_DRAWS; d++) {
    for (size_t x = 0; x < curve.n; x++)
      s->m[x] = s->q[x]->draw[d];
    draw[d] = of(&curve, s->higher, &status);
  }
  return draw;
}

static const double *fill_seeds(const struct source *s, measure_of of, double *by_seed) {
  struct fray_curve curve = curve_of(s);
  const char *status;
  for (size_t i = 0; i < s->r->seeds.n; i++) {
    for (size_t x = 0; x < curve.n; x++)
      s->m[x] = s->q[x]->by_seed[i];
    by_seed[i] = of(&curve, s->higher, &status);
  }
  return by_seed;
}

/* Over seeds alone a ratio's interval is that of each seed's own ratio, moved to the ratio of the
 * means. */
static struct fray_interval interval_of(const struct fray_rep_results *r, size_t n_seeds,
                                        size_t n_clusters, const struct fray_rep_measure *m) {
  if (m->draw)
    return fray_interval_of(m->value, m->draw, FRAY_DRAWS, n_seeds, n_clusters);
  struct fray_interval out = fray_interval_of_seeds(m->by_seed, r->seeds.n);
  double middle = 0.5 * (out.low + out.high);
  out.low += m->value - middle;
  out.high += m->value - middle;
  return out;
}

static struct fray_rep_measure empty(const char *status) {
  return (struct fray_rep_measure){.value = NAN,
                                   .interval = {.low = NAN,
                                                .high = NAN,
                                                .error = NAN,
                                                .df = NAN,
                                                .kind = FRAY_INTERVAL_NONE,
                                                .status = status},
                                   .status = status};
}

static enum fray_status measure(const struct source *s, measure_of of, struct fray_rep_measure *out,
                                struct fray_err *err) {
  struct fray_curve curve = curve_of(s);
  double *by_seed, *draw;
  for (size_t x = 0; x < curve.n; x++)
    s->m[x] = s->q[x]->value;
  *out = empty("ok");
  out->value = of(&curve, s->higher, &out->status);
  FRAY_ALLOC(by_seed, s->r->arena, s->r->seeds.n, err);
  out->by_seed = fill_seeds(s, of, by_seed);
  if (isnan(out->value)) {
    out->interval.status = out->status;
    return FRAY_OK;
  }
  if (s->drawn) {
    FRAY_ALLOC(draw, s->r->arena, FRAY_DRAWS, err);
    out->draw = fill_draws(s, of, draw);
  }
  out->interval = interval_of(s->r, s->n_seeds, s->n_clusters, out);
  return FRAY_OK;
}

static enum fray_status find_source(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                    size_t series, struct source *s, size_t *n_diverged,
                                    struct fray_err *err) {
  size_t n = g->axis->n_x;
  *s = (struct source){.r = r, .g = g, .drawn = true};
  s->higher = fray_rep_higher_is_better(r->metrics.v[g->metric]);
  FRAY_ALLOC(s->q, r->arena, n, err);
  FRAY_ALLOC(s->m, r->arena, n, err);
  *n_diverged = 0;
  for (size_t x = 0; x < n; x++) {
    struct fray_rep_address at = fray_rep_grid_address(g, series, x);
    FRAY_TRY(fray_rep_quantity(r, &at, &s->q[x], err));
    s->drawn = s->drawn && s->q[x]->draw;
    s->n_seeds = x ? FRAY_MIN(s->n_seeds, s->q[x]->n_seeds) : s->q[x]->n_seeds;
    s->n_clusters = x ? FRAY_MIN(s->n_clusters, s->q[x]->n_clusters) : s->q[x]->n_clusters;
    *n_diverged += s->q[x]->n_diverged;
  }
  s->chance = s->q[0]->chance;
  return FRAY_OK;
}

/* Relative to a clean score that may be no better than chance, a share of it means nothing. */
static bool reaches_chance(const struct source *s, const struct fray_interval *clean) {
  return s->higher ? clean->low <= s->chance : clean->high >= s->chance;
}

static enum fray_status measure_drop(const struct source *s, size_t series,
                                     struct fray_rep_measure *out, struct fray_err *err) {
  struct fray_rep_quantity drop;
  FRAY_TRY(fray_rep_drop_of(s->r, s->g, series, s->higher, &drop, err));
  *out = empty(drop.n_seeds ? "ok" : "not measured");
  out->value = drop.value;
  out->draw = drop.draw;
  out->by_seed = drop.by_seed;
  if (drop.n_seeds)
    out->interval = fray_rep_interval(s->r, &drop);
  return FRAY_OK;
}

enum fray_status fray_rep_measure_curve(struct fray_rep_results *r, const struct fray_rep_grid *g,
                                        size_t series, struct fray_rep_curve_measures *out,
                                        struct fray_err *err) {
  struct source s;
  *out = (struct fray_rep_curve_measures){.series = series};
  FRAY_TRY(find_source(r, g, series, &s, &out->n_diverged, err));
  out->n_seeds = s.n_seeds;
  out->n_clusters = s.n_clusters;
  out->chance = s.chance;
  FRAY_TRY(measure(&s, clean_of, &out->clean, err));
  FRAY_TRY(measure(&s, end_of, &out->end, err));
  FRAY_TRY(measure(&s, slope_of, &out->slope, err));
  FRAY_TRY(measure_drop(&s, series, &out->drop, err));
  if (reaches_chance(&s, &out->clean.interval)) {
    out->rauc = out->s50 = out->retention = empty("clean score not told from chance");
    return FRAY_OK;
  }
  FRAY_TRY(measure(&s, fray_rauc, &out->rauc, err));
  FRAY_TRY(measure(&s, fray_s50, &out->s50, err));
  return measure(&s, retention_of, &out->retention, err);
}

enum fray_status fray_rep_measure_difference(struct fray_rep_results *r,
                                             const struct fray_rep_measure *a,
                                             const struct fray_rep_measure *b, size_t n_seeds,
                                             size_t n_clusters, struct fray_rep_measure *out,
                                             struct fray_err *err) {
  double *by_seed, *draw;
  *out = empty(isnan(a->value) ? a->status : b->status);
  if (isnan(a->value) || isnan(b->value))
    return FRAY_OK;
  out->status = "ok";
  out->value = a->value - b->value;
  FRAY_ALLOC(by_seed, r->arena, r->seeds.n, err);
  for (size_t s = 0; s < r->seeds.n; s++)
    by_seed[s] = a->by_seed[s] - b->by_seed[s];
  out->by_seed = by_seed;
  if (a->draw && b->draw) {
    FRAY_ALLOC(draw, r->arena, FRAY_DRAWS, err);
    for (size_t d = 0; d < FRAY_DRAWS; d++)
      draw[d] = a->draw[d] - b->draw[d];
    out->draw = draw;
  }
  out->interval = interval_of(r, n_seeds, n_clusters, out);
  return FRAY_OK;
}
