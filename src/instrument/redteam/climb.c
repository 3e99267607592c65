/* Climbing: the pool takes whatever is worse for the model than its least member, success or not.
 */
#include "fray/instrument/redteam.h"

#include <math.h>

/* Whether a is less worth keeping than b. Of two as bad for the model the one with more entries:
 * what it has more than the other does nothing, and stands where something that does could be
 * added. */
static bool less(const struct fray_red_member *a, const struct fray_red_member *b) {
  if (isnan(a->score) || isnan(b->score))
    return isnan(a->score) && !isnan(b->score);
  return a->score < b->score || (a->score <= b->score && a->entries > b->entries);
}

/* A success is rare at first, and until there is one a pool that waits for it stands still. One
 * that is worth as much as the least replaces it too, so that plateaus are walked on. */
static void take(struct fray_red_pool *pool, const struct fray_red_member *candidate) {
  size_t least = 0;
  for (size_t i = 1; i < pool->n; i++)
    if (less(&pool->member[i], &pool->member[least]))
      least = i;
  if (!less(candidate, &pool->member[least]))
    pool->member[least] = *candidate;
}

static const struct fray_red_strategy_ops ops = {.take = take, .usual = true};

extern const struct fray_choice fray_red_strategy_climb;
const struct fray_choice fray_red_strategy_climb = {
    .name = "climb",
    .meaning =
        "the least member of the pool makes room for whatever is as bad for the model or worse, "
        "success or not; of those alike the one with more entries goes",
    .source = "scoring without its gate",
    .impl = &ops,
};
