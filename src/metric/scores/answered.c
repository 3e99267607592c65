/* Metric: the share of the samples that are answered at all. */
#include "methods.h"

/* One label: a judge may refuse. Of sets every class is said or not. */
static double answered(const struct fray_scored *scored, const char **status) {
  *status = scored->judged ? "ok" : "refusals not known";
  return scored->judged ? 1 - (double)scored->refused / (double)scored->n : NAN;
}

static const struct fray_metric_ops ops = {
    .higher_is_better = true, .is_share = true, .of_finished = true, .value = answered};
const struct fray_choice fray_metric_answered = {
    .name = "answered",
    .meaning = "Share of the samples that the judge did not refuse to answer (coverage).",
    .source = "1 - refused / n; coverage of Chow 1970, El-Yaniv & Wiener 2010",
    .impl = &ops};
