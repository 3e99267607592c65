/* Metric: right among the two largest scores. */
#include "methods.h"

/* The k is part of the name: metrics have no parameters, and a column of a table needs a fixed
 * meaning. Another k is another file like this one. */
static double top2(const struct fray_scored *scored, const char **status) {
  return fray_top_value(scored, 2, status);
}

static double chance(const struct fray_scored *constant, const size_t *ranking,
                     const char **status) {
  return fray_top_chance(constant, ranking, 2, status);
}

static const struct fray_metric_ops ops = {.title = "top-2 accuracy",
                                           .higher_is_better = true,
                                           .is_share = true,
                                           .needs_scores = true,
                                           .value = top2,
                                           .chance = chance};
const struct fray_choice fray_metric_top2 = {
    .name = "top2",
    .meaning = "Share of the samples whose true class is among the two with the largest scores; of "
               "equal scores the class with the smaller number comes first. One label only.",
    .source = "top-k accuracy; chance: the two most frequent training classes",
    .impl = &ops};
