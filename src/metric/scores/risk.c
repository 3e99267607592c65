/* Metric: how often what is answered is wrong. */
#include "methods.h"

/* Who answers nothing has no risk: undefined, and not 0, which would be the best there is. */
static double risk(const struct fray_scored *scored, const char **status) {
  const size_t answered = scored->n - scored->refused;
  *status = !scored->judged ? "refusals not known" : answered ? "ok" : "nothing answered";
  return scored->judged && answered ? 1 - (double)fray_hits(scored) / (double)answered : NAN;
}

static const struct fray_metric_ops ops = {.is_share = true, .of_finished = true, .value = risk};
const struct fray_choice fray_metric_risk = {
    .name = "risk",
    .meaning = "Share of wrong answers among the samples that were answered (selective risk).",
    .source = "1 - right / answered; El-Yaniv & Wiener 2010",
    .impl = &ops};
