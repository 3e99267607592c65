/* Metric: what refusing cost: answers that would have been right and were not given. */
#include "methods.h"

/* Of all that would have been right, so that a judge that refuses everything gets 1 whatever the
 * model is worth. */
static double refused_right(const struct fray_scored *scored, const char **status) {
  const double right = (double)fray_hits(scored) + (double)scored->refused_right;
  *status = !scored->judged ? "refusals not known" : right > 0 ? "ok" : "nothing right";
  if (!scored->judged)
    return NAN;
  return right > 0 ? (double)scored->refused_right / right : NAN;
}

/* The constant predictor refuses nothing, but where it is never right there is nothing to refuse.
 */
static double chance(const struct fray_scored *constant, const size_t *ranking,
                     const char **status) {
  (void)constant;
  (void)ranking;
  *status = "ok";
  return 0;
}

static const struct fray_metric_ops ops = {.title = "unwarranted refusal",
                                           .is_share = true,
                                           .of_finished = true,
                                           .chance = chance,
                                           .value = refused_right};
const struct fray_choice fray_metric_refused_right = {
    .name = "refused_right",
    .meaning = "Share of the samples whose largest output is the true class that were refused all "
               "the same (unwarranted refusal).",
    .source = "refused and right / right",
    .impl = &ops};
