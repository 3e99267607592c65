/* Climbing: the pool takes whatever is worse for the model than its least member, success or not.
 */
#include "fray/instrument/redteam.h"

/* A success is rare at first, and until there is one a pool that waits for it stands still. The
 * pool changes as that of scoring does, so that the gate is all that the two differ in. */
static const struct fray_red_strategy_ops ops = {.take = fray_red_replace_least, .usual = true};

extern const struct fray_choice fray_red_strategy_climb;
const struct fray_choice fray_red_strategy_climb = {
    .name = "climb",
    .meaning = "the least member of the pool makes room for whatever is as bad for the model or "
               "worse, success or not",
    .source = "scoring without its gate",
    .impl = &ops,
};
