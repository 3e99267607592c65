/* Slips and misread letters against what published code makes of the same words (text_stats.csv),
 * texts that others made (text.h5), and laws of their own: how long texts get, bytes that are no
 * text, words that a larger share leaves as a smaller one made them. */
#include "fray/base/size.h"
#include "text_fixtures.h"

#include <stdio.h>
#include <string.h>

static const char *with(const char *kind, double share) {
  static char yaml[128];
  snprintf(yaml, sizeof yaml, "{kind: %s, share: %g}", kind, share);
  return yaml;
}

/* Mean over all words, each chosen with certainty, of what a slip did to it. */
struct slips {
  double unchanged, levenshtein, damerau;
};
static struct slips slips_of(const char *yaml, uint64_t draw) {
  static const char **word;
  static size_t n;
  struct slips sum = {0};
  if (!word)
    word = text_read(0, "input/eligible_words", &n);
  for (size_t w = 0; w < n; w++) {
    const char *now = text_apply(yaml, word[w], draw * n + w, NULL);
    sum.unchanged += (strcmp(now, word[w]) == 0) / (double)n;
    sum.levenshtein += (double)text_distance(word[w], now, 0) / (double)n;
    sum.damerau += (double)text_distance(word[w], now, 1) / (double)n;
  }
  return sum;
}

static void slips_meet_the_published_bounds(void **state) {
  (void)state;
  static const char *const forms[] = {"swap", "middle", "keyboard", "repeat", "omit"};
  enum { DRAWS = 500 };
  for (size_t f = 0; f < FRAY_COUNT(forms); f++) {
    char yaml[64];
    struct slips mean = {0};
    snprintf(yaml, sizeof yaml, "{kind: typo, share: 1, form: %s}", forms[f]);
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
      const struct slips one = slips_of(yaml, draw);
      mean.unchanged += one.unchanged / DRAWS;
      mean.levenshtein += one.levenshtein / DRAWS;
      mean.damerau += one.damerau / DRAWS;
    }
    assert_int_equal(text_meets("typo", forms[f], 0, "unchanged", mean.unchanged), DRAWS);
    /* Distances that are the same in each word add up to the same but for rounding. */
    const double whole = (double)(long)(mean.levenshtein + 0.5);
    const double error = mean.levenshtein - whole;
    const bool same = error < 1e-9 && error > -1e-9;
    text_meets("typo", forms[f], 0, "levenshtein", same ? whole : mean.levenshtein);
    text_meets("typo", forms[f], 0, "damerau", same ? whole : mean.damerau);
    if (f < 2) { /* what the published code makes of the same words */
      char table[64];
      snprintf(table, sizeof table, "%s by charNMT-noise", forms[f]);
      text_meets("typo", table, 0, "unchanged", mean.unchanged);
      text_meets("typo", table, 0, "levenshtein", mean.levenshtein);
    }
  }
  for (size_t s = 1; s <= 5; s++) {
    enum { MIXED = 2000 };
    struct slips mean = {0};
    char yaml[64];
    snprintf(yaml, sizeof yaml, "{kind: typo, severity: %zu}", s);
    for (uint64_t draw = 0; draw < MIXED; draw++) {
      const struct slips one = slips_of(yaml, draw);
      mean.unchanged += one.unchanged / MIXED;
      mean.levenshtein += one.levenshtein / MIXED;
    }
    text_meets("typo", "one of five", s, "changed_words", 1 - mean.unchanged);
    text_meets("typo", "one of five", s, "levenshtein_per_word", mean.levenshtein);
  }
  size_t met, all;
  text_met("typo", &met, &all);
  assert_int_equal(met, all);
}

static size_t tokens_of(const char *text) {
  size_t n = 0;
  for (size_t i = 0; text[i]; i++)
    n += text[i] != ' ' && (i == 0 || text[i - 1] == ' ');
  return n;
}

static double dropped_share(double p) {
  enum { DRAWS = 2000 };
  size_t n, all = 0, left = 0;
  const char **sentence = text_read(0, "input/sentences", &n);
  for (uint64_t draw = 0; draw < DRAWS; draw++)
    for (size_t s = 0; s < n; s++) {
      all += tokens_of(sentence[s]);
      left += tokens_of(text_apply(with("token_drop", p), sentence[s], draw * n + s, NULL));
    }
  return 1 - (double)left / (double)all;
}

static void missing_words_meet_the_published_bounds(void **state) {
  (void)state;
  static const double shares[] = {.05, .1, .2, .3, .4, .5};
  /* Two sets of five severities: ours, and those that EDA was asked for. */
  for (size_t k = 0; k < FRAY_COUNT(shares); k++) {
    const double share = dropped_share(shares[k]);
    if (k != 4)
      text_meets("token_drop", "keep one", k == 5 ? 5 : k + 1, "dropped_share", share);
    if (k > 0)
      text_meets("token_drop", "EDA random_deletion", k, "dropped_share", share);
  }
  size_t met, all;
  text_met("token_drop", &met, &all);
  assert_int_equal(met, all);
}

static void texts_are_those_that_others_made(void **state) {
  (void)state;
  text_equals("{kind: ocr, share: 1}", "ocr");
  text_equals("{kind: homoglyphs, share: 1}", "homoglyph");
  text_equals("{kind: letter_case}", "lower");
  text_equals("{kind: letter_case, to: upper}", "upper");
  text_equals("{kind: no_punctuation}", "no_punctuation");
}

/* Every neighbour in the table is met, and no other key, in both cases. */
static void keys_are_neighbours(void **state) {
  (void)state;
  size_t n;
  const char **line = text_read(0, "tables/keyboard", &n);
  assert_int_equal(n, 26);
  for (size_t k = 0; k < n; k++)
    for (int capital = 0; capital < 2; capital++) {
      const char letter = (char)(line[k][0] - (capital ? 32 : 0)), *near = line[k] + 2;
      const char word[] = {letter, letter, letter, letter, letter, '\0'};
      bool seen[256] = {0};
      size_t found = 0;
      for (uint64_t draw = 0; draw < 300; draw++) {
        const char *now = text_apply("{kind: typo, share: 1, form: keyboard}", word, draw, NULL);
        for (size_t i = 0; i < 5; i++) {
          const unsigned char key = (unsigned char)now[i];
          if (now[i] == letter || seen[key])
            continue;
          seen[key] = true;
          found++;
          assert_non_null(strchr(near, now[i] + (capital ? 32 : 0)));
        }
      }
      assert_int_equal(found, strlen(near));
    }
}

/* What is hit with a smaller share comes out the same with a larger one, token by token. */
static void larger_shares_keep_smaller_damage(void **state) {
  (void)state;
  static const char *const kinds[] = {"typo", "ocr", "homoglyphs", "unknown_tokens"};
  size_t n, hit = 0, more = 0;
  const char **sentence = text_read(0, "input/sentences", &n);
  for (size_t k = 0; k < FRAY_COUNT(kinds); k++)
    for (size_t s = 0; s < n; s++) {
      char weak[512], strong[512], clean[512], *at[3];
      snprintf(weak, sizeof weak, "%s", text_apply(with(kinds[k], .05), sentence[s], s, NULL));
      snprintf(strong, sizeof strong, "%s", text_apply(with(kinds[k], .5), sentence[s], s, NULL));
      snprintf(clean, sizeof clean, "%s", sentence[s]);
      const char *a = strtok_r(weak, " ", &at[0]), *b = strtok_r(strong, " ", &at[1]);
      const char *c = strtok_r(clean, " ", &at[2]);
      for (; a && b && c; a = strtok_r(NULL, " ", &at[0]), b = strtok_r(NULL, " ", &at[1]),
                          c = strtok_r(NULL, " ", &at[2])) {
        hit += strcmp(a, c) != 0;
        more += strcmp(b, c) != 0;
        if (strcmp(a, c) != 0 && k != 1 && k != 2) /* those hit letters */
          assert_string_equal(a, b);
        for (size_t i = 0; k == 1 && a[i]; i++)
          assert_true(a[i] == c[i] || a[i] == b[i]);
      }
      assert_true(!a && !b && !c);
    }
  assert_true(hit > 50 && more > 4 * hit);
}

static void texts_get_as_long_as_they_say(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *text;
    size_t longest;
  } cases[] = {
      {"{kind: typo, share: 1, form: repeat}", "abcde", 6},
      {"{kind: typo, share: 1, form: repeat}",
       "\xf0\x90\x90\xa8"
       "abcd \xf0\x90\x90\xa8"
       "abcd",
       25},
      {"{kind: typo, share: 1, form: repeat}",
       "\xf0\x90\x90\xa8"
       "abcd",
       12}, /* U+10428 */
      {"{kind: typo, share: 1, form: repeat}",
       "\xe1\xbd\xb1"
       "abcd",
       10}, /* U+1F71 */
      {"{kind: typo, share: 1, form: omit}", "abcde", 5},
      {"{kind: homoglyphs, share: 1}", "aaa", 6},
      {"{kind: unknown_tokens, share: 1}", "a b c", 17},
      {"{kind: unknown_tokens, share: 1, mark: '-'}", "a b c", 5},
      {"{kind: letter_case, to: upper}", "\xc9\x90", 3}, /* U+0250 to U+2C6F */
      {"{kind: token_swap, share: 1}", "a bc", 4},
      {"{kind: no_punctuation}", "abc", 3},
  };
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    size_t most = 0, size;
    for (uint64_t draw = 0; draw < 200; draw++) {
      text_apply(cases[c].yaml, cases[c].text, draw, &size);
      most = FRAY_MAX(most, size);
    }
    assert_int_equal(text_longest(cases[c].yaml, strlen(cases[c].text)), cases[c].longest);
    if (!strstr(cases[c].yaml, "omit"))
      assert_int_equal(most, cases[c].longest);
  }
}

/* Marks stay on their letters, apostrophes in their place, bytes that are no text where they are.
 */
static void odd_texts_come_out_whole(void **state) {
  (void)state;
  for (uint64_t draw = 0; draw < 100; draw++) {
    const char *now = text_apply("{kind: typo, share: 1, form: swap}",
                                 "\xff"
                                 "abe\xcc\x81"
                                 "cd\xfe ab'cde",
                                 draw, NULL);
    assert_true((unsigned char)now[0] == 0xff && strstr(now, "e\xcc\x81"));
    assert_int_equal(strlen(now), 16);
    assert_true((unsigned char)now[8] == 0xfe && now[9] == ' ' && now[12] == '\'');
    /* Four letters and an apostrophe are no five. */
    assert_string_equal(
        text_apply("{kind: typo, share: 1}", "don't \xd1\x82\xd1\x83\xd1\x82", draw, NULL),
        "don't \xd1\x82\xd1\x83\xd1\x82");
    assert_int_equal(
        tokens_of(text_apply("{kind: token_drop, share: 1}", "one two three", draw, NULL)), 1);
  }
  assert_string_equal(text_apply("{kind: letter_case, to: upper}",
                                 "\xffstra\xc3\x9f"
                                 "e \xc3\xa9",
                                 0, NULL),
                      "\xffSTRA\xc3\x9f"
                      "E \xc3\x89");
  assert_string_equal(
      text_apply("{kind: no_punctuation}", "d\xfeon't, \xc3\xa9\xe2\x80\xa6 5!", 0, NULL),
      "d\xfeont \xc3\xa9 5");
  assert_string_equal(text_apply("{kind: no_punctuation}", "?!", 0, NULL), "?!");
  assert_string_equal(text_apply("{kind: token_drop, share: 1}", "  ", 0, NULL), "  ");
}

/* EDA: one exchange at least, and every text keeps its words. */
static void exchanged_words_are_all_there(void **state) {
  (void)state;
  size_t moved = 0;
  for (uint64_t draw = 0; draw < 200; draw++) {
    const char *now = text_apply("{kind: token_swap, share: .01}", "a bc def ghij", draw, NULL);
    static const char *const words[] = {"a", "bc", "def", "ghij"};
    char copy[32], *rest;
    size_t place = 0, here = 0;
    snprintf(copy, sizeof copy, "%s", now);
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
      here += strcmp(w, words[place++]) == 0;
    assert_true(place == 4 && here == 2);
    assert_non_null(strstr(now, "ghij"));
    moved += strcmp(now, "a bc def ghij") != 0;
  }
  assert_int_equal(moved, 200);
  assert_string_equal(text_apply("{kind: token_swap, share: 1}", "alone", 0, NULL), "alone");
}

/* No gap is left where a word was, and what a larger share leaves a smaller one left too. */
static void missing_words_leave_no_gaps(void **state) {
  (void)state;
  size_t n;
  for (uint64_t draw = 0; draw < 300; draw++) {
    static const char *const text = "one two three four";
    const char *some = text_apply("{kind: token_drop, share: .5}", text, draw, &n);
    const char *last = text_apply("{kind: token_drop, share: 1}", text, draw, NULL);
    assert_true(some[0] != ' ' && some[n - 1] != ' ' && !strstr(some, "  "));
    assert_non_null(strstr(some, last));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(slips_meet_the_published_bounds),
      cmocka_unit_test(missing_words_meet_the_published_bounds),
      cmocka_unit_test(texts_are_those_that_others_made),
      cmocka_unit_test(keys_are_neighbours),
      cmocka_unit_test(larger_shares_keep_smaller_damage),
      cmocka_unit_test(texts_get_as_long_as_they_say),
      cmocka_unit_test(odd_texts_come_out_whole),
      cmocka_unit_test(exchanged_words_are_all_there),
      cmocka_unit_test(missing_words_leave_no_gaps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
