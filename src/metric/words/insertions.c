/* Metric: words that nobody said. */
#include "edit_rates.h"

/* Per words that were said, as the others, so that the three add up to the word error rate. */
static double insertions(const struct fray_scored *scored, const char **status) {
  return per_hundred(scored, scored->confusion[FRAY_INSERTIONS], status);
}

static const struct fray_metric_ops ops = {
    .title = "insertions per 100 words", .value = insertions, .of_sequences = true};
extern const struct fray_choice fray_metric_insertions;
const struct fray_choice fray_metric_insertions = {
    .name = "insertions",
    .meaning = "Words that nobody said, per 100 words of the references.",
    .source = "",
    .impl = &ops};
