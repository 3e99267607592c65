/* Whom a rate hits: one draw a unit and modality, compared with the rate, so that a larger rate
 * hits the same and more. */
#include "scope.h"

#include <math.h>
#include <stdlib.h>

static size_t unit_of(const struct fray_rate_draws *draws, const struct fray_scope *scope,
                      size_t i) {
  return draws->unit == FRAY_UNIT_CLIENT ? scope->people->client[i] : i;
}

/* One number a unit and modality: kinds that ask for more take them from a further stream. */
static double draw_one(const struct fray_rate_draws *draws, const struct fray_scope *scope,
                       size_t unit, size_t m) {
  if (draws->draw_one)
    return draws->draw_one(scope, unit, m);
  struct fray_rng rng =
      fray_scope_stream(scope, (enum fray_unit)draws->unit, unit, fray_scope_modality(scope, m));
  return fray_rng_uniform(&rng);
}

/* Of a client one draw serves all its samples: it is made where the first of them can be hit. */
static void draw_all(struct fray_rate_draws *draws, const struct fray_scope *scope) {
  for (size_t at = 0; at < draws->units * draws->stride; at++)
    draws->draw[at] = NAN;
  for (size_t i = 0; i < scope->people->n; i++) {
    /* Units of which nothing can be hit stay NaN, so that exact shares count those that can. */
    if (!fray_scope_takes(scope, i))
      continue;
    size_t unit = unit_of(draws, scope, i);
    unsigned may = fray_scope_may(scope, i);
    for (size_t m = 0; m < draws->stride; m++) {
      double *draw = &draws->draw[unit * draws->stride + m];
      if ((may >> m & 1) && isnan(*draw))
        *draw = draw_one(draws, scope, unit, m);
    }
  }
}

/* Replaces each modality's draws by their ranks, a step function with the exact count. */
static enum fray_status rank_all(struct fray_rate_draws *draws, const struct fray_scope *scope,
                                 struct fray_err *err) {
  double *column = NULL;
  uint64_t *source = NULL;
  FRAY_ALLOC(column, scope->arena, draws->units, err);
  FRAY_ALLOC(source, scope->arena, draws->units, err);
  for (size_t u = 0; u < draws->units; u++)
    source[u] = fray_scope_source(scope, (enum fray_unit)draws->unit, u);
  for (size_t m = 0; m < draws->stride; m++) {
    for (size_t u = 0; u < draws->units; u++)
      column[u] = draws->draw[u * draws->stride + m];
    FRAY_TRY(fray_rank_draws(column, source, draws->units, scope->arena, err));
    for (size_t u = 0; u < draws->units; u++)
      draws->draw[u * draws->stride + m] = column[u];
  }
  return FRAY_OK;
}

/* Ranks among the modalities of a unit. In the middle of its step, so that round(rate m) of m are
 * hit: who asks for one of three by 0.33 means one. */
static void rank_within(struct fray_rate_draws *draws) {
  for (size_t u = 0; u < draws->units; u++) {
    double *draw = &draws->draw[u * draws->stride], rank[FRAY_MAX_MODALITIES];
    size_t have = 0;
    for (size_t m = 0; m < draws->stride; m++) {
      have += isnan(draw[m]) ? 0 : 1;
      rank[m] = 0.5;
      for (size_t other = 0; other < draws->stride; other++)
        if (draw[other] < draw[m] || (draw[other] == draw[m] && other < m))
          rank[m] += 1;
    }
    for (size_t m = 0; m < draws->stride; m++)
      if (!isnan(draw[m]))
        draw[m] = rank[m] / (double)have;
  }
}

/* The draws do not depend on the rate: that is what makes sets nest, and curves smooth. */
enum fray_status fray_rate_draws_make(struct fray_rate_draws *draws, const struct fray_scope *scope,
                                      struct fray_err *err) {
  draws->units = draws->unit == FRAY_UNIT_CLIENT ? scope->people->n_clients : scope->people->n;
  draws->stride = scope->people->dataset->n_modalities;
  FRAY_ALLOC(draws->draw, scope->arena, draws->units * draws->stride, err);
  draw_all(draws, scope);
  if (draws->how == FRAY_DRAW_K_OF_M)
    rank_within(draws);
  return draws->how == FRAY_DRAW_EXACT ? rank_all(draws, scope, err) : FRAY_OK;
}

/* NaN where the unit has nothing to hit; comparisons with it are false, so nothing is hit. */
double fray_rate_draw(const struct fray_rate_draws *draws, const struct fray_scope *scope, size_t i,
                      size_t m) {
  return draws->draw[unit_of(draws, scope, i) * draws->stride + m];
}

/* Draws lie in [0, 1): with < nothing is hit at 0 and all at 1. Ranks lie in (0, 1]: with <= the
 * floor(rate n) smallest are hit. */
bool fray_rate_hits(const struct fray_rate_draws *draws, double draw) {
  return draws->how == FRAY_DRAW_BERNOULLI ? draw < draws->rate : draw <= draws->rate;
}

struct ranked {
  double draw;
  uint64_t source;
  size_t unit;
};

/* Equal draws are as good as impossible, but a tie that the order of samples broke would make
 * damage depend on it. */
static int compare_ranked(const void *left, const void *right) {
  const struct ranked *a = left, *b = right;
  if (a->draw != b->draw)
    return a->draw < b->draw ? -1 : 1;
  return (a->source > b->source) - (a->source < b->source);
}

/* Sorting is O(n log n) once, where the smallest draws would be looked for at each rate anew. */
enum fray_status fray_rank_draws(double *draw, const uint64_t *source, size_t n,
                                 struct fray_arena *arena, struct fray_err *err) {
  struct ranked *ranked = NULL;
  FRAY_ALLOC(ranked, arena, n, err);
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(draw[i]))
      ranked[count++] = (struct ranked){draw[i], source[i], i};
  qsort(ranked, count, sizeof *ranked, compare_ranked);
  for (size_t rank = 0; rank < count; rank++)
    draw[ranked[rank].unit] = (double)(rank + 1) / (double)count;
  return FRAY_OK;
}
