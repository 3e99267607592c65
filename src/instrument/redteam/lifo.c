/* Last in, first out: all seeds but one stay for ever. */
#include "fray/instrument/redteam.h"

/* One place is exchanged again and again, so the others are what they were in the
 * beginning: published as it is, and measured to find less than drawing does. */
static void take(struct fray_red_pool *pool, const struct fray_red_member *candidate) {
  pool->member[pool->n - 1] = *candidate;
}

static const struct fray_red_strategy_ops ops = {.gated = true, .take = take};

extern const struct fray_choice fray_red_strategy_lifo;
const struct fray_choice fray_red_strategy_lifo = {
    .name = "lifo",
    .meaning = "a success takes the last place of the pool; the others stay",
    .source = "FLIRT, arXiv 2308.04265; amazon-science/FLIRT 7f2b732, LIFO",
    .impl = &ops,
};
