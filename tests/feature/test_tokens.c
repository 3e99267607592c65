/* Hashed words: fastText's n-grams by hand, bounds, and whatever the bytes. */
#include "tokens.h"

#include "fray/base/hash.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/codec/words.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tokens config(size_t min, size_t max, size_t ids) {
  return (struct tokens){.buckets = 1 << 24,
                         .min_ngram = min,
                         .max_ngram = max,
                         .max_words = 8,
                         .ids = ids,
                         .fold = true};
}

/* The ids of the only word of a text are those of these pieces, in this order, then -1. */
static void check(struct tokens config_of, const char *text, const char *const *pieces, size_t n) {
  const struct tokens *t = &config_of;
  float out[64];
  assert_int_equal(tokens_make(t, text, strlen(text), out), 1);
  for (size_t k = 0; k < t->ids; k++) {
    float want = k < n ? (float)(1 + fray_hash_text(pieces[k]) % (t->buckets - 1)) : -1;
    if (out[k] != want)
      fail_msg("%s: id %zu is %.0f, expected %.0f (%s)", text, k, (double)out[k], (double)want,
               k < n ? pieces[k] : "none");
  }
}
#define CHECK(t, text, ...)                                                                        \
  check(t, text, (const char *const[]){__VA_ARGS__},                                               \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* The first case is the example of Bojanowski et al. 2017, section 3.2. */
static void test_ngrams_by_hand(void **state) {
  (void)state;
  CHECK(config(3, 3, 9), "where", "<where>", "<wh", "whe", "her", "ere", "re>");
  CHECK(config(3, 5, 12), "Her", "<her>", "<he", "her", "er>", "<her", "her>");
  CHECK(config(3, 5, 4), "where", "<where>", "<wh", "whe", "her"); /* no room for more */
  CHECK(config(0, 0, 1), "where", "<where>");
  CHECK(config(3, 5, 6), "a", "<a>");                               /* no n-gram of itself */
  CHECK(config(1, 2, 8), "ab", "<ab>", "a", "b", "<a", "ab", "b>"); /* no mark alone */
  CHECK(config(3, 3, 6), "\u010daj", "<\u010daj>", "<\u010da", "\u010daj", "aj>");
  CHECK(config(3, 3, 6), "C\u030caj", "<\u010daj>", "<\u010da", "\u010daj", "aj>");
  struct tokens keep = config(0, 0, 1);
  keep.fold = false;
  CHECK(keep, "Her", "<Her>");
}

static void test_texts_without_words(void **state) {
  (void)state;
  static const char *const empty[] = {"", " ", "\n\t", "?!...", "\u200b\ufeff", "\u0301"};
  struct tokens t = config(3, 5, 3);
  for (size_t k = 0; k < FRAY_COUNT(empty); k++) {
    float out[2 * 3 * 8];
    assert_int_equal(tokens_make(&t, empty[k], strlen(empty[k]), out), 1);
    assert_true(out[0] == TOKENS_EMPTY && out[1] == -1 && out[2] == -1);
  }
}

static void test_words_beyond_the_bound(void **state) {
  (void)state;
  struct tokens t = config(0, 0, 1);
  float out[8];
  t.max_words = 3;
  assert_int_equal(tokens_make(&t, "a b c d e f", 11, out), 3);
  float c;
  assert_int_equal(tokens_make(&t, "c", 1, &c), 1);
  assert_true(out[2] == c && out[0] != out[1]);
}

/* Ids are exact in floats, never that of the empty text, and spread over all buckets. */
static void test_ids_are_bounded(void **state) {
  (void)state;
  static const size_t buckets[] = {2, 3, 1000, 1 << 24};
  for (size_t b = 0; b < FRAY_COUNT(buckets); b++) {
    struct tokens t = config(0, 0, 1);
    size_t low = 0, n = 0;
    t.buckets = buckets[b];
    for (char word[] = "aaa"; word[0] <= 'z'; word[0]++)
      for (word[1] = 'a'; word[1] <= 'z'; word[1]++, n++) {
        float id;
        assert_int_equal(tokens_make(&t, word, 3, &id), 1);
        assert_true(id >= 1 && id < (float)t.buckets && id == floorf(id));
        low += 2 * (size_t)(id - 1) < t.buckets - 1;
      }
    if (buckets[b] > 3) /* 676 words: half of them +- 5 x 13 */
      assert_in_range(low, n / 2 - 65, n / 2 + 65);
  }
}

/* What tokens_most relies on: no code point gives more than two words a byte. */
static void test_words_of_every_code_point(void **state) {
  (void)state;
  static struct fray_words words;
  for (uint32_t code = 0; code <= 0x10ffff; code++) {
    char text[FRAY_UTF8_MAX];
    size_t bytes = fray_utf8_write(code, text), n = 0;
    fray_words_begin(&words, text, bytes, code % 2);
    while (fray_words_next(&words))
      n++;
    if (n > 2 * bytes)
      fail_msg("U+%04X: %zu words", (unsigned)code, n);
  }
}

static void test_any_bytes(void **state) {
  (void)state;
  struct tokens t = config(1, 7, 30);
  t.max_words = 1000;
  t.buckets = 50;
  struct fray_rng rng = fray_rng_for(2, "tokens", 0, 0, 0);
  for (int round = 0; round < 400; round++) {
    size_t size = 1 + fray_rng_below(&rng, round % 4 ? 12 : 900);
    /* Both of exactly their size, so that a sanitizer sees a step beyond. */
    char *text = malloc(size);
    float *out = malloc(tokens_most(&t, size) * t.ids * sizeof *out);
    assert_true(text && out);
    for (size_t i = 0; i < size; i++)
      text[i] = (char)fray_rng_below(&rng, 256);
    for (size_t i = 0; round % 3 == 0 && i + 4 <= size;)
      i += fray_utf8_write((uint32_t)fray_rng_below(&rng, 0x110000), text + i);
    for (size_t i = 0; round % 7 == 0 && i + 3 <= size; i += 3)
      memcpy(text + i, "\u3347", 3); /* squared kana: five words each */
    size_t n = tokens_make(&t, text, size, out);
    assert_true(n >= 1 && n <= tokens_most(&t, size));
    for (size_t i = 0; i < n * t.ids; i++)
      assert_true(out[i] >= -1 && out[i] < 50 && out[i] == floorf(out[i]));
    for (size_t i = 0; i < n; i++)
      assert_true(out[i * t.ids] >= 0);
    free(text);
    free(out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ngrams_by_hand),
      cmocka_unit_test(test_texts_without_words),
      cmocka_unit_test(test_words_beyond_the_bound),
      cmocka_unit_test(test_ids_are_bounded),
      cmocka_unit_test(test_words_of_every_code_point),
      cmocka_unit_test(test_any_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
