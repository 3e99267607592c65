/* Text -> words as hashed ids: fastText's words and character n-grams. Private to this layer. */
#ifndef FRAY_FEATURE_TOKENS_H
#define FRAY_FEATURE_TOKENS_H

#include "vectors.h"

#include <stdbool.h>
#include <stddef.h>

enum { TOKENS_EMPTY = 0 /* id of the one token of a text without words */ };

struct tokens {
  size_t buckets;              /* ids are 0 .. buckets-1, at most 2^24: exact in a float */
  size_t min_ngram, max_ngram; /* code points, marks included; max_ngram 0: words only */
  size_t max_words;            /* what follows is dropped */
  size_t ids;                  /* per word: the word's, then those of its n-grams, then -1 */
  bool fold;
  const struct vectors *vectors; /* NULL: none; else a row has one place more */
};

/** Words that a text of `size` bytes can hold, at most max_words: never more than two a byte, as no
 *  code point becomes more than that (U+FDFA: 4 words of 3 bytes; squared kana: 6). */
size_t tokens_most(const struct tokens *tokens, size_t size);
/** Ids of a text of any bytes: out (tokens_most, ids), of which the returned number of rows, >= 1,
 * is set; with vectors (tokens_most, ids + 1), the last of a row that of its vector, or -1. A word
 * w is hashed as "<w>" in UTF-8, an n-gram as the piece of "<w>" that it is, shortest n-grams
 * first, so that a long word loses its longest ones when `ids` is too small. The id is 1 + XXH3-64
 * mod (buckets - 1). Source: Bojanowski et al. 2017, section 3.2; hashing: Weinberger et al. 2009.
 */
size_t tokens_make(const struct tokens *tokens, const void *text, size_t size, float *out);

#endif
