/* Gaps with their null, equalised odds, spread over clients. */
#include "fray/metric/fairness.h"
#include "../ok.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/metric/did.h"
#include "uncertainty_golden.h"

#include <math.h>
#include <string.h>

#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))

static void small_groups_are_suppressed(void **state) {
  (void)state;
  assert_false(fray_group_suppressed(30, 5));
  assert_true(fray_group_suppressed(29, 5));
  assert_true(fray_group_suppressed(30, 4));
  assert_true(fray_group_suppressed(0, 0));
}

static void gap_and_worst(void **state) {
  (void)state;
  const double value[] = {0.8, NAN, 0.55, 0.7}, one[] = {NAN, 0.4};
  const char *status;
  size_t which;
  assert_near(fray_gap(value, 4, &status), 0.25, 1e-15);
  assert_string_equal(status, "ok");
  assert_true(isnan(fray_gap(one, 2, &status)));
  assert_string_equal(status, "fewer than two groups");
  assert_true(fray_worst(value, 4, true, &which) == 0.55 && which == 2);
  assert_true(fray_worst(value, 4, false, &which) == 0.8 && which == 0);
  assert_true(fray_worst(one, 2, true, &which) == 0.4 && which == 1);
  assert_true(isnan(fray_worst(one, 1, true, &which)) && which == 1);
}

/* Groups that differ in nothing show a gap: six of 30 samples at 80 % one of .183. */
static void equal_groups_show_a_gap(void **state) {
  (void)state;
  enum { REPEATS = 20000 };
  struct fray_rng rng = fray_rng_for(1, "test/gap", 0, 0, 0);
  double sum = 0;
  for (int r = 0; r < REPEATS; r++) {
    double value[6] = {0};
    for (int k = 0; k < 180; k++)
      value[k / 30] += fray_rng_uniform(&rng) < 0.8 ? 1.0 / 30 : 0;
    const char *status;
    sum += fray_gap(value, 6, &status);
  }
  assert_near(sum / REPEATS, golden_gap[0], 0.002); /* four errors: deviation .06 / 141 */
}

/* Clusters with a value each and 10 samples; the gap of group means. */
struct clusters {
  size_t n, n_groups, calls;
  double value[32];
};

static double gap_of(void *user, const uint32_t *group) {
  struct clusters *c = user;
  double sum[4] = {0};
  size_t n[4] = {0};
  for (size_t i = 0; i < c->n; i++) {
    sum[group[i]] += c->value[i];
    n[group[i]]++;
  }
  for (size_t g = 0; g < c->n_groups; g++)
    sum[g] /= (double)n[g];
  c->calls++;
  const char *status;
  return fray_gap(sum, c->n_groups, &status);
}

/* Two groups of two with values 0 0 1 1: of the 6 ways to deal the labels 2 give a gap of 1 and 4
 * one of 0. Mean 1/3, p of the true split 1/3, 95 % quantile 1. */
static void null_of_four_clusters_by_hand(void **state) {
  (void)state;
  struct clusters c = {.n = 4, .n_groups = 2, .value = {0, 0, 1, 1}};
  const uint32_t group[] = {0, 0, 1, 1};
  struct fray_arena arena = {0};
  struct fray_gap_null null, again;
  OK(fray_gap_permute(9, group, 4, 6000, gap_of, &c, 1, &arena, &null, &err));
  assert_int_equal(c.calls, 6000);
  assert_near(null.mean, 1.0 / 3, 0.025); /* four errors: .47 / 77 */
  assert_near(null.p, 1.0 / 3, 0.025);
  assert_true(null.q95 == 1);
  OK(fray_gap_permute(9, group, 4, 6000, gap_of, &c, 1, &arena, &again, &err));
  assert_true(null.mean == again.mean && null.p == again.p);
  static double side[6000]; /* the same, exchange by exchange */
  for (size_t i = 0; i < 6000; i++) {
    uint32_t one[4];
    fray_gap_exchange(9, group, 4, i, one);
    side[i] = gap_of(&c, one);
  }
  again = fray_gap_null_of(side, 6000, 1);
  assert_true(null.mean == again.mean && null.p == again.p && null.q95 == again.q95);
  OK(fray_gap_permute(9, group, 4, 6000, gap_of, &c, 0, &arena, &null, &err));
  assert_true(null.p == 1); /* every gap reaches 0 */
  OK(fray_gap_permute(9, group, 4, 6000, gap_of, &c, NAN, &arena, &null, &err));
  assert_true(isnan(null.mean) && isnan(null.q95) && isnan(null.p));
  assert_true(arena.used == 0);
  fray_arena_free(&arena);
}

static double undefined(void *user, const uint32_t *group) {
  (void)user;
  (void)group;
  return NAN;
}

static void null_of_nothing(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_gap_null null;
  const uint32_t group[] = {0, 1};
  OK(fray_gap_permute(9, group, 2, 100, undefined, NULL, 0.5, &arena, &null, &err));
  assert_true(isnan(null.mean) && isnan(null.p));
  OK(fray_gap_permute(9, group, 0, 0, undefined, NULL, 0.5, &arena, &null, &err));
  assert_true(isnan(null.p));
  fray_arena_free(&arena);
}

/* Where groups do not matter, p is uniform; where one group fails, p is small. */
static void p_is_uniform_under_the_null(void **state) {
  (void)state;
  enum { REPEATS = 1000, PERMUTATIONS = 99 };
  struct fray_arena arena = {0};
  size_t below[10] = {0}, found = 0;
  for (size_t r = 0; r < REPEATS; r++) {
    struct clusters c = {.n = 20, .n_groups = 4};
    uint32_t group[20];
    for (uint32_t i = 0; i < 20; i++) {
      struct fray_rng rng = fray_rng_for(2, "test/null", r, i, 0);
      c.value[i] = 0.8 + 0.1 * fray_rng_normal(&rng);
      group[i] = i % 4;
    }
    struct fray_gap_null null;
    double gap = gap_of(&c, group);
    OK(fray_gap_permute(r, group, 20, PERMUTATIONS, gap_of, &c, gap, &arena, &null, &err));
    for (size_t k = 0; k < 10; k++)
      below[k] += null.p <= 0.1 * (double)(k + 1) + 1e-9;
    for (size_t i = 0; i < 20; i++)
      c.value[i] -= group[i] == 2 ? 0.25 : 0;
    gap = gap_of(&c, group);
    OK(fray_gap_permute(r, group, 20, PERMUTATIONS, gap_of, &c, gap, &arena, &null, &err));
    found += null.p < 0.05;
  }
  for (size_t k = 0; k < 10; k++) /* four errors of a share of 1,000, and one for the ends */
    assert_near((double)below[k] / REPEATS, 0.1 * (double)(k + 1), 0.065);
  assert_true((double)found > 0.8 * REPEATS);
  fray_arena_free(&arena);
}

/* Two classes, three groups, rows [true] x [predicted]:
 *   group 0: 8 2 | 1 9    group 1: 6 4 | 3 7    group 2: 5 0 | 2 2
 * With at least 10 of a class only groups 0 and 1 count: |.8-.6| = .2 of class 0, |.9-.7| = .2.
 * With at least 4 all count: class 0 from .6 to 1 is .4; class 1 from .9 to .5 is .4.
 * With at least 5 group 2 counts in class 0 only. */
static void equalised_odds_by_hand(void **state) {
  (void)state;
  const int64_t confusion[] = {8, 2, 1, 9, 6, 4, 3, 7, 5, 0, 2, 2};
  const char *status;
  assert_near(fray_equalised_odds(confusion, 3, 2, 10, &status), 0.2, 1e-15);
  assert_string_equal(status, "small cells left out");
  assert_near(fray_equalised_odds(confusion, 3, 2, 4, &status), 0.4, 1e-15);
  assert_string_equal(status, "ok");
  assert_near(fray_equalised_odds(confusion, 3, 2, 5, &status), 0.4, 1e-15);
  assert_string_equal(status, "small cells left out");
  assert_true(isnan(fray_equalised_odds(confusion, 3, 2, 11, &status)));
  assert_string_equal(status, "fewer than two groups");
  assert_true(isnan(fray_equalised_odds(confusion, 1, 2, 1, &status)));
}

/* Three classes: equal recalls, other confusions. Class 0: 6 3 1 against 6 1 3, so .2 in the
 * answers 1 and 2 although recall does not differ; classes 1 and 2 have no samples. */
static void equalised_odds_sees_the_kind_of_error(void **state) {
  (void)state;
  const int64_t confusion[] = {6, 3, 1, 0, 0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, 0, 0, 0};
  const char *status;
  assert_near(fray_equalised_odds(confusion, 2, 3, 1, &status), 0.2, 1e-15);
  assert_near(fray_equalised_odds(confusion, 2, 3, 0, &status), 0.2, 1e-15);
}

/* 0 .. 19 shuffled by 7 i mod 20, with a NaN: tenths 0 1 and 18 19, mean 9.5, variance 35. */
static void spread_over_clients(void **state) {
  (void)state;
  double value[21];
  for (int i = 0; i < 20; i++)
    value[i] = 7 * i % 20;
  value[20] = NAN;
  struct fray_arena arena = {0};
  struct fray_client_spread s;
  OK(fray_client_spread_of(value, 21, true, &arena, &s, &err));
  assert_int_equal(s.n, 20);
  assert_near(s.mean, 9.5, 1e-15);
  assert_near(s.variance, 35, 1e-13);
  assert_true(s.worst10 == 0.5 && s.best10 == 18.5);
  OK(fray_client_spread_of(value, 21, false, &arena, &s, &err));
  assert_true(s.worst10 == 18.5 && s.best10 == 0.5);
  OK(fray_client_spread_of(value, 3, true, &arena, &s, &err)); /* 0 7 14 */
  assert_true(s.worst10 == 0 && s.best10 == 14 && s.variance == 49);
  OK(fray_client_spread_of(value, 1, true, &arena, &s, &err));
  assert_true(s.mean == 0 && s.worst10 == 0 && isnan(s.variance));
  OK(fray_client_spread_of(value + 20, 1, true, &arena, &s, &err));
  assert_true(s.n == 0 && isnan(s.mean) && isnan(s.worst10) && isnan(s.best10));
  assert_true(arena.used == 0);
  fray_arena_free(&arena);
}

/* Six people of whom two are of the group, in 15 assignments: did.drop_by_client and the p of scipy
 * 1.17 in closed_form.json of the instruments' fixtures. */
static void difference_of_differences(void **state) {
  (void)state;
  const double drop[] = {0.366, 0.329, -0.001, 0.139, 0.178, 0.06};
  const uint32_t group[] = {1, 1, 0, 0, 0, 0};
  struct fray_did did[2];
  struct fray_did_spread spread;
  struct fray_err err = {0};
  assert_int_equal(fray_did_of(drop, group, 6, 2, 1, did, &spread, &err), FRAY_OK);
  assert_near(did[1].did, 0.2535, 1e-12);
  assert_near(did[1].p, 1.0 / 15, 1e-15);
  assert_near(did[1].smallest, 1.0 / 15, 1e-15);
  assert_int_equal(did[1].n, 2);
  assert_near(did[0].did, -0.2535, 1e-12);
  assert_near(did[0].p, 1, 1e-15); /* no assignment has a smaller one */
  assert_near(spread.spread, 0.2535, 1e-12);
  assert_int_equal(spread.assignments, 15);
  assert_true(spread.null_mean > 0 && spread.null_mean < spread.null_95);
  /* By hand: the mean over all pairs of |mean of two - mean of the other four|. */
  double sum = 0, all = 0;
  for (size_t i = 0; i < 6; i++)
    all += drop[i];
  for (size_t i = 0; i < 6; i++)
    for (size_t j = 0; j < i; j++)
      sum += fabs((drop[i] + drop[j]) / 2 - (all - drop[i] - drop[j]) / 4);
  assert_near(spread.null_mean, sum / 15, 1e-12);
  /* Nobody to compare with, and a group of nobody. */
  assert_int_equal(fray_did_of(drop, group, 6, 1, 1, did, &spread, &err), FRAY_INPUT);
  assert_int_equal(fray_did_of(drop, group, 2, 2, 1, did, &spread, &err), FRAY_INPUT);
}

/* A damage of one group alone, of five of thirty people: more assignments than are gone through. */
static void planted_difference(void **state) {
  (void)state;
  enum { PEOPLE = 30, GROUPS = 6 };
  double drop[PEOPLE];
  uint32_t group[PEOPLE];
  struct fray_did did[GROUPS], again[GROUPS];
  struct fray_did_spread spread;
  struct fray_err err = {0};
  for (uint32_t i = 0; i < PEOPLE; i++) {
    group[i] = i % GROUPS;
    drop[i] = group[i] == 2 ? 0.3 + 0.01 * i : 0;
  }
  assert_int_equal(fray_did_of(drop, group, PEOPLE, GROUPS, 7, did, &spread, &err), FRAY_OK);
  assert_near(did[2].did, did[2].drop, 1e-15);
  assert_near(did[2].p, 1.0 / (FRAY_PERMUTATIONS + 1), 1e-15);
  assert_near(spread.spread, did[2].drop, 1e-15);
  assert_near(spread.p, 1.0 / (FRAY_PERMUTATIONS + 1), 1e-15);
  assert_true(did[0].did < 0 && did[0].p > 0.5);
  assert_int_equal(fray_did_of(drop, group, PEOPLE, GROUPS, 7, again, &spread, &err), FRAY_OK);
  assert_memory_equal(did, again, sizeof did);
}

/* customer_test of the same file. */
static void samples_of_a_customer(void **state) {
  (void)state;
  assert_true(fray_customer_samples(0.10, 0.20) == 122);
  assert_true(fray_customer_samples(0.05, 0.15) == 369);
  assert_true(fray_customer_samples(0.02, 0.10) == 1544);
  assert_true(fray_customer_samples(0.10, 0.10) == 60);
  assert_true(isinf(fray_customer_samples(0, 0.1)));
  assert_true(isnan(fray_customer_samples(0.2, 0.1)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_groups_are_suppressed),
      cmocka_unit_test(gap_and_worst),
      cmocka_unit_test(equal_groups_show_a_gap),
      cmocka_unit_test(null_of_four_clusters_by_hand),
      cmocka_unit_test(null_of_nothing),
      cmocka_unit_test(p_is_uniform_under_the_null),
      cmocka_unit_test(equalised_odds_by_hand),
      cmocka_unit_test(equalised_odds_sees_the_kind_of_error),
      cmocka_unit_test(spread_over_clients),
      cmocka_unit_test(difference_of_differences),
      cmocka_unit_test(planted_difference),
      cmocka_unit_test(samples_of_a_customer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
