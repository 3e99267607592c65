/* Metric: how often a model stays with what is there, whatever was put beside it. */
#include "methods.h"

/* hijack + kept + refused + another class are all of them. */
static double kept(const struct fray_scored *scored, const char **status) {
  return fray_lured_share(&scored->lured, scored->lured.kept, status);
}

static const struct fray_metric_ops ops = {.title = "own class kept",
                                           .higher_is_better = true,
                                           .is_share = true,
                                           .of_finished = true,
                                           .of_probabilities = true,
                                           .value = kept};
const struct fray_choice fray_metric_kept = {
    .name = "kept",
    .meaning = "Of the same samples as hijack: share still answered with their own class.",
    .source = "answered with the own class / eligible",
    .impl = &ops};
