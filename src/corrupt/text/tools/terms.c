/* Terms of one or several words, found in texts: the damage that exchanges them and whoever counts
 * what was exchanged look for them in one way. */
#include "corrupt/text/tools/terms.h"

#include "fray/corrupt/terms.h"

#include <string.h>

/* A stroke stands in each pair that was checked. */
struct fray_term fray_term_side(const char *pair, bool second) {
  const char *stroke = strchr(pair, '/');
  return second ? (struct fray_term){stroke + 1, strlen(stroke + 1)}
                : (struct fray_term){pair, (size_t)(stroke - pair)};
}

static bool same(struct fray_term a, struct fray_term b) {
  return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

/* What stands between two words of a term, in the list and in the text: one blank. So a term that
 * was exchanged and comes back is written as it was. */
static bool is_blank_between(const char *text, struct fray_span a, struct fray_span b) {
  return b.begin == a.end + 1 && text[a.end] == ' ';
}

/* Nothing but words, so that it can be found word by word. */
static enum fray_status is_words(struct fray_term term, bool *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_spans words = {0};
  const enum fray_status status = fray_spans_words(term.at, term.size, &arena, &words, err);
  *out = status == FRAY_OK && words.n > 0 && words.v[0].begin == 0 &&
         words.v[words.n - 1].end == term.size;
  for (size_t k = 1; *out && k < words.n; k++)
    *out = is_blank_between(term.at, words.v[k - 1], words.v[k]);
  fray_arena_free(&arena);
  return status;
}

/* A term in two pairs would have two counterparts. */
static enum fray_status check_side(const struct fray_strings *pairs, size_t k, bool second,
                                   struct fray_err *err) {
  const struct fray_term side = fray_term_side(pairs->v[k], second);
  bool good;
  FRAY_TRY(is_words(side, &good, err));
  FRAY_CHECK(
      good, err, INPUT, "pairs: '%.*s' of '%s' is not %s", (int)side.size, side.at, pairs->v[k],
      memchr(side.at, ' ', side.size) ? "words with single blanks between them" : "one word");
  for (size_t other = 0; other <= k; other++)
    for (int its = 0; its < (other == k ? second : 2); its++)
      FRAY_CHECK(!same(side, fray_term_side(pairs->v[other], its)), err, INPUT,
                 "pairs: '%.*s' stands twice, in '%s' and '%s'", (int)side.size, side.at,
                 pairs->v[other], pairs->v[k]);
  return FRAY_OK;
}

enum fray_status fray_terms_check(const struct fray_strings *pairs, struct fray_err *err) {
  FRAY_CHECK(pairs->n > 0, err, INPUT, "pairs: at least one is needed, as [he/she]");
  for (size_t k = 0; k < pairs->n; k++) {
    const char *stroke = strchr(pairs->v[k], '/');
    FRAY_CHECK(stroke && !strchr(stroke + 1, '/'), err, INPUT,
               "pairs: '%s' is not two words with a stroke between them, as he/she", pairs->v[k]);
    for (int second = 0; second < 2; second++)
      FRAY_TRY(check_side(pairs, k, second, err));
  }
  return FRAY_OK;
}

enum fray_status fray_term_pairs_check(const char **pair, size_t n, struct fray_err *err) {
  return fray_terms_check(&(struct fray_strings){n, pair}, err);
}

/* How many words of the text a term is that begins at word k; 0: it is not there. */
static size_t words_of(struct fray_term term, const char *text, const struct fray_spans *words,
                       size_t k) {
  size_t n = 0, at = 0;
  for (; at <= term.size; n++) {
    const char *end = memchr(term.at + at, ' ', term.size - at);
    const size_t size = end ? (size_t)(end - term.at) - at : term.size - at;
    if (k + n >= words->n ||
        (n > 0 && !is_blank_between(text, words->v[k + n - 1], words->v[k + n])) ||
        !fray_span_reads(text, words->v[k + n], term.at + at, size))
      return 0;
    at += size + 1;
  }
  return n;
}

struct fray_term_found fray_terms_find(const struct fray_strings *pairs, const char *text,
                                       const struct fray_spans *words, size_t k) {
  struct fray_term_found found = {0};
  for (size_t p = 0; p < pairs->n; p++)
    for (int second = 0; second < 2; second++) {
      const size_t n = words_of(fray_term_side(pairs->v[p], second), text, words, k);
      if (n > found.words)
        found = (struct fray_term_found){n, p, second};
    }
  return found;
}

/* As the exchange goes: a word within a term begins none. */
enum fray_status fray_terms_in(const char *pair, const char *text, size_t size,
                               struct fray_arena *scratch, unsigned *out, struct fray_err *err) {
  const struct fray_strings pairs = {1, &pair};
  struct fray_spans words;
  *out = 0;
  FRAY_TRY(fray_spans_words(text, size, scratch, &words, err));
  for (size_t k = 0; k < words.n;) {
    const struct fray_term_found found = fray_terms_find(&pairs, text, &words, k);
    if (found.words)
      *out |= found.second ? FRAY_TERM_SECOND : FRAY_TERM_FIRST;
    k += found.words ? found.words : 1;
  }
  return FRAY_OK;
}
