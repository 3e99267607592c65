/* Columns of text on a terminal. */
#include "fray/codec/text_width.h"

#include "fray/base/size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HAN "\xe8\xaa\x9e"       /* U+8A9E, wide */
#define ACUTE "\xcc\x81"         /* U+0301, combines */
#define LIGHT "\xf0\x9f\x92\xa1" /* U+1F4A1, an emoji */
#define JOINER "\xe2\x80\x8d"    /* U+200D, takes no room */
#define HALFWIDTH "\xef\xbd\xb1" /* U+FF71, narrow although it is kana */

static void widths_are_those_of_the_tables(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t columns;
  } cases[] = {{"", 0},
               {"abc", 3},
               {"Ren\xc3\xa9", 4},
               {"Rene" ACUTE, 4},
               {HAN HAN, 4},
               {HALFWIDTH, 1},
               {LIGHT, 2},
               {"a" JOINER "b", 2},
               {"a\xff"
                "b",
                3}, /* a byte that is no text is shown as one mark */
               {"\x1b[1m", 4}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++)
    assert_int_equal(fray_columns(cases[i].text), cases[i].columns);
}

static void expect(struct fray_text *text, const char *expected) {
  assert_string_equal(text->data ? text->data : "", expected);
  fray_text_free(text);
}

static void padding_fills_to_a_width_and_never_cuts(void **state) {
  (void)state;
  struct fray_text text = {0};
  fray_columns_pad(&text, HAN, 4);
  fray_text_puts(&text, "|");
  expect(&text, HAN "  |");
  fray_columns_pad_left(&text, "Rene" ACUTE, 6);
  expect(&text, "  Rene" ACUTE);
  fray_columns_pad(&text, "abcdef", 3);
  expect(&text, "abcdef");
}

static void words_are_filled_by_columns(void **state) {
  (void)state;
  struct fray_text text = {0};
  fray_columns_wrap(&text, "one two  three", 0, 7);
  expect(&text, "one two\nthree");
  fray_columns_wrap(&text, "one two three", 2, 9);
  expect(&text, "one two\n  three");
  fray_columns_wrap(&text, HAN HAN HAN HAN, 0, 5); /* parted between characters, at 4 columns */
  expect(&text, HAN HAN "\n" HAN HAN);
  fray_columns_wrap(&text, "ab " HAN "cd", 0, 5);
  expect(&text, "ab " HAN "\ncd");
  fray_columns_wrap(&text, "abcdefgh", 1, 4); /* longer than a line */
  expect(&text, "abc\n def\n gh");
  fray_columns_wrap(&text, "ab cdefgh", 0, 4);
  expect(&text, "ab\ncdef\ngh");
  fray_columns_wrap(&text, "at 60 % of", 0, 6); /* a number stays with its sign */
  expect(&text, "at\n60 %\nof");
  fray_columns_wrap(&text, "", 0, 4);
  expect(&text, "");
  assert_int_equal(fray_columns_longest("at 60 % of " HAN HAN), 4);
  assert_int_equal(fray_columns_longest(" "), 0);
}

/* Whatever the words and the width: no line is wider, and nothing but blanks is lost. */
static void no_line_is_wider_and_nothing_is_lost(void **state) {
  (void)state;
  static const char *const pieces[] = {"a",         "lost", HAN,  LIGHT,
                                       ("e" ACUTE), " ",    "  ", "longer-word"};
  uint32_t seed = 7;
  for (size_t i = 0; i < 2000; i++) {
    char words[256] = "";
    for (size_t k = 0; k < 1 + i % 12; k++) {
      seed = seed * 1664525 + 1013904223;
      strcat(words, pieces[seed / 65536 % FRAY_COUNT(pieces)]);
    }
    const size_t width = 4 + i % 20, indent = i % 3;
    struct fray_text text = {0};
    fray_columns_wrap(&text, words, indent, width);
    char kept[256] = "";
    for (char *line = text.data ? text.data : kept; line && *line;) {
      char *end = strchr(line, '\n');
      if (end)
        *end = '\0';
      assert_true(fray_columns(line) + (line == text.data ? indent : 0) <= width);
      strcat(kept, line);
      line = end ? end + 1 : NULL;
    }
    const char *w = words, *k = kept;
    for (;; w++, k++) {
      w += strspn(w, " ");
      k += strspn(k, " ");
      assert_int_equal(*w, *k);
      if (!*w)
        break;
    }
    fray_text_free(&text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(widths_are_those_of_the_tables),
      cmocka_unit_test(padding_fills_to_a_width_and_never_cuts),
      cmocka_unit_test(words_are_filled_by_columns),
      cmocka_unit_test(no_line_is_wider_and_nothing_is_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
