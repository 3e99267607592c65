/* Words of a text as rows of ids. Ids are hashes, so there is no vocabulary, which could not be
 * counted over all clients without telling their words. */
#include "tokens.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/codec/words.h"

/* "<word>" in UTF-8; code point k begins at byte start[k], n of them with the two marks. */
struct marked {
  size_t n, start[FRAY_WORD_MAX + 3];
  char text[(FRAY_WORD_MAX + 2) * FRAY_UTF8_MAX];
};

/* The marks make a prefix another n-gram than the same letters inside a word, and the word "her"
 * another than the trigram of "where" (Bojanowski et al. 2017). */
static void mark(const int32_t *word, size_t length, struct marked *out) {
  size_t at = 0;
  out->n = length + 2;
  for (size_t k = 0; k < out->n; k++) {
    uint32_t code = k == 0 ? '<' : k == length + 1 ? '>' : (uint32_t)word[k - 1];
    out->start[k] = at;
    at += fray_utf8_write(code, out->text + at);
  }
  out->start[out->n] = at;
}

/* Id of the n code points from `first` on. */
static float id_of(const struct tokens *t, const struct marked *w, size_t first, size_t n) {
  size_t at = w->start[first], bytes = w->start[first + n] - at;
  /* Id 0 is kept for a text without words, so hashes take the others. In a float they are exact:
   * buckets are at most 2^24. */
  return (float)(1 + fray_hash64(w->text + at, bytes) % (t->buckets - 1));
}

/* The whole word is no n-gram of itself, and a mark alone says nothing. */
static void fill_word(const struct tokens *t, const struct marked *w, float *out) {
  size_t used = 0;
  out[used++] = id_of(t, w, 0, w->n);
  for (size_t n = t->min_ngram; n <= t->max_ngram && n < w->n; n++)
    for (size_t first = 0; first + n <= w->n && used < t->ids; first++)
      if (n > 1 || (first > 0 && first + 1 < w->n))
        out[used++] = id_of(t, w, first, n);
  /* -1 is no id: encoders skip it. Rows of short words are filled up to the width of all. */
  while (used < t->ids)
    out[used++] = -1;
}

/* Compared before it is doubled, so that no size can overflow. */
size_t tokens_most(const struct tokens *t, size_t size) {
  return size < t->max_words ? FRAY_MIN(t->max_words, 2 * size) : t->max_words;
}

size_t tokens_make(const struct tokens *t, const void *text, size_t size, float *out) {
  struct fray_words words;
  struct marked marked;
  size_t n = 0, most = tokens_most(t, size);
  const size_t columns = t->ids + (t->vectors != NULL);
  fray_words_begin(&words, text, size, t->fold);
  for (; n < most && fray_words_next(&words); n++) {
    mark(words.word, words.length, &marked);
    fill_word(t, &marked, out + n * columns);
    if (t->vectors)
      out[n * columns + t->ids] =
          (float)vectors_find(t->vectors, word_hash(words.word, words.length));
  }
  /* An encoder needs a step: a text without words becomes a row with the id that no word has. */
  if (n > 0)
    return n;
  for (size_t k = 0; k < columns; k++)
    out[k] = k == 0 ? TOKENS_EMPTY : -1;
  return 1;
}
