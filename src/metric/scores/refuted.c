/* Metric: the share of the samples of which a judge says that the evidence is against them. */
#include "methods.h"

/* Neither way is better by itself: it is right where the evidence is that of something else, and
 * wrong where it is not. Listed among what a study may ask for, and as wrong of clean samples. */
static double refuted(const struct fray_scored *scored, const char **status) {
  *status = scored->judged ? "ok" : "refusals not known";
  return scored->judged ? (double)scored->refuted / (double)scored->n : NAN;
}

static const struct fray_metric_ops ops = {
    .higher_is_better = false, .is_share = true, .of_finished = true, .value = refuted};
const struct fray_choice fray_metric_refuted = {
    .name = "refuted",
    .meaning = "Share of the samples whose claim the judge called refuted by the evidence; what is "
               "neither answered nor refuted has not enough of it.",
    .source = "refuted / n; FEVER, Thorne et al. 2018",
    .impl = &ops};
