/* Known answers of XXH3 (seed 0), as printed by `xxhsum -H3` and `xxhsum -H2` of xxHash 0.8: the
 * names of trials and the keys of random streams hang on them. */
#include "fray/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_known_answers(void **state) {
  (void)state;
  assert_true(fray_hash64("", 0) == 0x2d06800538d394c2u);
  assert_true(fray_hash64("a", 1) == 0xe6c632b61e964e1fu);
  assert_true(fray_hash64("abc", 3) == 0x78af5f94892f3950u);
  assert_true(fray_hash_text("abc") == 0x78af5f94892f3950u);
  char hex[33];
  fray_hash128_hex(fray_hash128_of("", 0), hex);
  assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
  fray_hash128_hex(fray_hash128_of("abc", 3), hex);
  assert_string_equal(hex, "06b05ab6733a618578af5f94892f3950");
}

/* In pieces of any size: the same as in one piece. */
static void test_running(void **state) {
  (void)state;
  unsigned char data[5000];
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (unsigned char)(i * 131 >> 3);
  for (size_t step = 1; step < 700; step += 53) {
    struct fray_hash_state *running = fray_hash_begin();
    assert_non_null(running);
    for (size_t at = 0; at < sizeof data; at += step)
      fray_hash_add(running, data + at, step < sizeof data - at ? step : sizeof data - at);
    fray_hash_add(running, NULL, 0);
    assert_true(fray_hash_end(running) == fray_hash64(data, sizeof data));
  }
  assert_true(fray_hash_end(fray_hash_begin()) == fray_hash64("", 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_answers),
                                     cmocka_unit_test(test_running)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
