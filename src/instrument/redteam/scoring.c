/* Scoring: a pool of the successes with the greatest scores. */
#include "fray/instrument/redteam.h"

/* Only what succeeded may enter: where nothing does, the pool stays what it began with. */
static const struct fray_red_strategy_ops ops = {
    .gated = true, .take = fray_red_replace_least, .usual = true};

extern const struct fray_choice fray_red_strategy_scoring;
const struct fray_choice fray_red_strategy_scoring = {
    .name = "scoring",
    .meaning = "a success takes the place of the least member, unless that scores more",
    .source = "FLIRT, arXiv 2308.04265; amazon-science/FLIRT 7f2b732, Scoring_greedy",
    .impl = &ops,
};
