/* Losses in bursts: share and mean run against what was counted elsewhere, the law of the chain in
 * closed form, and what nests. */
#include "corrupt/scope/chain.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "series_fixtures.h"

#include <math.h>
#include <stdio.h>

static const double rates[] = {.05, .1, .2, .4, .6};

/* Share of a window that is lost. */
static double share_of_windows(double rate, double burst, size_t windows) {
  size_t lost = 0;
  for (size_t w = 0; w < windows; w++) {
    struct fray_rng rng = fray_rng_for(3, "test/chain", w, 0, 0);
    struct fray_chain chain = fray_chain_of(rate, burst);
    for (size_t t = 0; t < STEPS; t++)
      lost += fray_chain_step(&chain, fray_rng_uniform(&rng));
  }
  return (double)lost / (double)(windows * STEPS);
}

static double mean_run(double rate, double burst, size_t draws) {
  double sum = 0;
  for (size_t d = 0; d < draws; d++) {
    struct fray_rng rng = fray_rng_for(4, "test/chain", d, 0, 0);
    struct fray_chain chain = fray_chain_of(rate, burst);
    size_t lost = 0, runs = 0;
    bool before = false;
    for (size_t t = 0; t < 20000; t++) {
      const bool now = fray_chain_step(&chain, fray_rng_uniform(&rng));
      lost += now;
      runs += now && !before;
      before = now;
    }
    sum += (double)lost / (double)runs;
  }
  return sum / (double)draws;
}

static void shares_and_runs_meet_the_published_bounds(void **state) {
  (void)state;
  static const double bursts[] = {1, 5, 12};
  for (size_t b = 0; b < FRAY_COUNT(bursts); b++)
    for (size_t r = 0; r < FRAY_COUNT(rates); r++) {
      char table[32];
      if (rates[r] > bursts[b] / (bursts[b] + 1))
        continue; /* there is no such chain, and no row */
      snprintf(table, sizeof table, "mean burst %.0f", bursts[b]);
      const double share = share_of_windows(rates[r], bursts[b], 2000);
      assert_int_equal(series_meets("dropout", table, r + 1, "rate", share), 2000);
      const double run = mean_run(rates[r], bursts[b], 40);
      assert_int_equal(series_meets("dropout", table, r + 1, "mean_burst", run), 40);
    }
  size_t met, all;
  series_met("dropout", &met, &all);
  assert_int_equal(met, all);
  assert_int_equal(all, 28);
}

/* rate (1 - stay) = (1 - rate) enter: the share does not change from step to step. */
static void the_share_is_stationary(void **state) {
  (void)state;
  for (double rate = 0; rate <= 1; rate += 0.125)
    for (double burst = 1; burst < 20; burst += 1.5) {
      const struct fray_chain exact = fray_chain_of(rate, burst);
      const struct fray_chain nesting = fray_chain_nesting(rate, burst);
      if (rate < 1)
        assert_true(fabs(rate * (1 - exact.stay) - (1 - rate) * exact.enter) < 1e-12);
      assert_true(fabs(rate * (1 - nesting.stay) - (1 - rate) * nesting.enter) < 1e-12);
      assert_true(exact.enter >= 0 && exact.enter <= 1 && exact.stay >= 0 && exact.stay <= 1);
      assert_true(nesting.enter <= nesting.stay + 1e-12 || rate == 0);
    }
  /* Independent losses are the shortest runs of the nesting chain. */
  const struct fray_chain one = fray_chain_nesting(0.3, 1);
  assert_true(one.enter == 0.3 && one.stay == 0.3);
}

static void a_larger_rate_loses_the_same_and_more(void **state) {
  (void)state;
  static const double bursts[] = {1, 2, 5, 12};
  for (size_t b = 0; b < FRAY_COUNT(bursts); b++)
    for (size_t draw = 0; draw < 200; draw++) {
      struct fray_chain chain[21];
      struct fray_rng rng = fray_rng_for(5, "test/chain", draw, 0, 0);
      for (size_t r = 0; r <= 20; r++)
        chain[r] = fray_chain_nesting((double)r / 20, bursts[b]);
      for (size_t t = 0; t < STEPS; t++) {
        const double u = fray_rng_uniform(&rng);
        bool before = false;
        for (size_t r = 0; r <= 20; r++) {
          const bool lost = fray_chain_step(&chain[r], u);
          assert_true(lost || !before);
          before = lost;
        }
        assert_false(chain[0].lost);
        assert_true(chain[20].lost);
      }
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shares_and_runs_meet_the_published_bounds),
      cmocka_unit_test(the_share_is_stationary),
      cmocka_unit_test(a_larger_rate_loses_the_same_and_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
