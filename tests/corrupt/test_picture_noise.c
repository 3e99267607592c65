/* Tools of noise and blur of pictures against sums and integrals that share no code with them:
 * counts of photons, Gaussian filters, mirrors at the border. */
#include "corrupt/image/tools/padded.h"
#include "corrupt/image/tools/poisson.h"
#include "corrupt/image/weather/weather.h"
#include "fray/base/size.h"
#include "fray/corrupt/gaussian.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* By the sum of the law from 0 on, in long double: the count is where it passes u. */
static void counts_are_quantiles_of_the_law(void **state) {
  (void)state;
  static const double lambda[] = {1e-6, 0.1,  0.5, 1,  2.7, 5,     9.99, 10,  10.5,
                                  12,   17.3, 30,  50, 99,  100.5, 250,  499, 500};
  for (size_t k = 0; k < FRAY_COUNT(lambda); k++) {
    const long double mean = lambda[k];
    for (size_t i = 1; i < 20000; i++) {
      const double u = i < 200   ? exp(-(double)i * 0.15) /* far into both tails */
                       : i < 400 ? 1 - exp(-(double)(i - 199) * 0.15)
                                 : (double)i / 20000;
      const double count = fray_poisson_quantile(u, lambda[k]);
      static long double at_most[2048], done_for = -1;
      static size_t n;
      if (done_for != mean) {
        long double term = expl(-mean), sum = 0;
        for (n = 0; n < FRAY_COUNT(at_most); n++, term *= mean / n) {
          sum += term;
          at_most[n] = sum;
        }
        done_for = mean;
      }
      const size_t c = (size_t)count;
      assert_true(count == (double)c && c < n);
      /* Doubles of the sum end about 1e-12 away from it, and 1 - 1e-13 is as good as 1. */
      if (!(at_most[c] >= (long double)u - 2e-12L) ||
          !(c == 0 || at_most[c - 1] < (long double)u + 2e-12L))
        fail_msg("mean %g, u %.17g: %zu", lambda[k], u, c);
    }
  }
  assert_true(fray_poisson_quantile(0, 40) == 0 && fray_poisson_quantile(0.7, 0) == 0);
}

/* Mean and variance are the mean at 1e5 and 1e6, where sums are long; and counts nearly nest. */
static void many_photons_stay_exact(void **state) {
  (void)state;
  enum { N = 20000 };
  static const double lambda[] = {1e3, 1e5, 1e6};
  for (size_t k = 0; k < FRAY_COUNT(lambda); k++) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < N; i++) {
      const double d = fray_poisson_quantile(((double)i + 0.5) / N, lambda[k]) - lambda[k];
      mean += d / N;
      squares += d * d / N;
    }
    /* Midpoints of N quantiles: the mean is met to 1 / N deviations and the grain of counts. */
    assert_true(fabs(mean) <= 0.02 * sqrt(lambda[k]));
    assert_true(fabs(squares / lambda[k] - 1) <= 0.01);
  }
}

/* Counts of the same uniform number: half the photons make the same noise, only stronger.
 * Correlated they are up to the grain of whole counts; independent draws would have 0. */
static void fewer_photons_are_nearly_more_of_the_same(void **state) {
  (void)state;
  enum { N = 20000 };
  double both = 0, many = 0, few = 0;
  struct fray_rng rng = fray_rng_for(2, "test/photons", 0, 0, 0);
  for (size_t i = 0; i < N; i++) {
    const double u = fray_rng_uniform(&rng), x = 0.2 + 0.6 * (double)i / N;
    const double a = fray_poisson_quantile(u, 100 * x) / 100 - x;
    const double b = fray_poisson_quantile(u, 50 * x) / 50 - x;
    both += a * b;
    many += a * a;
    few += b * b;
  }
  assert_true(both / sqrt(many * few) > 0.98);
  assert_true(fabs(few / many - 2) < 0.1); /* the variance is x / photons */
}

/* A point becomes the product of two sampled Gaussians, whatever channels lie beside it. */
static void a_point_becomes_a_gaussian(void **state) {
  (void)state;
  enum { H = 41, W = 37, C = 3 };
  static float x[H * W * C];
  static const double sigmas[] = {0.5, 1, 2.3, 4};
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  for (size_t k = 0; k < FRAY_COUNT(sigmas); k++) {
    const double s = sigmas[k];
    const int reach = (int)(4 * s + 0.5);
    double total = 0;
    for (int i = -reach; i <= reach; i++)
      total += exp(-0.5 * i * i / (s * s));
    memset(x, 0, sizeof x);
    x[(20 * W + 18) * C + 1] = 1;
    assert_int_equal(fray_gaussian_filter(x, H, W, C, s, s, &arena, &err), FRAY_OK);
    for (int row = 0; row < H; row++)
      for (int column = 0; column < W; column++) {
        const int dy = row - 20, dx = column - 18;
        const bool inside = abs(dy) <= reach && abs(dx) <= reach;
        const double want =
            inside ? exp(-0.5 * (dy * dy + dx * dx) / (s * s)) / (total * total) : 0;
        const float *at = x + (row * W + column) * C;
        assert_true(fabs((double)at[1] - want) <= 1e-7 && at[0] == 0 && at[2] == 0);
      }
  }
  /* Down alone leaves rows as they are. */
  for (size_t i = 0; i < FRAY_COUNT(x); i++)
    x[i] = (float)(i / C % W) / W;
  assert_int_equal(fray_gaussian_filter(x, H, W, C, 3, 0, &arena, &err), FRAY_OK);
  for (size_t i = 0; i < FRAY_COUNT(x); i++)
    assert_true(fabsf(x[i] - (float)(i / C % W) / W) <= 1e-6f);
  fray_arena_free(&arena);
}

/* Beyond the border, however far: abc is read as ..cbabcbabc.. and as ..aaabccc.. */
static void borders_repeat_and_reflect(void **state) {
  (void)state;
  static const size_t reflected[] = {2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0};
  for (ptrdiff_t i = -6; i <= 4; i++) {
    assert_int_equal(fray_border_at(FRAY_BORDER_REFLECT, i, 3), reflected[i + 6]);
    assert_int_equal(fray_border_at(FRAY_BORDER_REPEAT, i, 3), i < 0 ? 0 : i > 2 ? 2 : i);
    assert_int_equal(fray_border_at(FRAY_BORDER_REFLECT, i, 1), 0);
  }
}

/* Frost has no published texture to be held against: it lies in 0..1, is another in each picture,
 * covers the border more than the middle, and is no even veil. */
static void ice_grows_from_the_border(void **state) {
  (void)state;
  enum { SIDE = 64, DRAWS = 100 };
  static float ice[SIDE * SIDE], before[SIDE * SIDE];
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  double rim = 0, middle = 0, deviation = 0;
  for (size_t draw = 0; draw < DRAWS; draw++) {
    struct fray_rng rng = fray_rng_for(4, "test/ice", draw, 0, 0);
    double sum = 0, squares = 0;
    assert_int_equal(fray_frost_ice(&rng, SIDE, SIDE, ice, &arena, &err), FRAY_OK);
    for (size_t i = 0; i < SIDE * SIDE; i++) {
      const size_t row = i / SIDE, column = i % SIDE;
      const bool inner = row >= 16 && row < 48 && column >= 16 && column < 48;
      assert_true(ice[i] >= 0 && ice[i] <= 1);
      *(inner ? &middle : &rim) += (double)ice[i] / (inner ? 1024 : 3072) / DRAWS;
      sum += (double)ice[i];
      squares += (double)ice[i] * (double)ice[i];
    }
    deviation += sqrt(squares / (SIDE * SIDE) - pow(sum / (SIDE * SIDE), 2)) / DRAWS;
    assert_true(memcmp(before, ice, sizeof ice) != 0);
    memcpy(before, ice, sizeof ice);
  }
  assert_true(rim > middle + 0.1);
  assert_true(deviation > 0.1);
  fray_arena_free(&arena);
}

/* In bulk they are the same counts: over means on both sides of where the series begins, and to the
 * ends of u. */
static void counts_in_bulk_are_single_ones(void **state) {
  (void)state;
  enum { MANY = 4096 };
  static double u[MANY], mean[MANY], count[MANY];
  for (int round = 0; round < 40; round++) {
    struct fray_rng rng = fray_rng_for(1, "test/counts", (uint64_t)round, 0, 0);
    for (size_t i = 0; i < MANY; i++) {
      u[i] = fray_rng_uniform(&rng);
      u[i] = i % 16 == 0 ? u[i] * 1e-5 : i % 16 == 1 ? 1 - u[i] * 1e-5 - 0x1p-53 : u[i];
      mean[i] = i % 3 == 0 ? 12 * fray_rng_uniform(&rng) : 500 * fray_rng_uniform(&rng);
    }
    u[5] = 0;
    mean[6] = 0;
    fray_poisson_quantiles(u, mean, MANY, count);
    for (size_t i = 0; i < MANY; i++)
      if (count[i] != fray_poisson_quantile(u[i], mean[i]))
        fail_msg("u %.17g, mean %.17g: %g, alone %g", u[i], mean[i], count[i],
                 fray_poisson_quantile(u[i], mean[i]));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_in_bulk_are_single_ones),
      cmocka_unit_test(counts_are_quantiles_of_the_law),
      cmocka_unit_test(many_photons_stay_exact),
      cmocka_unit_test(fewer_photons_are_nearly_more_of_the_same),
      cmocka_unit_test(a_point_becomes_a_gaussian),
      cmocka_unit_test(borders_repeat_and_reflect),
      cmocka_unit_test(ice_grows_from_the_border),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
