/* The parts of a text that damage acts on: words, tokens, letters, as stretches of bytes. */
#ifndef FRAY_SRC_CORRUPT_TEXT_SPANS_H
#define FRAY_SRC_CORRUPT_TEXT_SPANS_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>

struct fray_span {
  size_t begin, end; /* bytes */
};
/** Stretches from left to right, apart from each other. */
struct fray_spans {
  size_t n;
  struct fray_span *v;
};

/** Words: maximal runs of letters, each with the marks on it; an apostrophe (U+0027, U+2019)
 * between two letters is inside. Ill-formed bytes are no letters. Memory: arena. MEMORY. */
enum fray_status fray_spans_words(const char *text, size_t size, struct fray_arena *arena,
                                  struct fray_spans *out, struct fray_err *err);
/** Tokens: maximal runs of anything but blanks. Memory: arena. MEMORY. */
enum fray_status fray_spans_tokens(const char *text, size_t size, struct fray_arena *arena,
                                   struct fray_spans *out, struct fray_err *err);
/** Letters of a word, each with its marks, without apostrophes, into out (as many as the word has
 *  bytes). Returns how many. */
size_t fray_spans_letters(const char *text, struct fray_span word, struct fray_span *out);

/** True if the span reads as the word, where the first letter may be a capital instead of a small
 *  one or the reverse (in ASCII); U+2019 reads as an apostrophe. */
bool fray_span_is(const char *text, struct fray_span span, const char *word);
/** The same of a word that does not end in NUL. */
bool fray_span_reads(const char *text, struct fray_span span, const char *word, size_t size);

#endif
