/* Metric: words that were not heard. */
#include "edit_rates.h"

/* All words of a sample of which nothing was heard are among them. */
static double deletions(const struct fray_scored *scored, const char **status) {
  return per_hundred(scored, scored->confusion[FRAY_DELETIONS], status);
}

static const struct fray_metric_ops ops = {
    .title = "deletions per 100 words", .value = deletions, .of_sequences = true};
extern const struct fray_choice fray_metric_deletions;
const struct fray_choice fray_metric_deletions = {
    .name = "deletions",
    .meaning = "Words that were left out, per 100 words of the references.",
    .source = "",
    .impl = &ops};
