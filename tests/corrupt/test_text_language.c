/* Contractions, terms, ways of speaking and errors of recognition against texts that others made
 * (text.h5), word error rates over many draws (text_stats.csv), and rules by hand. */
#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/corrupt/corrupt.h"
#include "text_fixtures.h"

#include <stdio.h>
#include <string.h>

static void texts_are_those_that_others_made(void **state) {
  (void)state;
  text_equals("{kind: contractions, share: 1}", "contraction");
  text_equals("{kind: term_swap, share: 1}", "term_swap");
  text_equals("{kind: dialect, share: 1, rules: [drop_the, drop_a]}", "article_drop");
  text_equals("{kind: dialect, share: 1, rules: [copula_drop, auxiliary_drop]}", "copula_drop");
  text_equals("{kind: dialect, share: 1, rules: [g_dropping]}", "g_dropping");
  text_equals("{kind: dialect, share: 1, rules: [negative_concord]}", "negative_concord");
  text_equals("{kind: dialect, share: 1, rules: [regularised_past]}", "regularised_past");
}

/* Terms twice are the terms; contractions resolved are the sentences, but for cannot, of which two
 * forms become one. */
static void both_ways_come_back(void **state) {
  (void)state;
  size_t n, same = 0;
  const char **sentence = text_read(0, "input/sentences", &n);
  for (size_t s = 0; s < n; s++) {
    const char *once = text_apply("{kind: term_swap, share: 1}", sentence[s], 0, NULL);
    assert_string_equal(text_apply("{kind: term_swap, share: 1}", once, 1, NULL), sentence[s]);
    static const char several[] =
        "{kind: term_swap, share: 1, pairs: [the/some of the, he is/we are]}";
    once = text_apply(several, sentence[s], 0, NULL);
    assert_string_equal(text_apply(several, once, 1, NULL), sentence[s]);
    once = text_apply("{kind: contractions, share: 1}", sentence[s], 0, NULL);
    once = text_apply("{kind: contractions, share: 1, to: full}", once, 1, NULL);
    assert_string_equal(once, sentence[s]);
    same++;
  }
  assert_int_equal(same, 30);
}

static void rules_do_what_they_say(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *text, *becomes;
  } cases[] = {
      /* The earlier form of the list takes the words, whatever stands before them. */
      {"{kind: contractions, share: 1}", "It is not he who will not.", "It isn't he who won't."},
      {"{kind: contractions, share: 1}", "IT IS, is, not  it", "IT IS, is, not  it"},
      {"{kind: contractions, share: 1, to: full}", "Don\xe2\x80\x99t! I'd say they'RE.",
       "Do not! I had say they'RE."},
      {"{kind: term_swap, share: 1}", "She told her: he, She.", "He told his: she, He."},
      {"{kind: term_swap, share: 1, pairs: [cat/dog]}", "Cat, dogs, dog, he", "Dog, dogs, cat, he"},
      /* Several words: the longest, with single blanks, and nothing within it. */
      {"{kind: term_swap, share: 1, pairs: [hang out/spend time, hang/hook, out/in]}",
       "Hang out, hang  out. They spend time in.", "Spend time, hook  in. They hang out out."},
      {"{kind: term_swap, share: 1, pairs: [flat/block of flats]}",
       "A flat! Block of flats; block of", "A block of flats! Flat; block of"},
      {"{kind: dialect, share: 1, rules: [negative_concord]}",
       "I ever saw any. He isn't anyone. Any? Never any, ever.",
       "I ever saw any. He isn't no one. Any? Never no, never."},
      {"{kind: dialect, share: 1, rules: [copula_drop]}",
       "He is tall. Is he tall? She is going. It is so. We are London.",
       "He tall. Is he tall? She is going. It is so. We are London."},
      {"{kind: dialect, share: 1, rules: [auxiliary_drop]}", "He is tall and she is going.",
       "He is tall and she going."},
      {"{kind: dialect, share: 1, rules: [drop_a]}", "A man has plan A. An apple, a",
       "Man has plan A. Apple, a"},
      {"{kind: dialect, share: 1, rules: [drop_the]}", "The \xc3\xa9t\xc3\xa9. The the end",
       "\xc3\xa9t\xc3\xa9. End"},
      {"{kind: dialect, share: 1, rules: [g_dropping]}", "Bring the thing, dying king, Being",
       "Bring the thing, dyin' king, Bein'"},
      /* AAVE has no article drop, Indian English no copula drop but some of the auxiliary. */
      {"{kind: dialect, share: 1, variety: aave}", "He is not near the car and knows nothing.",
       "He not near the car and knows nothing."},
      {"{kind: dialect, share: 1, variety: nigerian}", "He is tall in the car.",
       "He is tall in car."},
      {"{kind: dialect, share: 1, variety: scottish}", "He is in the car.", "He is in the car."},
  };
  for (size_t c = 0; c < FRAY_COUNT(cases); c++)
    for (uint64_t draw = 0; draw < 5; draw++)
      assert_string_equal(text_apply(cases[c].yaml, cases[c].text, draw, NULL), cases[c].becomes);
}

/* Features that are attested as often, or rarely, show in .6 and .3 of their places. */
static void attestations_are_met(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *text;
    double share;
  } cases[] = {{"{kind: dialect, share: 1, variety: indian}", "He knew.", .3},
               {"{kind: dialect, share: 1, variety: aave}", "He knew.", .6},
               {"{kind: dialect, share: 0.5, variety: aave}", "He knew.", .3},
               {"{kind: dialect, share: 1, variety: appalachian}", "He is going.", .3},
               {"{kind: dialect, share: 0.5, variety: singlish}", "He is going.", .5}};
  enum { DRAWS = 4000 };
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    size_t shown = 0;
    for (uint64_t draw = 0; draw < DRAWS; draw++)
      shown += strcmp(text_apply(cases[c].yaml, cases[c].text, draw, NULL), cases[c].text) != 0;
    const double p = cases[c].share, off = (double)shown / DRAWS - p;
    assert_true(off * off <= 25 * p * (1 - p) / DRAWS); /* 5 deviations */
  }
}

/* Words of a text, as numbers that tell them apart. */
static size_t words_of(const char *text, const char *word[], char *copy, size_t size) {
  char *rest;
  size_t n = 0;
  snprintf(copy, size, "%s", text);
  for (char *w = strtok_r(copy, " ", &rest); w && n < 64; w = strtok_r(NULL, " ", &rest))
    word[n++] = w;
  return n;
}

/* Levenshtein's distance of words. */
static size_t word_errors(const char *said, const char *heard) {
  static size_t d[65][65];
  static char a[2048], b[2048];
  const char *x[64], *y[64];
  const size_t n = words_of(said, x, a, sizeof a), m = words_of(heard, y, b, sizeof b);
  for (size_t i = 0; i <= n; i++)
    for (size_t j = 0; j <= m; j++) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = d[i - 1][j - 1] + (strcmp(x[i - 1], y[j - 1]) != 0);
      d[i][j] = FRAY_MIN(d[i][j], FRAY_MIN(d[i - 1][j], d[i][j - 1]) + 1);
    }
  return d[n][m];
}

static void word_error_rates_meet_the_bounds(void **state) {
  (void)state;
  size_t n, met, all;
  const char **sentence = text_read(0, "input/sentences", &n);
  for (size_t s = 1; s <= 5; s++) {
    enum { DRAWS = 200 };
    char yaml[64], copy[1024];
    const char *word[64];
    size_t wrong = 0, words = 0;
    snprintf(yaml, sizeof yaml, "{kind: asr_errors, severity: %zu}", s);
    for (uint64_t draw = 0; draw < DRAWS; draw++)
      for (size_t k = 0; k < n; k++) {
        wrong += word_errors(sentence[k], text_apply(yaml, sentence[k], draw * n + k, NULL));
        words += words_of(sentence[k], word, copy, sizeof copy);
      }
    assert_int_equal(text_meets("asr_errors", "60 % substituted, 20 % deleted, 20 % inserted", s,
                                "wer", (double)wrong / (double)words),
                     DRAWS);
  }
  text_met("asr_errors", &met, &all);
  assert_int_equal(met, all);
}

static void texts_get_as_long_as_they_say(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *text;
  } cases[] = {{"{kind: contractions, share: 1, to: full}", "I'd"},
               {"{kind: contractions, share: 1, to: full}", "won't I'd I'll"},
               {"{kind: contractions, share: 1, to: full}", "I've won't"},
               {"{kind: contractions, share: 1}", "a"},
               {"{kind: dialect, share: 1, rules: [regularised_past]}", "ran ran ran"},
               {"{kind: dialect, share: 1, rules: [g_dropping]}", "a"},
               {"{kind: term_swap, share: 1}", "he he"},
               {"{kind: term_swap, share: 1, pairs: [a/abcd]}", "a a a"}};
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    size_t size;
    text_apply(cases[c].yaml, cases[c].text, 1, &size);
    const size_t longest = text_longest(cases[c].yaml, strlen(cases[c].text));
    if (!strstr(cases[c].yaml, "term_swap, share: 1}")) /* man is what grows most there */
      assert_int_equal(size, longest);
    assert_true(size <= longest);
  }
  /* A word of one letter, and one of five behind it, in some draw. */
  size_t most = 0, size;
  for (uint64_t draw = 0; draw < 2000; draw++) {
    text_apply("{kind: asr_errors, word_error_rate: 1}", "a", draw, &size);
    most = FRAY_MAX(most, size);
  }
  assert_int_equal(most, text_longest("{kind: asr_errors, word_error_rate: 1}", 1));
}

static const char *const all_kinds[] = {
    "{kind: typo, share: 1}",
    "{kind: typo, share: 1, form: repeat}",
    "{kind: token_drop, share: .6}",
    "{kind: token_swap, share: 1}",
    "{kind: unknown_tokens, share: .8}",
    "{kind: ocr, share: 1}",
    "{kind: homoglyphs, share: 1}",
    "{kind: letter_case, to: upper}",
    "{kind: letter_case}",
    "{kind: no_punctuation}",
    "{kind: contractions, share: 1}",
    "{kind: contractions, share: 1, to: full}",
    "{kind: term_swap, share: 1}",
    "{kind: term_swap, share: 1, pairs: [I/we're]}",
    "{kind: term_swap, share: 1, pairs: [any/not any one, I am/I, the/a can]}",
    "{kind: dialect, share: 1, variety: singlish}",
    "{kind: dialect, share: 1, rules: [g_dropping, copula_drop, negative_concord]}",
    "{kind: asr_errors, word_error_rate: 1}",
};

/* A text of pieces that kinds look for, letters of all lengths, marks, blanks; with `broken` also
 * of bytes that are no text. */
static void random_text(struct fray_rng *rng, int broken, char *out, size_t size) {
  static const char *const piece[] = {" ",
                                      " ",
                                      " ",
                                      "'",
                                      "\xe2\x80\x99",
                                      ".",
                                      "?",
                                      "the ",
                                      "The ",
                                      "a ",
                                      "is ",
                                      "are ",
                                      "not ",
                                      "I",
                                      "I'd ",
                                      "I am ",
                                      "won't ",
                                      "can",
                                      "any ",
                                      "anyone ",
                                      "ever ",
                                      "he",
                                      "her ",
                                      "ran ",
                                      "knew ",
                                      "going",
                                      "making ",
                                      "abcde",
                                      "\xc3\xa9",
                                      "\xc9\x90",
                                      "\xe1\xbd\xb1",
                                      "\xf0\x90\x90\xa8",
                                      "\xcc\x81",
                                      "\xe3\x80\x80",
                                      "\xf0\x9f\x92\xa1",
                                      "7",
                                      "X",
                                      "\xff",
                                      "\xe2\x80",
                                      "\x80"};
  const size_t n = FRAY_COUNT(piece) - (broken ? 0 : 3), pieces = 1 + fray_rng_below(rng, 12);
  *out = '\0';
  for (size_t k = 0; k < pieces && strlen(out) + 16 < size; k++)
    strcat(out, piece[fray_rng_below(rng, n)]);
}

/* Whatever the bytes: with all the room there is a kind makes the same as with what it asked for,
 * so it asked for enough; and of well-formed UTF-8 nothing else is made. */
static void any_text_survives(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(3, "test/texts", 0, 0, 0);
  size_t changed = 0;
  for (size_t k = 0; k < FRAY_COUNT(all_kinds); k++)
    for (uint64_t draw = 0; draw < 2000; draw++) {
      char text[256];
      size_t size, roomy;
      random_text(&rng, draw % 2 == 1, text, sizeof text);
      const char *now = text_apply(all_kinds[k], text, draw, &size);
      const char *again = text_apply_in(4000, all_kinds[k], text, draw, &roomy);
      if (size != roomy || memcmp(now, again, size) != 0)
        fail_msg("%s: \"%s\" needs more room than for %zu bytes", all_kinds[k], text,
                 text_longest(all_kinds[k], strlen(text)));
      if (draw % 2 == 0 && fray_utf8_valid(now, size) != size)
        fail_msg("%s: \"%s\" becomes \"%s\", which is no UTF-8", all_kinds[k], text, now);
      changed += strcmp(now, text) != 0;
    }
  assert_true(changed > 10000);
}

/* What is wrong is refused with its value, before anything is read. */
static void wrong_keys_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *says;
  } cases[] = {
      {"{kind: term_swap, share: 1, pairs: [he]}", "'he' is not two words with a stroke"},
      {"{kind: term_swap, share: 1, pairs: [a/b/c]}", "'a/b/c' is not two words"},
      {"{kind: term_swap, share: 1, pairs: [he/]}", "'' of 'he/' is not one word"},
      {"{kind: term_swap, share: 1, pairs: [a  b/c]}",
       "'a  b' of 'a  b/c' is not words with single blanks between them"},
      {"{kind: term_swap, share: 1, pairs: [a b/c, d/a b]}",
       "'a b' stands twice, in 'a b/c' and 'd/a b'"},
      {"{kind: term_swap, share: 1, pairs: [he/he]}", "'he' stands twice"},
      {"{kind: term_swap, share: 1, pairs: [he/she, his/he]}",
       "'he' stands twice, in 'he/she' and 'his/he'"},
      {"{kind: dialect, share: 1}", "give a variety"},
      {"{kind: dialect, share: 1, variety: aave, rules: [drop_a]}", "not beside variety 'aave'"},
      {"{kind: dialect, share: 1, variety: british}", "british"},
      {"{kind: dialect, share: 1, rules: [g_droping]}", "g_dropping"},
      {"{kind: unknown_tokens, share: 1, mark: ''}", "mark: "},
  };
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    struct fray_arena arena = {0};
    struct fray_node *node = NULL;
    struct fray_corruption_config entry;
    struct fray_err err = {0};
    assert_int_equal(fray_yaml_parse(cases[c].yaml, "t.yaml", &arena, &node, &err), FRAY_OK);
    assert_int_equal(fray_schema_read(&fray_corruption_table, node, "", &entry, &arena, &err),
                     FRAY_INPUT);
    if (!strstr(err.text, cases[c].says))
      fail_msg("%s: \"%s\" does not say \"%s\"", cases[c].yaml, err.text, cases[c].says);
    fray_arena_free(&arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_those_that_others_made),
      cmocka_unit_test(both_ways_come_back),
      cmocka_unit_test(rules_do_what_they_say),
      cmocka_unit_test(attestations_are_met),
      cmocka_unit_test(word_error_rates_meet_the_bounds),
      cmocka_unit_test(texts_get_as_long_as_they_say),
      cmocka_unit_test(any_text_survives),
      cmocka_unit_test(wrong_keys_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
