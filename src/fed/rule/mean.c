/* The mean: what every federation does unless it defends itself. One liar moves it as far as it
 * likes, so it tolerates nobody; after something that goes before it, it is of all updates alike.
 */
#include "fray/fed/rule.h"

static const struct fray_rule_ops ops = {.form = FRAY_RULE_SUM};

extern const struct fray_choice fray_rule_mean;
const struct fray_choice fray_rule_mean = {
    .name = "mean",
    .meaning = "the mean of the updates, weighted as the server's algorithm says (by samples)",
    .source = "McMahan et al. 2017, arXiv 1602.05629, Alg. 1",
    .impl = &ops,
};
