/* Metric: words that have to be changed, per word that was said. */
#include "edit_rates.h"

/* Of sums over samples: long sequences weigh more, as their words are more. */
static double wer(const struct fray_scored *scored, const char **status) {
  const struct fray_word_edits e = edits_of(scored);
  const double rate = fray_word_error_rate(&e);
  *status = isnan(rate) ? "no words" : "ok";
  return rate;
}

static const struct fray_metric_ops ops = {
    .title = "word error rate", .value = wer, .of_sequences = true};
extern const struct fray_choice fray_metric_wer;
const struct fray_choice fray_metric_wer = {
    .name = "wer",
    .meaning =
        "Word error rate: substitutions, deletions and insertions over the words of the "
        "references, "
        "of all samples together; lower is better, and above 1 if more is inserted than said.",
    .source = "(S + D + I) / N of the fewest edits, as jiwer and NIST sclite",
    .impl = &ops};
