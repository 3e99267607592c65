/* The list of strategies, and what pools of all of them share. */
#include "fray/base/size.h"
#include "fray/instrument/redteam.h"

#include <math.h>

#define FRAY_LIST "strategies.def"
#define FRAY_STRATEGY(name) FRAY_LISTED(fray_red_strategy_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_red_strategies = {
    .what = "strategy", .plural = "strategies", .v = registry, .n = FRAY_COUNT(registry)};

/* The first of several alike, as Python's min and index find it. */
size_t fray_red_least(const struct fray_red_pool *pool) {
  size_t least = 0;
  for (size_t i = 1; i < pool->n; i++) {
    const double a = pool->member[i].score, b = pool->member[least].score;
    if (a < b || (isnan(a) && !isnan(b)))
      least = i;
  }
  return least;
}

/* Of several that are least the first, and an equal score is enough, as published: so plateaus are
 * walked on. */
void fray_red_replace_least(struct fray_red_pool *pool, const struct fray_red_member *candidate) {
  struct fray_red_member *least = &pool->member[fray_red_least(pool)];
  if (!(least->score > candidate->score))
    *least = *candidate;
}

/* A pair is looked up by numbers of candidates, so that the candidate need not be in the pool. */
double fray_red_merit(const struct fray_red_pool *pool, size_t at,
                      const struct fray_red_member *candidate) {
  double score = 0, apart = 0;
  size_t pairs = 0;
  for (size_t i = 0; i < pool->n; i++) {
    const struct fray_red_member *a = candidate && i == at ? candidate : &pool->member[i];
    score += a->score;
    for (size_t j = i + 1; j < pool->n; j++, pairs++)
      apart += pool->dissimilar(pool->user, a->id,
                                candidate && j == at ? candidate->id : pool->member[j].id);
  }
  /* FLIRT divides by no pairs where there is one member; there is nothing to differ from. */
  return score / (double)pool->n + 0.5 * (pairs ? apart / (double)pairs : 0);
}

/* A seed over a limit has no score, and then any pool without it is better. */
void fray_red_pool_begin(struct fray_red_pool *pool) {
  pool->steps = 0;
  pool->best = pool->dissimilar ? fray_red_merit(pool, 0, NULL) : NAN;
  if (isnan(pool->best))
    pool->best = -INFINITY;
}

/* Steps are counted whatever becomes of them; what is over a limit costs one, and nothing else. */
void fray_red_take(const struct fray_choice *strategy, struct fray_red_pool *pool,
                   const struct fray_red_member *candidate, bool success) {
  const struct fray_red_strategy_ops *ops = strategy->impl;
  pool->steps++;
  if (ops->take && !isnan(candidate->score) && (success || !ops->gated))
    ops->take(pool, candidate);
}
