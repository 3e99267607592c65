/* The words of a text, those that another text lacks marked. */
#ifndef REPORT_MARKED_WORDS_H
#define REPORT_MARKED_WORDS_H

#include "fray/corrupt/signal.h"

enum { FRAY_REP_SHOWN_BYTES = 600 }; /* of a text; what is behind them is left out */

/** A word with the blanks behind it, or a stretch of blanks at the beginning. */
struct fray_rep_word {
  const char *text; /* n bytes of the text that it is from */
  size_t n;
  bool marked;
};
/** Bytes of a text that are shown; they end between characters. */
size_t fray_rep_shown_bytes(const struct fray_signal *x);
/** The words of x, which together are what is shown of it, and how many: a word has a byte at
 *  least. Marked are those that `beside` (NULL: none) lacks, byte by byte. MEMORY. */
enum fray_status fray_rep_marked_words(const struct fray_signal *x,
                                       const struct fray_signal *beside,
                                       struct fray_rep_word out[FRAY_REP_SHOWN_BYTES], size_t *n,
                                       struct fray_err *err);

#endif
