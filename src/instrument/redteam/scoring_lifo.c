/* Scoring in the last place, which is given up after some steps whatever its score. */
#include "fray/instrument/redteam.h"

/* Steps are counted whether they succeed or not; the clock starts anew with each exchange. */
enum { PATIENCE = 4 };

/* The other places keep their seeds for ever, as with any stack. */
static void take(struct fray_red_pool *pool, const struct fray_red_member *candidate) {
  struct fray_red_member *last = &pool->member[pool->n - 1];
  if (last->score > candidate->score && pool->steps < PATIENCE)
    return;
  *last = *candidate;
  pool->steps = 0;
}

static const struct fray_red_strategy_ops ops = {.gated = true, .take = take};

extern const struct fray_choice fray_red_strategy_scoring_lifo;
const struct fray_choice fray_red_strategy_scoring_lifo = {
    .name = "scoring_lifo",
    .meaning =
        "a success takes the last place if it scores as much, or 4 steps after the last exchange",
    .source = "FLIRT, arXiv 2308.04265; amazon-science/FLIRT 7f2b732, Scoring-LIFO",
    .impl = &ops,
};
