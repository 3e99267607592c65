/* Terms and their counterparts, as pairs "first/second": where one stands in a text. */
#ifndef FRAY_SRC_CORRUPT_TEXT_TERMS_H
#define FRAY_SRC_CORRUPT_TEXT_TERMS_H

#include "corrupt/text/tools/spans.h"
#include "fray/schema/schema.h"

/** A side of a pair: its bytes, within the pair. */
struct fray_term {
  const char *at;
  size_t size;
};
struct fray_term fray_term_side(const char *pair, bool second);

/** INPUT unless each pair is two terms with a stroke between them, each term one word or several
 *  with single blanks between them, and in one place of one pair only. */
enum fray_status fray_terms_check(const struct fray_strings *pairs, struct fray_err *err);

/** A term that begins at a word of a text. */
struct fray_term_found {
  size_t words; /* how many it has; 0: none begins there */
  size_t pair;  /* which */
  bool second;  /* which side of it */
};
/** Of several the one of most words. Its first letter may be a capital, its words are as listed and
 * have single blanks between them. O(pairs x words of a term). */
struct fray_term_found fray_terms_find(const struct fray_strings *pairs, const char *text,
                                       const struct fray_spans *words, size_t k);

#endif
