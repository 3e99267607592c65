/* Metric: how often a class is answered that somebody wants answered, of samples of other classes.
 *
 * It asks nothing of an attack: under a condition that puts the trigger on the samples it is the
 * success of a backdoor, and without, or of an honest federation, the rate at which that class is
 * answered anyhow. What an attack adds is the difference. */
#include "methods.h"

#include <math.h>

/* By counts of the one class against the rest, so that kept classes are enough for its draws. */
static double attack_success(const struct fray_scored *scored, const char **status) {
  *status = "no target";
  if (scored->target == 0 || scored->target > scored->n_classes)
    return NAN;
  const struct fray_class_counts counts = fray_class_counts_of(scored, scored->target - 1);
  const int64_t others = (int64_t)scored->n - counts.in_truth;
  *status = others > 0 ? "ok" : "no samples of other classes";
  return others > 0 ? (double)(counts.in_answers - counts.hit) / (double)others : NAN;
}

static const struct fray_metric_ops ops = {.title = "attack success",
                                           .higher_is_better = false,
                                           .is_share = true,
                                           .needs_target = true,
                                           .value = attack_success};
const struct fray_choice fray_metric_attack_success = {
    .name = "attack_success",
    .meaning = "Share of the samples of other classes than the target that are answered with the "
               "target (evaluate.target, or that of training.attack). Under a trigger the success "
               "of a backdoor; without one, or of honest clients, what it is to be held against. "
               "Lower is better.",
    .source = "attack success rate: Gu et al. 2017, arXiv 1708.06733; samples of the target left "
              "out",
    .impl = &ops};
