/* Metric: words taken for others. */
#include "edit_rates.h"

/* A word that is heard late or early counts as one left out and one too many, not as two of these:
 * which kind an error is depends on how the two are laid beside each other. */
static double substitutions(const struct fray_scored *scored, const char **status) {
  return per_hundred(scored, scored->confusion[FRAY_SUBSTITUTIONS], status);
}

static const struct fray_metric_ops ops = {
    .title = "substitutions per 100 words", .value = substitutions, .of_sequences = true};
extern const struct fray_choice fray_metric_substitutions;
const struct fray_choice fray_metric_substitutions = {
    .name = "substitutions",
    .meaning =
        "Words that were taken for another one, per 100 words of the references; how edits are "
        "split into kinds is not unique, their sum is.",
    .source = "RapidFuzz (jiwer): deletions first, from the end",
    .impl = &ops};
