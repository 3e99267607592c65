/* First in, first out: a pool of the last successes. */
#include "fray/instrument/redteam.h"

/* The newest stands first. After as many successes as there are places all seeds are gone, and the
 * search stays about the last of them. */
static void take(struct fray_red_pool *pool, const struct fray_red_member *candidate) {
  for (size_t i = pool->n - 1; i > 0; i--)
    pool->member[i] = pool->member[i - 1];
  pool->member[0] = *candidate;
}

static const struct fray_red_strategy_ops ops = {.gated = true, .take = take, .usual = true};

extern const struct fray_choice fray_red_strategy_fifo;
const struct fray_choice fray_red_strategy_fifo = {
    .name = "fifo",
    .meaning = "a success enters, and the oldest member leaves",
    .source = "FLIRT, arXiv 2308.04265; amazon-science/FLIRT 7f2b732, FIFO",
    .impl = &ops,
};
