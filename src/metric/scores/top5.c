/* Metric: right among the five largest scores. */
#include "methods.h"

static double top5(const struct fray_scored *scored, const char **status) {
  return fray_top_value(scored, 5, status);
}

static double chance(const struct fray_scored *constant, const size_t *ranking,
                     const char **status) {
  return fray_top_chance(constant, ranking, 5, status);
}

static const struct fray_metric_ops ops = {.title = "top-5 accuracy",
                                           .higher_is_better = true,
                                           .is_share = true,
                                           .needs_scores = true,
                                           .value = top5,
                                           .chance = chance};
const struct fray_choice fray_metric_top5 = {
    .name = "top5",
    .meaning =
        "Share of the samples whose true class is among the five with the largest scores; of "
        "equal scores the class with the smaller number comes first. One label only.",
    .source = "top-k accuracy; chance: the five most frequent training classes",
    .impl = &ops};
