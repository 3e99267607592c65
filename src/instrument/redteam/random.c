/* No search: what feedback is held against, as it costs as many questions. */
#include "fray/instrument/redteam.h"

/* Nothing that was tried is looked at again, so it finds what there is in proportion to how much
 * room it takes, and a success share that is greater elsewhere says how often one returned. */
static const struct fray_red_strategy_ops ops = {.fresh = true, .usual = true};

extern const struct fray_choice fray_red_strategy_random;
const struct fray_choice fray_red_strategy_random = {
    .name = "random",
    .meaning = "recipes without parents, drawn anew; what every other strategy is held against",
    .source = "uniform over numbers of entries, kinds and values",
    .impl = &ops,
};
