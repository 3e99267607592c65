/* Text -> words: the only door to utf8proc, which holds Unicode's tables. */
#ifndef FRAY_CODEC_WORDS_H
#define FRAY_CODEC_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  FRAY_WORD_MAX = 128,    /* code points kept of a word; the rest of a longer one is dropped */
  FRAY_WORDS_READ = 256,  /* code points that are normalised together */
  FRAY_WORDS_EXPAND = 18, /* code points that one can become (U+FDFA) */
};

/** Reads a text word by word. Any bytes will do: each maximal ill-formed subpart is read as U+FFFD,
 *  which counts as a letter, so that damage to one word leaves its neighbours alone.
 *
 *  The text is brought into NFKC, without default-ignorable code points (joiners, soft hyphens,
 *  variation selectors, byte order marks); with `fold` into NFKC_Casefold (locale-independent: I
 *  becomes i). Then, by general category:
 *  - letters (L), digits and other numbers (N), U+FFFD form words, as long as can be; marks (M)
 *    continue a word and never begin one;
 *  - an apostrophe (U+0027, U+2019) within a word belongs to it, as U+0027;
 *  - scripts written without spaces between words (Han, kana, bopomofo, Yi, Thai, Lao, Myanmar,
 *    Khmer, ...): every letter of category Lo, with what modifies it (M, Lm), is a word of its own;
 *  - other symbols (So: emoji, signs) are words of their own;
 *  - everything else only separates: white space, punctuation, controls (NUL too), other symbols.
 *
 *  Text is normalised in pieces of at most FRAY_WORDS_READ code points, cut between grapheme
 *  clusters where there are any, so time is linear whatever the text.
 *  Source: Unicode Standard Annexes 15 (normal forms) and 44 (categories); the rule is simpler than
 *  that of Annex 29, which needs a dictionary for scripts without spaces. */
struct fray_words {
  const char *at, *end;
  bool fold;
  size_t n, next; /* code points in piece, and the next of them to look at */
  int32_t piece[FRAY_WORDS_READ * FRAY_WORDS_EXPAND];
  size_t length;
  int32_t word[FRAY_WORD_MAX];
};

/** text (size bytes) is borrowed until the last word was read. */
void fray_words_begin(struct fray_words *words, const void *text, size_t size, bool fold);
/** The next word into words->word, words->length code points; false at the end of the text. */
bool fray_words_next(struct fray_words *words);

/** "utf8proc 2.8.0 (Unicode 15.0.0)": another Unicode version may split other texts differently.
 *  Static. */
const char *fray_unicode_library(void);

#endif
