/* Names in one form, and the look-up by it. */
#include "fray/codec/names.h"

#include "fray/base/log.h"
#include "fray/base/size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NFC "Ren\xc3\xa9"
#define NFD "Rene\xcc\x81"
#define NO_BREAK "\xc2\xa0"
#define IDEOGRAPHIC "\xe3\x80\x80"
#define MARK "\xef\xbb\xbf"
#define ZERO_WIDTH "\xe2\x80\x8b"

static void names_get_one_form(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"", ""},
      {"purr", "purr"},
      {"purr ", "purr"},
      {" \t\r\npurr\v\f", "purr"},
      {"  ", ""},
      {"!a~", "!a~"},
      {" a", "a"},
      {"a\x7f", "a\x7f"},          /* no blank; whether it may stand in a name is not asked here */
      {"New  York ", "New  York"}, /* blanks within are the name's own */
      {NFC, NFC},
      {NFD, NFC},
      {NO_BREAK IDEOGRAPHIC MARK NFD ZERO_WIDTH NO_BREAK, NFC},
      {"\xe2\x84\xab", "\xc3\x85"},                             /* Angstrom sign: A with ring */
      {"\xef\xac\x81", "\xef\xac\x81"},                         /* a ligature: NFC keeps it */
      {"e\xcc\xa3\xcc\x82", "\xe1\xbb\x87"},                    /* two marks in any order */
      {"e\xcc\x82\xcc\xa3", "\xe1\xbb\x87"},                    /* are the same letter */
      {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"}, /* Hangul from its parts */
      {" \xff" NFD " ", "\xff" NFD},                            /* no UTF-8: only blanks go */
  };
  struct fray_arena arena = {0};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    const char *clean = fray_name_clean(cases[i][0], &arena);
    assert_string_equal(clean, cases[i][1]);
    assert_ptr_equal(fray_name_clean(clean, &arena), clean); /* clean already: no copy */
  }
  fray_arena_free(&arena);
}

static void look_ups_prefer_the_very_name(void **state) {
  (void)state;
  static const char *const names[] = {"a", "b ", "b", NFC, NFD, "c ", "c\t", ""};
  struct fray_arena arena = {0};
  struct fray_name_table t;
  size_t other = 99, n = FRAY_COUNT(names);
  assert_int_equal(fray_name_table_make(names, n, &arena, &t, NULL), FRAY_OK);
  for (size_t i = 0; i < n; i++)
    assert_int_equal(fray_name_find(&t, names[i]), i);
  assert_int_equal(fray_name_find(&t, " a "), 0);
  assert_int_equal(fray_name_find(&t, " "), 7);
  assert_int_equal(fray_name_find(&t, " b"), n); /* which of the two? */
  assert_int_equal(fray_name_find(&t, "c"), n);
  assert_int_equal(fray_name_find(&t, NFD " "), n);
  assert_int_equal(fray_name_find(&t, "A"), n);
  assert_int_equal(fray_name_twin(&t, &other), 2);
  assert_int_equal(other, 1);
  assert_int_equal(fray_name_table_make(names, 2, &arena, &t, NULL), FRAY_OK);
  assert_int_equal(fray_name_twin(&t, &other), 2);
  assert_int_equal(fray_name_find(&t, "b"), 1);
  assert_int_equal(fray_name_table_make(names, 0, &arena, &t, NULL), FRAY_OK);
  assert_int_equal(fray_name_find(&t, "a"), 0);
  fray_arena_free(&arena);
}

static void many_names_take_no_time(void **state) {
  (void)state;
  enum { N = 200000 };
  struct fray_arena arena = {0};
  struct fray_name_table t;
  size_t other;
  const char **name = fray_arena_alloc(&arena, N, sizeof *name);
  for (int i = 0; i < N; i++)
    name[i] = fray_arena_printf(&arena, i % 2 ? "%d" NFD : "%d ", i);
  double start = fray_seconds();
  assert_int_equal(fray_name_table_make(name, N, &arena, &t, NULL), FRAY_OK);
  assert_int_equal(fray_name_twin(&t, &other), N);
  for (int i = 0; i < N; i++) {
    char clean[32];
    snprintf(clean, sizeof clean, i % 2 ? "%d" NFC : "%d", i);
    assert_int_equal(fray_name_find(&t, clean), i);
  }
  assert_true(fray_seconds() - start < 20);
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_get_one_form),
      cmocka_unit_test(look_ups_prefer_the_very_name),
      cmocka_unit_test(many_names_take_no_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
