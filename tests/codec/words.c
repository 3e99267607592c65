/* Words of texts: by hand, against Python's tables, and whatever the bytes. */
#include "fray/codec/words.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "words_golden.h"

/* The words of a text, joined by '|', and how many. */
static size_t join(const void *text, size_t size, bool fold, char *out, size_t room) {
  static struct fray_words words;
  size_t n = 0, at = 0;
  fray_words_begin(&words, text, size, fold);
  while (fray_words_next(&words)) {
    assert_true(words.length >= 1 && words.length <= FRAY_WORD_MAX);
    if (n++ > 0 && at < room)
      out[at++] = '|';
    for (size_t i = 0; i < words.length && at + FRAY_UTF8_MAX < room; i++)
      at += fray_utf8_write((uint32_t)words.word[i], out + at);
  }
  assert_true(at < room);
  out[at] = '\0';
  assert_int_equal(fray_utf8_valid(out, at), at);
  return n;
}

static void check(const char *text, const char *want) {
  char got[4096];
  join(text, strlen(text), true, got, sizeof got);
  assert_string_equal(got, want);
}

static void test_known_cases(void **state) {
  (void)state;
  check("", "");
  check(" \t\n.,;-!?", "");
  check("Hello, World! It's 2 o\u2019clock.", "hello|world|it's|2|o'clock");
  check("'quoted' rock 'n' roll don''t", "quoted|rock|n|roll|don|t");
  check("a_b c-d e.g. covid19 3.14", "a|b|c|d|e|g|covid19|3|14");
  check("Straße ſchön ﬁn ＡＢＣ Ⅷ ½", "strasse|schön|fin|abc|viii|1|2");
  check("I\u0307 İ", "i\u0307|i\u0307");    /* no locale: İ folds to i and a dot */
  check("e\u0301 \u00e9", "\u00e9|\u00e9"); /* decomposed and composed are one */
  check("q\u0323\u0307 q\u0307\u0323", "q\u0323\u0307|q\u0323\u0307"); /* canonical order */
  check("ΣΑΣ σας", "σασ|σασ");                    /* final sigma folds as well */
  check("co\u00adop \ufeffx\u200dy", "coop|xy");  /* soft hyphen, BOM, joiner */
  check("한국어 텍스트", "한국어|텍스트");        /* Hangul has spaces */
  check("\u1112\u1161\u11ab", "한");              /* conjoining jamo compose */
  check("我爱NLP。カー ﾊﾞ", "我|爱|nlp|カー|バ"); /* kana: the mark modifies */
  check("ไทยนี้", "ไ|ท|ย|นี้");
  check("नमस्ते दुनिया", "नमस्ते|दुनिया");
  check("שלום עולם مرحبا", "שלום|עולם|مرحبا");
  check("ok 👍🏽 ❤️ ©", "ok|👍|❤|©");
  check("\u0301abc \u00b4", "abc"); /* marks begin no word; NFKC of the acute is a space and one */
}

static void test_golden(void **state) {
  (void)state;
  for (size_t k = 0; k < FRAY_COUNT(golden); k++) {
    char got[4096];
    join(golden[k].text, strlen(golden[k].text), golden[k].fold, got, sizeof got);
    if (strcmp(got, golden[k].words) != 0)
      fail_msg("golden text %zu: \"%s\": got \"%s\", expected \"%s\"", k, golden[k].text, got,
               golden[k].words);
  }
}

/* A damaged byte changes its own word only. */
static void test_ill_formed(void **state) {
  (void)state;
  check("one t\xffo three", "one|t\ufffdo|three");
  check("\xc3", "\ufffd");
  check("a\xe1\x80 b", "a\ufffd|b"); /* one maximal subpart, one U+FFFD */
  check("a\xed\xa0\x80z", "a\ufffd\ufffd\ufffdz");
  char got[64];
  assert_int_equal(join("a\0b", 3, true, got, sizeof got), 2);
  assert_string_equal(got, "a|b");
}

/* Words do not depend on where pieces end. */
static void test_long_texts(void **state) {
  (void)state;
  enum { WORDS = 3000 };
  static char text[WORDS * 16], want[WORDS * 16], got[WORDS * 16];
  struct fray_rng rng = fray_rng_for(3, "words", 0, 0, 0);
  size_t at = 0, to = 0;
  for (size_t i = 0; i < WORDS; i++) {
    size_t letters = 1 + fray_rng_below(&rng, 5);
    if (i > 0)
      want[to++] = '|';
    for (size_t k = 0; k < letters; k++) {
      memcpy(text + at, k % 2 ? "e\u0301" : "g", k % 2 ? 3 : 1);
      memcpy(want + to, k % 2 ? "\u00e9" : "g", k % 2 ? 2 : 1);
      at += k % 2 ? 3 : 1;
      to += k % 2 ? 2 : 1;
    }
    text[at++] = i % 7 ? ' ' : '.';
  }
  want[to] = '\0';
  assert_int_equal(join(text, at, true, got, sizeof got), WORDS);
  assert_string_equal(got, want);
}

/* Only so much of a word is kept; what follows is read on. */
static void test_long_words(void **state) {
  (void)state;
  static char text[100000], got[1024];
  memset(text, 'A', sizeof text);
  memcpy(text + sizeof text - 4, " end", 4);
  assert_int_equal(join(text, sizeof text, true, got, sizeof got), 2);
  assert_int_equal(strlen(got), FRAY_WORD_MAX + 4);
  assert_string_equal(got + FRAY_WORD_MAX, "|end");
  /* Nothing but marks, in the order that sorting likes least. */
  for (size_t i = 0; i + 4 <= sizeof text; i += 4)
    memcpy(text + i, "\u0301\u0316", 4);
  assert_int_equal(join(text, sizeof text, true, got, sizeof got), 0);
  /* What expands most: 18 code points each, 4 words. */
  for (size_t i = 0; i + 3 <= 3000; i += 3)
    memcpy(text + i, "\ufdfa", 3);
  static char arabic[100000];
  assert_true(join(text, 3000, true, arabic, sizeof arabic) >= 3000);
}

static void check_any(const char *text, size_t size) {
  static char got[1 << 14];
  /* A copy of exactly this size, so that a sanitizer sees any byte read beyond. */
  char *copy = malloc(size);
  assert_non_null(copy);
  memcpy(copy, text, size);
  join(copy, size, true, got, sizeof got);
  join(copy, size, false, got, sizeof got);
  free(copy);
}

static void test_any_bytes(void **state) {
  (void)state;
  static const unsigned char kinds[] = {0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe1,
                                        0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff, 0xcc, 0x81, 0x27};
  for (unsigned a = 0; a < 256; a++)
    for (unsigned b = 0; b < 256; b++)
      check_any((char[]){(char)a, (char)b}, 2);
  for (size_t i = 0; i < 8000; i++)
    check_any((char[]){(char)kinds[i / 400], (char)kinds[i / 20 % 20], (char)kinds[i % 20]}, 3);
  struct fray_rng rng = fray_rng_for(5, "words", 0, 0, 0);
  for (int round = 0; round < 300; round++) {
    char text[1500];
    size_t size = 1 + fray_rng_below(&rng, sizeof text);
    bool points = round % 2; /* random code points, or random bytes */
    for (size_t i = 0; i < size; i++)
      text[i] = (char)fray_rng_below(&rng, 256);
    for (size_t i = 0; points && i + 4 <= size;)
      i += fray_utf8_write((uint32_t)fray_rng_below(&rng, 0x110000), text + i);
    check_any(text, size);
  }
}

static void test_library_is_named(void **state) {
  (void)state;
  assert_non_null(strstr(fray_unicode_library(), "Unicode 1"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known_cases),      cmocka_unit_test(test_golden),
      cmocka_unit_test(test_ill_formed),       cmocka_unit_test(test_long_texts),
      cmocka_unit_test(test_long_words),       cmocka_unit_test(test_any_bytes),
      cmocka_unit_test(test_library_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
