/* Scores that were read stay by model and training, and the longest kept go first. */
#include "results/said/kept_scores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Twenty megabytes each, so that three have room in 64 MiB. */
enum { COUNT = 5000000 };

static void keep(struct kept_scores *kept, size_t trial) {
  float *values = malloc(COUNT * sizeof *values);
  assert_non_null(values);
  values[0] = (float)trial;
  assert_ptr_equal(kept_scores_keep(kept, 0, trial, false, values, COUNT), values);
}

static void tests_the_longest_kept_go(void **state) {
  (void)state;
  struct kept_scores kept = {0};
  for (size_t t = 0; t < 5; t++) {
    keep(&kept, t);
    for (size_t k = 0; k < 5; k++) {
      const float *found = kept_scores_find(&kept, 0, k, false);
      assert_int_equal(found != NULL, k <= t && k + 3 > t);
      assert_true(!found || found[0] == (float)k);
    }
  }
  kept_scores_free(&kept);
  assert_null(kept_scores_find(&kept, 0, 4, false));
}

/* Two models of one training, and two kinds of samples, are four. */
static void tests_each_is_one_of_its_own(void **state) {
  (void)state;
  struct kept_scores kept = {0};
  const float *is[4];
  for (int k = 0; k < 4; k++)
    is[k] = kept_scores_keep(&kept, k / 2, 7, k % 2, malloc(sizeof(float)), 1);
  for (int k = 0; k < 4; k++)
    assert_ptr_equal(kept_scores_find(&kept, k / 2, 7, k % 2), is[k]);
  assert_null(kept_scores_find(&kept, 0, 8, false));
  kept_scores_free(&kept);
}

/* What alone is more than there is room for stays until the next comes. */
static void tests_the_last_one_stays(void **state) {
  (void)state;
  struct kept_scores kept = {0};
  const size_t many = (size_t)17 << 20;
  const float *large = kept_scores_keep(&kept, 0, 1, true, malloc(many * sizeof(float)), many);
  assert_ptr_equal(kept_scores_find(&kept, 0, 1, true), large);
  keep(&kept, 2);
  assert_null(kept_scores_find(&kept, 0, 1, true));
  assert_non_null(kept_scores_find(&kept, 0, 2, false));
  kept_scores_free(&kept);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(tests_the_longest_kept_go),
                                     cmocka_unit_test(tests_each_is_one_of_its_own),
                                     cmocka_unit_test(tests_the_last_one_stays)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
