/* Writes a text anew with some of its stretches changed. */
#ifndef FRAY_SRC_CORRUPT_TEXT_REWRITE_H
#define FRAY_SRC_CORRUPT_TEXT_REWRITE_H

#include "corrupt/text/tools/spans.h"
#include "fray/corrupt/signal.h"

/** What becomes of a stretch. Zero-initialised: it stays. */
struct fray_change {
  const char *text; /* stands in its place, size bytes; NULL: it stays */
  size_t size;
  bool drop; /* it goes, with the blanks behind it (those before it, where none are behind) */
};

/** Changes stretch k of the text by change[k] (spans->n). What would leave nothing at all, or is
 *  longer than there is room for, leaves the text as it was: a value has at least one byte. Memory:
 *  scratch. MEMORY. */
enum fray_status fray_rewrite(struct fray_signal *text, const struct fray_spans *spans,
                              const struct fray_change *change, struct fray_arena *scratch,
                              struct fray_err *err);
/** An unchanged array for spans->n stretches. MEMORY. */
enum fray_status fray_changes_make(const struct fray_spans *spans, struct fray_arena *scratch,
                                   struct fray_change **out, struct fray_err *err);
/** Lets `word` stand in place of a stretch; its first letter is a capital, or a small letter, where
 *  that of the stretch is (in ASCII). MEMORY. */
enum fray_status fray_change_word(const char *text, struct fray_span span, const char *word,
                                  struct fray_change *out, struct fray_arena *scratch,
                                  struct fray_err *err);

#endif
