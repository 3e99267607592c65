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

/* Among things of few hashes, also such as differ in high bits alone, each is found once and
 * nothing else; and where nothing was added nothing is. */
static void test_places(void **state) {
  (void)state;
  struct fray_hash_places places = {0};
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  size_t step = 0, place = 0;
  assert_false(fray_hash_places_next(&places, 7, &step, &place));
  for (size_t i = 0; i < 3000; i++) {
    const uint64_t hash = i % 5 == 0 ? 7 : (uint64_t)(i % 700) << (i % 2 ? 0 : 40);
    assert_int_equal(fray_hash_places_add(&places, hash, i, &arena, &err), FRAY_OK);
  }
  assert_int_equal(places.n, 3000);
  for (size_t i = 0; i < 3000; i += 7) {
    const uint64_t hash = i % 5 == 0 ? 7 : (uint64_t)(i % 700) << (i % 2 ? 0 : 40);
    size_t n = 0, sum = 0, wanted = 0, wanted_sum = 0;
    for (size_t k = 0; k < 3000; k++)
      if ((k % 5 == 0 ? 7 : (uint64_t)(k % 700) << (k % 2 ? 0 : 40)) == hash) {
        wanted++;
        wanted_sum += k;
      }
    for (step = 0; fray_hash_places_next(&places, hash, &step, &place); n++)
      sum += place;
    assert_int_equal(n, wanted);
    assert_int_equal(sum, wanted_sum);
  }
  step = 0;
  assert_false(fray_hash_places_next(&places, 701, &step, &place));
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_answers),
                                     cmocka_unit_test(test_places), cmocka_unit_test(test_running)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
