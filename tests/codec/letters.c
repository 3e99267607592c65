/* Characters: categories and cases of Unicode, and how much longer a text can get by its capitals.
 */
#include "fray/codec/letters.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* From the code charts. */
static void characters_are_what_unicode_says(void **state) {
  (void)state;
  static const struct {
    uint32_t code, upper, lower;
    enum fray_character what;
  } cases[] = {{'a', 'A', 'a', FRAY_CHARACTER_LETTER},
               {'Z', 'Z', 'z', FRAY_CHARACTER_LETTER},
               {'@', '@', '@', FRAY_CHARACTER_OTHER},
               {'[', '[', '[', FRAY_CHARACTER_OTHER},
               {'`', '`', '`', FRAY_CHARACTER_OTHER},
               {'{', '{', '{', FRAY_CHARACTER_OTHER},
               {'7', '7', '7', FRAY_CHARACTER_NUMBER},
               {' ', ' ', ' ', FRAY_CHARACTER_BLANK},
               {'\n', '\n', '\n', FRAY_CHARACTER_BLANK},
               {0x7f, 0x7f, 0x7f, FRAY_CHARACTER_OTHER},
               {0xa0, 0xa0, 0xa0, FRAY_CHARACTER_BLANK},
               {0xdf, 0xdf, 0xdf, FRAY_CHARACTER_LETTER},
               {0xe9, 0xc9, 0xe9, FRAY_CHARACTER_LETTER},
               {0x131, 'I', 0x131, FRAY_CHARACTER_LETTER},
               {0x301, 0x301, 0x301, FRAY_CHARACTER_MARK},
               {0x3c9, 0x3a9, 0x3c9, FRAY_CHARACTER_LETTER},
               {0x663, 0x663, 0x663, FRAY_CHARACTER_NUMBER},
               {0x2019, 0x2019, 0x2019, FRAY_CHARACTER_OTHER},
               {0x3000, 0x3000, 0x3000, FRAY_CHARACTER_BLANK},
               {0x8a9e, 0x8a9e, 0x8a9e, FRAY_CHARACTER_LETTER},
               {0x1f4a1, 0x1f4a1, 0x1f4a1, FRAY_CHARACTER_OTHER},
               {0x10428, 0x10400, 0x10428, FRAY_CHARACTER_LETTER}};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    char text[FRAY_UTF8_MAX];
    uint32_t code;
    enum fray_character what;
    const size_t n = fray_utf8_write(cases[k].code, text);
    assert_int_equal(fray_character_read(text, n, &code, &what), n);
    assert_int_equal(code, cases[k].code);
    assert_int_equal(what, cases[k].what);
    assert_int_equal(fray_character_upper(code), cases[k].upper);
    assert_int_equal(fray_character_lower(code), cases[k].lower);
  }
  uint32_t code;
  enum fray_character what;
  assert_int_equal(fray_character_read("\xe9t", 2, &code, &what), 1);
  assert_true(code == FRAY_UTF8_BAD && what == FRAY_CHARACTER_OTHER);
}

/* Who makes room for a text in capitals counts on it: half as many bytes again are enough. */
static void cases_grow_by_half_at_most(void **state) {
  (void)state;
  for (uint32_t code = 0; code <= 0x10ffff; code++) {
    char text[FRAY_UTF8_MAX];
    if (code >= 0xd800 && code <= 0xdfff)
      continue;
    const size_t n = fray_utf8_write(code, text);
    assert_true(fray_utf8_write(fray_character_upper(code), text) <= n + n / 2);
    assert_true(fray_utf8_write(fray_character_lower(code), text) <= n + n / 2);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(characters_are_what_unicode_says),
      cmocka_unit_test(cases_grow_by_half_at_most),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
