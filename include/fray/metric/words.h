/* What was said against what should have been said: edits of sequences of words. */
#ifndef FRAY_METRIC_WORDS_H
#define FRAY_METRIC_WORDS_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdint.h>

/** Fewest edits that make what was said of the reference, word by word. Their sum is unique; how it
 *  is split into kinds is not: see fray_words_compare. hits + substitutions + deletions are the
 * words of the reference, hits + substitutions + insertions those that were said. Counts add up
 * over samples. */
struct fray_word_edits {
  int64_t hits, substitutions, deletions, insertions;
};

/** Compares n words with m that were said. Of several ways the one that Levenshtein's table is
 * walked back by from its end with deletions first, then insertions, behind the words that both
 * begin and end with (as RapidFuzz, and so jiwer). work: scratch, rewound. O(n m). */
enum fray_status fray_words_compare(size_t n, const int16_t *reference, size_t m,
                                    const int16_t *said, struct fray_arena *work,
                                    struct fray_word_edits *out, struct fray_err *err);

/** Word error rate (S + D + I) / words of the reference, which may exceed 1; NaN without any. */
double fray_word_error_rate(const struct fray_word_edits *edits);
/** Match error rate (S + D + I) / (H + S + D + I), at most 1; NaN without any word. Source of both
 *  below: Morris, Maier & Green 2004. */
double fray_match_error_rate(const struct fray_word_edits *edits);
/** Word information lost, 1 - H / reference * H / said; 1 if nothing was said, NaN without a
 *  reference. */
double fray_word_information_lost(const struct fray_word_edits *edits);

#endif
