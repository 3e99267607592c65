/* Scoring: a pool of the successes with the greatest scores. */
#include "fray/instrument/redteam.h"

/* Of several that are least the first, and an equal score is enough, as published. */
static void take(struct fray_red_pool *pool, const struct fray_red_member *candidate) {
  struct fray_red_member *least = &pool->member[fray_red_least(pool)];
  if (!(least->score > candidate->score))
    *least = *candidate;
}

static const struct fray_red_strategy_ops ops = {.gated = true, .take = take, .usual = true};

extern const struct fray_choice fray_red_strategy_scoring;
const struct fray_choice fray_red_strategy_scoring = {
    .name = "scoring",
    .meaning = "a success takes the place of the least member, unless that scores more",
    .source = "FLIRT, arXiv 2308.04265; amazon-science/FLIRT 7f2b732, Scoring_greedy",
    .impl = &ops,
};
