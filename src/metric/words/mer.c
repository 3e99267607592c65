/* Metric: words that have to be changed, per word that was said or heard. */
#include "edit_rates.h"

/* Unlike wer it cannot exceed 1: insertions are in its denominator too. */
static double mer(const struct fray_scored *scored, const char **status) {
  const struct fray_word_edits e = edits_of(scored);
  const double rate = fray_match_error_rate(&e);
  *status = isnan(rate) ? "no words" : "ok";
  return rate;
}

static const struct fray_metric_ops ops = {
    .title = "match error rate", .value = mer, .of_sequences = true};
extern const struct fray_choice fray_metric_mer;
const struct fray_choice fray_metric_mer = {
    .name = "mer",
    .meaning =
        "Match error rate: substitutions, deletions and insertions over all hits and edits, of all "
        "samples together; at most 1.",
    .source = "(S + D + I) / (H + S + D + I); Morris, Maier & Green 2004",
    .impl = &ops};
