/* What the metrics of sequences share: sums of edits, and rates of them. */
#ifndef FRAY_SRC_METRIC_EDIT_RATES_H
#define FRAY_SRC_METRIC_EDIT_RATES_H

#include "fray/metric/metric.h"
#include "fray/metric/words.h"

static inline struct fray_word_edits edits_of(const struct fray_scored *scored) {
  const int64_t *n = scored->confusion;
  return (struct fray_word_edits){n[FRAY_HITS], n[FRAY_SUBSTITUTIONS], n[FRAY_DELETIONS],
                                  n[FRAY_INSERTIONS]};
}

/** Edits of one kind in 100 words of the references; NaN without any. */
static inline double per_hundred(const struct fray_scored *scored, int64_t edits,
                                 const char **status) {
  const struct fray_word_edits e = edits_of(scored);
  const int64_t words = e.hits + e.substitutions + e.deletions;
  *status = words ? "ok" : "no words";
  return words ? 100 * (double)edits / (double)words : NAN;
}

#endif
