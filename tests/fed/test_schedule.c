#include "fray/fed/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLIENTS = 50 };

static void setup(uint32_t *eligible, uint64_t *source) {
  for (uint32_t i = 0; i < CLIENTS; i++) {
    eligible[i] = i;
    source[i] = 1000u + 7u * i;
  }
}

static void cohorts_are_distinct_sorted_and_reproducible(void **state) {
  (void)state;
  uint32_t eligible[CLIENTS], a[CLIENTS], b[CLIENTS];
  uint64_t source[CLIENTS];
  struct fray_draw scratch[CLIENTS];
  setup(eligible, source);
  bool differs = false;
  for (uint64_t round = 1; round <= 100; round++) {
    assert_int_equal(fray_sample_cohort(8, round, eligible, CLIENTS, source, 10, scratch, a), 10);
    for (size_t i = 1; i < 10; i++)
      assert_true(a[i] > a[i - 1]);
    if (round > 1)
      differs = differs || memcmp(a, b, 10 * sizeof *a) != 0;
    fray_sample_cohort(8, round, eligible, CLIENTS, source, 10, scratch, b);
    assert_memory_equal(a, b, 10 * sizeof *a);
  }
  assert_true(differs);
}

/* 2,000 rounds x 10 of 50: every client is expected 400 times, deviation 17.9; 5 sigma bounds. */
static void every_client_is_drawn_equally_often(void **state) {
  (void)state;
  uint32_t eligible[CLIENTS], cohort[CLIENTS];
  uint64_t source[CLIENTS];
  struct fray_draw scratch[CLIENTS];
  int count[CLIENTS] = {0};
  setup(eligible, source);
  for (uint64_t round = 1; round <= 2000; round++) {
    fray_sample_cohort(1, round, eligible, CLIENTS, source, 10, scratch, cohort);
    for (size_t i = 0; i < 10; i++)
      count[cohort[i]]++;
  }
  for (size_t i = 0; i < CLIENTS; i++)
    assert_in_range(count[i], 400 - 90, 400 + 90);
}

/* A client that leaves must not change which of the others would come before whom. */
static void a_leaving_client_changes_no_other_draw(void **state) {
  (void)state;
  uint32_t eligible[CLIENTS], full[CLIENTS], less[CLIENTS], fewer[CLIENTS];
  uint64_t source[CLIENTS];
  struct fray_draw scratch[CLIENTS];
  setup(eligible, source);
  fray_sample_cohort(5, 3, eligible, CLIENTS, source, 10, scratch, full);
  size_t n = 0;
  for (uint32_t i = 0; i < CLIENTS; i++)
    if (i != full[4])
      fewer[n++] = i;
  fray_sample_cohort(5, 3, fewer, n, source, 10, scratch, less);
  for (size_t i = 0; i < 10; i++) {
    bool found = false;
    for (size_t k = 0; k < 10; k++)
      found = found || less[k] == full[i];

    assert_true(found || i == 4);
  }
}

/* Whoever is among the k smallest draws is among the k + 1 smallest; for every k, many rounds. */
static void a_larger_cohort_only_adds(void **state) {
  (void)state;
  uint32_t eligible[CLIENTS], less[CLIENTS], more[CLIENTS];
  uint64_t source[CLIENTS];
  struct fray_draw scratch[CLIENTS];
  setup(eligible, source);
  for (uint64_t round = 1; round <= 20; round++)
    for (size_t k = 0; k < CLIENTS; k++) {
      assert_int_equal(fray_sample_cohort(3, round, eligible, CLIENTS, source, k, scratch, less),
                       k);
      fray_sample_cohort(3, round, eligible, CLIENTS, source, k + 1, scratch, more);
      size_t shared = 0;
      for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j <= k; j++)
          shared += less[i] == more[j];
      assert_int_equal(shared, k);
    }
}

static void more_than_there_are_gives_all(void **state) {
  (void)state;
  uint32_t eligible[CLIENTS], cohort[CLIENTS];
  uint64_t source[CLIENTS];
  struct fray_draw scratch[CLIENTS];
  setup(eligible, source);
  assert_int_equal(fray_sample_cohort(1, 1, eligible, 3, source, 10, scratch, cohort), 3);
  assert_int_equal(cohort[0], 0);
  assert_int_equal(cohort[2], 2);
  assert_int_equal(fray_sample_cohort(1, 1, eligible, 0, source, 10, scratch, cohort), 0);
}

/* Graham's bound for longest-first: makespan <= (4/3 - 1/(3m)) optimum; optimum >= total / m. */
static void longest_first_balances(void **state) {
  (void)state;
  const size_t cost[] = {7, 7, 6, 6, 5, 4, 4, 4, 3, 2};
  uint64_t load[3];
  struct fray_draw scratch[10];
  int rank[10];
  fray_assign_ranks(cost, 10, 3, load, scratch, rank);
  uint64_t sum[3] = {0};
  for (size_t i = 0; i < 10; i++)
    sum[rank[i]] += cost[i];
  for (size_t r = 0; r < 3; r++) {
    assert_int_equal(sum[r], load[r]);
    assert_true((double)sum[r] <= 48 * (4.0 / 3.0 - 1.0 / 9.0) / 3.0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cohorts_are_distinct_sorted_and_reproducible),
      cmocka_unit_test(every_client_is_drawn_equally_often),
      cmocka_unit_test(a_leaving_client_changes_no_other_draw),
      cmocka_unit_test(a_larger_cohort_only_adds),
      cmocka_unit_test(more_than_there_are_gives_all),
      cmocka_unit_test(longest_first_balances),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
