/* Words of a text, one at a time, by the rule that fray/codec/words.h states. Results rest on
 * every decision here, so they are goldens of a second implementation
 * (tests/codec/make_words_golden.py). At the end single characters, which letters.h promises. */
#include "fray/codec/words.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/codec/letters.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

/* What a code point does to words. */
enum role {
  BREAK,  /* separates */
  LETTER, /* part of a run */
  MARK,   /* continues a word */
  SINGLE, /* begins a word of its own, which marks may continue */
  ALONE,  /* a word of its own */
  APOSTROPHE
};

/* Blocks of scripts without spaces between words, after NFKC. Lm among their letters (such as the
 * long vowel sign of kana) modifies the letter before. */
static const struct {
  int32_t first, last;
} spaceless[] = {
    {0x0e00, 0x0eff},   /* Thai, Lao */
    {0x1000, 0x109f},   /* Myanmar */
    {0x1780, 0x17ff},   /* Khmer */
    {0x1950, 0x19df},   /* Tai Le, New Tai Lue */
    {0x1a20, 0x1aaf},   /* Tai Tham */
    {0x2e80, 0x312f},   /* radicals, CJK marks, kana, bopomofo */
    {0x31a0, 0x31ff},   /* bopomofo and kana extensions */
    {0x3400, 0x4dbf},   /* Han extension A */
    {0x4e00, 0xa4cf},   /* Han, Yi */
    {0xa9e0, 0xa9ff},   /* Myanmar extended B */
    {0xaa60, 0xaadf},   /* Myanmar extended A, Tai Viet */
    {0xf900, 0xfaff},   /* Han compatibility */
    {0x16fe0, 0x18dff}, /* Tangut, Khitan */
    {0x1aff0, 0x1b2ff}, /* kana supplements, Nushu */
    {0x20000, 0x3ffff}, /* Han extensions B and on */
};

/* Their words cannot be told without a dictionary, so each letter is one. */
static bool is_spaceless(int32_t code) {
  for (size_t i = 0; i < FRAY_COUNT(spaceless); i++)
    if (code >= spaceless[i].first && code <= spaceless[i].last)
      return true;
  return false;
}

/* By general category, so that a newer Unicode needs no new code. */
static enum role role_of(int32_t code) {
  if (code == '\'' || code == 0x2019)
    return APOSTROPHE;
  /* A byte that was no text stays part of the word in which it stands. */
  if (code == FRAY_UTF8_REPLACEMENT)
    return LETTER;
  switch (utf8proc_category(code)) {
  case UTF8PROC_CATEGORY_LO:
    return is_spaceless(code) ? SINGLE : LETTER;
  case UTF8PROC_CATEGORY_LM:
    return is_spaceless(code) ? MARK : LETTER;
  case UTF8PROC_CATEGORY_LU:
  case UTF8PROC_CATEGORY_LL:
  case UTF8PROC_CATEGORY_LT:
  case UTF8PROC_CATEGORY_ND:
  case UTF8PROC_CATEGORY_NL:
  case UTF8PROC_CATEGORY_NO:
    return LETTER;
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_MC:
  case UTF8PROC_CATEGORY_ME:
    return MARK;
  case UTF8PROC_CATEGORY_SO:
    return ALONE;
  default:
    return BREAK;
  }
}

/* ---- pieces ---- */

/* Code points of the next piece, ill-formed ones replaced. It ends behind white space or, when that
 * is far, between two grapheme clusters: nothing is composed across either. */
static size_t read_piece(struct fray_words *w, int32_t codes[FRAY_WORDS_READ]) {
  enum { ENOUGH = FRAY_WORDS_READ * 3 / 4 };
  size_t n = 0;
  while (n < FRAY_WORDS_READ && w->at < w->end) {
    uint32_t code;
    size_t bytes = fray_utf8_read(w->at, (size_t)(w->end - w->at), &code);
    int32_t now = code == FRAY_UTF8_BAD ? (int32_t)FRAY_UTF8_REPLACEMENT : (int32_t)code;
    if (n >= ENOUGH && utf8proc_grapheme_break(codes[n - 1], now))
      break;
    codes[n++] = now;
    w->at += bytes;
    if (n >= ENOUGH && now <= ' ')
      break;
  }
  return n;
}

/* Canonical order: runs of marks sorted by combining class, stably. utf8proc does this only where
 * it reads the text itself, and it refuses ill-formed text. */
static void order_marks(int32_t *x, size_t n) {
  for (size_t i = 1; i < n; i++) {
    int32_t code = x[i];
    int class = utf8proc_get_property(code)->combining_class;
    size_t k = i;
    for (; class > 0 && k > 0 && utf8proc_get_property(x[k - 1])->combining_class > class; k--)
      x[k] = x[k - 1];
    x[k] = code;
  }
}

/* Fills w->piece; false at the end of the text. NFKC with case folding, by pieces: a text of
 * megabytes needs no more room than a line. */
static bool next_piece(struct fray_words *w) {
  int options = UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_STABLE | UTF8PROC_IGNORE |
                (w->fold ? UTF8PROC_CASEFOLD : 0);
  int32_t codes[FRAY_WORDS_READ];
  size_t read = read_piece(w, codes);
  w->n = w->next = 0;
  for (size_t i = 0; i < read; i++) {
    size_t room = FRAY_COUNT(w->piece) - w->n;
    int last = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(codes[i], w->piece + w->n, (utf8proc_ssize_t)room,
                                                 (utf8proc_option_t)options, &last);
    /* More than fits cannot be while FRAY_WORDS_EXPAND holds; it would be left out. */
    if (n > 0 && (size_t)n <= room)
      w->n += (size_t)n;
  }
  order_marks(w->piece, w->n);
  utf8proc_ssize_t n =
      utf8proc_normalize_utf32(w->piece, (utf8proc_ssize_t)w->n, (utf8proc_option_t)options);
  w->n = n > 0 ? (size_t)n : 0;
  return read > 0;
}

/* ---- words ---- */

void fray_words_begin(struct fray_words *w, const void *text, size_t size, bool fold) {
  w->at = text;
  w->end = w->at + size;
  w->fold = fold;
  w->n = w->next = w->length = 0;
}

/* The next code point, *code, without taking it; false at the end. */
static bool look(struct fray_words *w, int32_t *code) {
  while (w->next >= w->n)
    if (!next_piece(w))
      return false;
  *code = w->piece[w->next];
  return true;
}

/* What is longer than a word can be is read on and left out, so that it stays one word. */
static void take(struct fray_words *w, int32_t code) {
  if (w->length < FRAY_WORD_MAX)
    w->word[w->length++] = code;
  w->next++;
}

/* A vowel sign belongs to the letter before it. */
static void take_marks(struct fray_words *w) {
  int32_t code;
  while (look(w, &code) && role_of(code) == MARK)
    take(w, code);
}

/* An apostrophe is taken back when no letter follows: it was a closing quote. Where the word is
 * full, it was not kept in the first place. */
static void take_run(struct fray_words *w) {
  int32_t code;
  size_t before = 0; /* length + 1 before a pending apostrophe */
  while (look(w, &code)) {
    enum role role = role_of(code);
    if (role != LETTER && role != MARK && (role != APOSTROPHE || before))
      break;
    if (role == MARK && before)
      break;
    before = role == APOSTROPHE ? w->length + 1 : 0;
    take(w, role == APOSTROPHE ? '\'' : code);
  }
  if (before)
    w->length = before - 1;
}

/* Nothing is allocated, and memory does not grow with the text. */
bool fray_words_next(struct fray_words *w) {
  int32_t code;
  w->length = 0;
  while (look(w, &code)) {
    enum role role = role_of(code);
    if (role == LETTER) {
      take_run(w);
      return true;
    }
    if (role == SINGLE || role == ALONE) {
      take(w, code);
      if (role == SINGLE)
        take_marks(w);
      return true;
    }
    w->next++; /* what separates, and marks without a letter */
  }
  return false;
}

const char *fray_unicode_library(void) {
  static char text[64];
  snprintf(text, sizeof text, "utf8proc %s (Unicode %s)", utf8proc_version(),
           utf8proc_unicode_version());
  return text;
}

/* ---- characters ---- */

/* Answered without Unicode's tables: nearly all of most texts is ASCII, and kinds of damage look at
 * each letter of each sample in each round. */
static enum fray_character of_ascii(unsigned code) {
  const unsigned small = code | 0x20u;
  if (small >= 'a' && small <= 'z')
    return FRAY_CHARACTER_LETTER;
  if (code >= '0' && code <= '9')
    return FRAY_CHARACTER_NUMBER;
  return code == ' ' || (code >= '\t' && code <= '\r') ? FRAY_CHARACTER_BLANK
                                                       : FRAY_CHARACTER_OTHER;
}

/* Coarser than the roles of words: damage asks what may be moved or left out, features what belongs
 * together. */
static enum fray_character of_category(uint32_t code) {
  switch (utf8proc_category((utf8proc_int32_t)code)) {
  case UTF8PROC_CATEGORY_LU:
  case UTF8PROC_CATEGORY_LL:
  case UTF8PROC_CATEGORY_LT:
  case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_LO:
    return FRAY_CHARACTER_LETTER;
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_MC:
  case UTF8PROC_CATEGORY_ME:
    return FRAY_CHARACTER_MARK;
  case UTF8PROC_CATEGORY_ND:
  case UTF8PROC_CATEGORY_NL:
  case UTF8PROC_CATEGORY_NO:
    return FRAY_CHARACTER_NUMBER;
  case UTF8PROC_CATEGORY_ZS:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP:
    return FRAY_CHARACTER_BLANK;
  default:
    return FRAY_CHARACTER_OTHER;
  }
}

/* Bytes that are no text are neither letters nor marks, so that they stay where they stand. */
size_t fray_character_read(const char *text, size_t size, uint32_t *code,
                           enum fray_character *what) {
  if ((unsigned char)*text < 0x80) {
    *code = (unsigned char)*text;
    *what = of_ascii(*code);
    return 1;
  }
  const size_t n = fray_utf8_read(text, size, code);
  *what = *code == FRAY_UTF8_BAD ? FRAY_CHARACTER_OTHER : of_category(*code);
  return n;
}

/* utf8proc makes the capital U+1E9E of the sharp s, for which Unicode has no simple mapping. */
uint32_t fray_character_upper(uint32_t code) {
  if (code < 0x80)
    return code >= 'a' && code <= 'z' ? code - 0x20 : code;
  return code == 0xdf ? code : (uint32_t)utf8proc_toupper((utf8proc_int32_t)code);
}

uint32_t fray_character_lower(uint32_t code) {
  if (code < 0x80)
    return code >= 'A' && code <= 'Z' ? code + 0x20 : code;
  return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}
