/* Metric: right among the three largest scores. */
#include "methods.h"

static double top3(const struct fray_scored *scored, const char **status) {
  return fray_top_value(scored, 3, status);
}

static double chance(const struct fray_scored *constant, const size_t *ranking,
                     const char **status) {
  return fray_top_chance(constant, ranking, 3, status);
}

static const struct fray_metric_ops ops = {.title = "top-3 accuracy",
                                           .higher_is_better = true,
                                           .is_share = true,
                                           .needs_scores = true,
                                           .value = top3,
                                           .chance = chance};
const struct fray_choice fray_metric_top3 = {
    .name = "top3",
    .meaning =
        "Share of the samples whose true class is among the three with the largest scores; of "
        "equal scores the class with the smaller number comes first. One label only.",
    .source = "top-k accuracy; chance: the three most frequent training classes",
    .impl = &ops};
