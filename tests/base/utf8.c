/* UTF-8: every code point, every short run of bytes, the examples of the Unicode standard. */
#include "fray/base/utf8.h"

#include "fray/base/size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static void test_every_code_point(void **state) {
  (void)state;
  for (uint32_t code = 0; code <= 0x10ffff; code++) {
    char text[FRAY_UTF8_MAX + 1] = "";
    uint32_t back;
    size_t n = fray_utf8_write(code, text);
    size_t got = fray_utf8_read(text, n, &back);
    if (code >= 0xd800 && code <= 0xdfff) { /* surrogates: no sequence, one subpart of 1 byte */
      assert_true(back == FRAY_UTF8_BAD && got == 1);
      continue;
    }
    assert_true(back == code && got == n);
    for (size_t less = 1; less < n; less++) { /* cut short: all of what is there is one subpart */
      assert_int_equal(fray_utf8_read(text, less, &back), less);
      assert_true(back == FRAY_UTF8_BAD);
      assert_int_equal(fray_utf8_valid(text, less), 0);
    }
  }
}

/* Well-formedness by its definition: bytes that the bit pattern gives, shortest, no surrogate. */
static bool is_character(const unsigned char *p, size_t n) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t bytes = p[0] < 0x80             ? 1
                 : (p[0] & 0xe0) == 0xc0 ? 2
                 : (p[0] & 0xf0) == 0xe0 ? 3
                 : (p[0] & 0xf8) == 0xf0 ? 4
                                         : 0;
  if (bytes != n)
    return false;
  uint32_t code = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xc0) != 0x80)
      return false;
    code = code << 6 | (p[i] & 0x3f);
  }
  return code >= least[n] && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

/* True if some bytes behind p make a character of it. */
static bool can_become_character(const unsigned char *p, size_t n) {
  static const unsigned char more[] = {0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf};
  unsigned char text[4];
  memcpy(text, p, n);
  if (is_character(text, n))
    return true;
  for (size_t a = 0; n < 4 && a < sizeof more; a++) {
    text[n] = more[a];
    if (can_become_character(text, n + 1))
      return true;
  }
  return false;
}

static void check_run(const unsigned char *p, size_t n) {
  uint32_t code;
  size_t got = fray_utf8_read((const char *)p, n, &code), want = 1;
  for (size_t k = 1; k <= n; k++)
    if (is_character(p, k)) {
      assert_true(code != FRAY_UTF8_BAD && got == k);
      return;
    }
  /* The maximal subpart: the longest start of a character, or one byte. */
  for (size_t k = 1; k <= n && can_become_character(p, k); k++)
    want = k;
  assert_true(code == FRAY_UTF8_BAD);
  assert_int_equal(got, want);
}

static void test_every_short_run(void **state) {
  (void)state;
  for (unsigned a = 0; a < 256; a++) {
    check_run((unsigned char[]){(unsigned char)a}, 1);
    for (unsigned b = 0; b < 256; b++) {
      check_run((unsigned char[]){(unsigned char)a, (unsigned char)b}, 2);
      for (unsigned c = 0; c < 256; c += b < 0x80 ? 17 : 3)
        check_run((unsigned char[]){(unsigned char)a, (unsigned char)b, (unsigned char)c, 0xbf}, 4);
    }
  }
}

/* Unicode 15, section 3.9, tables 3-8 to 3-11; 0xfffd stands for each maximal subpart. */
static void test_examples_of_the_standard(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    uint32_t code[10]; /* ends with 0 */
  } cases[] = {
      {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41",
       {0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0x41}},
      {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41",
       {0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0x41}},
      {"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42",
       {0xfffd, 0xfffd, 0xfffd, 0xfffd, 0xfffd, 0x41, 0xfffd, 0xfffd, 0x42}},
      {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", {0xfffd, 0xfffd, 0xfffd, 0xfffd, 0x41}},
  };
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    const char *at = cases[k].bytes;
    size_t i = 0;
    for (; *at; i++) {
      uint32_t code;
      at += fray_utf8_read(at, SIZE_MAX, &code);
      assert_int_equal(code == FRAY_UTF8_BAD ? FRAY_UTF8_REPLACEMENT : code, cases[k].code[i]);
    }
    assert_int_equal(cases[k].code[i], 0);
  }
}

static void test_first_bad_byte(void **state) {
  (void)state;
  assert_int_equal(fray_utf8_valid("ab\xe9z", 4), 2);
  assert_int_equal(fray_utf8_valid("\xc3\xa9", 2), 2);
  assert_int_equal(fray_utf8_valid("\xc3\xa9", 1), 0);
  assert_int_equal(fray_utf8_valid("", 0), 0);
  assert_int_equal(fray_utf8_valid("a\0b", 3), 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_code_point),
      cmocka_unit_test(test_every_short_run),
      cmocka_unit_test(test_examples_of_the_standard),
      cmocka_unit_test(test_first_bad_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
