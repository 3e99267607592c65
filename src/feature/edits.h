/* How far two sequences lie apart: of texts no number says it value by value, as one lost letter
 * moves all that follow. */
#ifndef FRAY_SRC_FEATURE_EDITS_H
#define FRAY_SRC_FEATURE_EDITS_H

#include <stddef.h>

enum { EDITS_MOST = 1024 }; /* items of each that are looked at */

/** Insertions, deletions and substitutions that make b of a, over the items of b; of both the first
 *  EDITS_MOST items (of `size` bytes) count. n_b >= 1.
 *  Source: Levenshtein 1966, by the rows of Wagner & Fischer 1974. */
double edits_rate(const void *a, size_t n_a, const void *b, size_t n_b, size_t size);

#endif
