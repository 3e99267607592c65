/* Kinds of series and features over thousands of draws, against bounds of means from published code
 * or closed forms (series_stats.csv), and laws of kinds that nobody published. */
#include "corrupt/scope/quantile.h"
#include "corrupt/series/tools/channels.h"
#include "corrupt/series/tools/clock.h"
#include "corrupt/series/tools/segments.h"
#include "corrupt/series/tools/spline.h"
#include "corrupt/series/tools/triples.h"
#include "fray/base/size.h"
#include "series_fixtures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float input[SERIES * SERIES_SIZE], damaged[SERIES * SERIES_SIZE];

static void read_input(void) {
  fray_h5 file = series_open(0);
  series_read(file, "input/series", FRAY_H5_F32, input, FRAY_COUNT(input));
  fray_h5_close(file, NULL);
}

/* All six windows, each with a stream of its own. */
static void damage_all(const char *yaml, uint64_t draw) {
  memcpy(damaged, input, sizeof damaged);
  for (size_t w = 0; w < SERIES; w++) {
    struct fray_signal x = series_window(damaged + w * SERIES_SIZE);
    series_apply(yaml, &x, draw * SERIES + w);
  }
}

static const char *by_severity(const char *keys, size_t severity) {
  static char yaml[128];
  snprintf(yaml, sizeof yaml, "%s, severity: %zu}", keys, severity);
  return yaml;
}

static void distances_meet_the_published_bounds(void **state) {
  (void)state;
  static const struct {
    const char *keys, *row, *table;
  } cases[] = {
      {"{kind: jitter", "jitter", "channel deviations"},
      {"{kind: sensor_scaling", "scaling", ""},
      {"{kind: magnitude_warp", "magnitude_warp", "um, uchida"},
      {"{kind: sensor_rotation", "rotation", "own, fixed angle"},
      {"{kind: stuck_at", "stuck_at", "each channel its own start"},
      {"{kind: time_warp", "time_warp", "own"},
  };
  read_input();
  for (size_t k = 0; k < FRAY_COUNT(cases); k++)
    for (size_t s = 1; s <= 5; s++) {
      double sum = 0;
      for (uint64_t draw = 0; draw < 400; draw++) {
        damage_all(by_severity(cases[k].keys, s), draw);
        sum += series_mean_abs(input, damaged);
      }
      assert_int_equal(series_meets(cases[k].row, cases[k].table, s, "mean_abs", sum / 400), 400);
    }
}

/* Per channel that varies: root of the mean of (y - x)^2 / deviation^2. */
static double rms_ratio(void) {
  double sum = 0;
  size_t n = 0;
  struct fray_arena scratch = {0};
  for (size_t w = 0; w < SERIES; w++) {
    struct fray_signal x = series_window(input + w * SERIES_SIZE);
    struct fray_channel *channel;
    assert_int_equal(fray_channels_measure(&x, &scratch, &channel, NULL), FRAY_OK);
    for (size_t c = 0; c < CHANNELS; c++) {
      if (channel[c].sd <= 1e-6)
        continue;
      n++;
      for (size_t t = 0; t < STEPS; t++) {
        const size_t i = w * SERIES_SIZE + t * CHANNELS + c;
        const double d = ((double)damaged[i] - (double)input[i]) / channel[c].sd;
        sum += d * d / STEPS;
      }
    }
  }
  fray_arena_free(&scratch);
  return sqrt(sum / (double)n);
}

static void noise_has_the_ratio_that_was_asked_for(void **state) {
  (void)state;
  read_input();
  for (size_t s = 1; s <= 5; s++) {
    double sum = 0;
    for (uint64_t draw = 0; draw < 2000; draw++) {
      damage_all(by_severity("{kind: jitter", s), 1000 + draw);
      sum += rms_ratio();
    }
    series_meets("jitter", "channel deviations", s, "rms_ratio", sum / 2000);
  }
}

/* The factor of a channel, from where it is largest. */
static double factor_of(size_t w, size_t c) {
  size_t at = w * SERIES_SIZE + c;
  for (size_t t = 1; t < STEPS; t++) {
    const size_t i = w * SERIES_SIZE + t * CHANNELS + c;
    at = fabsf(input[i]) > fabsf(input[at]) ? i : at;
  }
  return (double)damaged[at] / (double)input[at];
}

static void factors_meet_the_published_bounds(void **state) {
  (void)state;
  enum { ALL = SERIES * CHANNELS };
  read_input();
  for (size_t s = 1; s <= 5; s++) {
    double mean = 0, root = 0;
    for (uint64_t draw = 0; draw < 2000; draw++) {
      double sum = 0, squares = 0;
      damage_all(by_severity("{kind: sensor_scaling", s), draw);
      for (size_t i = 0; i < ALL; i++) {
        const double f = factor_of(i / CHANNELS, i % CHANNELS);
        sum += f / ALL;
        squares += (f - 1) * (f - 1) / ALL;
      }
      mean += sum / 2000;
      root += sqrt(squares) / 2000;
    }
    series_meets("scaling", "", s, "factor_mean", mean);
    series_meets("scaling", "", s, "factor_rms_dev", root);
  }
}

/* A window of ones shows the curve itself. */
static void curves_meet_the_published_bounds(void **state) {
  (void)state;
  static float ones[SERIES_SIZE];
  for (size_t s = 1; s <= 5; s++) {
    double mean = 0, deviation = 0;
    for (uint64_t draw = 0; draw < 2000; draw++) {
      struct fray_signal x = series_window(ones);
      double sum = 0, squares = 0;
      for (size_t i = 0; i < SERIES_SIZE; i++)
        ones[i] = 1;
      series_apply(by_severity("{kind: magnitude_warp", s), &x, draw);
      for (size_t t = 0; t < STEPS; t++)
        sum += (double)ones[t * CHANNELS] / STEPS;
      for (size_t t = 0; t < STEPS; t++)
        squares += ((double)ones[t * CHANNELS] - sum) * ((double)ones[t * CHANNELS] - sum) / STEPS;
      mean += sum / 2000;
      deviation += sqrt(squares) / 2000;
    }
    series_meets("magnitude_warp", "um, uchida", s, "curve_mean", mean);
    series_meets("magnitude_warp", "um, uchida", s, "curve_sd", deviation);
  }
}

/* A ramp shows the path. */
static void paths_meet_the_published_bounds(void **state) {
  (void)state;
  static float ramp[SERIES_SIZE];
  for (size_t s = 1; s <= 5; s++) {
    double mean = 0, most = 0;
    size_t back = 0;
    for (uint64_t draw = 0; draw < 2000; draw++) {
      struct fray_signal x = series_window(ramp);
      double sum = 0, far = 0;
      bool falls = false;
      for (size_t i = 0; i < SERIES_SIZE; i++)
        ramp[i] = (float)(i / CHANNELS);
      series_apply(by_severity("{kind: time_warp", s), &x, draw);
      for (size_t t = 0; t < STEPS; t++) {
        const double shift = fabs((double)ramp[t * CHANNELS] - (double)t);
        sum += shift / STEPS;
        far = fmax(far, shift);
        falls |= t > 0 && ramp[t * CHANNELS] < ramp[(t - 1) * CHANNELS];
        assert_true(ramp[t * CHANNELS] == ramp[t * CHANNELS + 5]); /* one clock */
      }
      mean += sum / 2000;
      most += far / 2000;
      back += falls;
    }
    series_meets("time_warp", "own", s, "mean_shift_samples", mean);
    series_meets("time_warp", "own", s, "max_shift_samples", most);
    series_meets("time_warp", "own", s, "runs_back", (double)back / 2000);
  }
}

/* Windows that hold the unit vectors in their first three steps show the matrix. */
static void rotations_meet_the_closed_form(void **state) {
  (void)state;
  double component = 0;
  for (size_t s = 1; s <= 5; s++) {
    double norm = 0;
    for (uint64_t draw = 0; draw < 2000; draw++) {
      static float basis[SERIES_SIZE];
      struct fray_signal x = series_window(basis);
      double squares = 0;
      memset(basis, 0, sizeof basis);
      for (size_t a = 0; a < 3; a++)
        basis[a * CHANNELS + a] = basis[a * CHANNELS + 3 + a] = 1;
      series_apply(by_severity("{kind: sensor_rotation", s), &x, draw);
      for (size_t i = 0; i < 9; i++) {
        const float r = basis[i % 3 * CHANNELS + i / 3];
        assert_true(r == basis[i % 3 * CHANNELS + 3 + i / 3]); /* both sensors of the device */
        squares += ((double)r - (i % 4 == 0)) * ((double)r - (i % 4 == 0));
      }
      norm += sqrt(squares) / 2000;
    }
    series_meets("rotation", "own, fixed angle", s, "frobenius", norm);
  }
  for (uint64_t draw = 0; draw < 2000; draw++) {
    struct fray_rng rng = fray_rng_for(1, "test/axis", draw, 0, 0);
    double a[3];
    fray_draw_axis(&rng, a);
    const double length = sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
    component += fmax(fmax(fabs(a[0]), fabs(a[1])), fabs(a[2])) / length / 2000;
  }
  series_meets("rotation", "own", 0, "mean_largest_axis_component", component);
}

static void orders_are_uniform(void **state) {
  (void)state;
  static const size_t sizes[] = {2, 4, 8};
  for (size_t k = 0; k < FRAY_COUNT(sizes); k++) {
    size_t unchanged = 0, stays = 0;
    const size_t n = sizes[k];
    char table[32];
    for (uint64_t draw = 0; draw < 2000; draw++) {
      struct fray_rng rng = fray_rng_for(1, "test/order", draw, 0, 0);
      uint32_t order[8];
      size_t own = 0;
      fray_draw_order(&rng, order, n);
      for (size_t i = 0; i < n; i++)
        own += order[i] == i;
      unchanged += own == n;
      stays += own;
    }
    snprintf(table, sizeof table, "%zu segments", n);
    if (n < 8)
      series_meets("permutation", table, 0, "unchanged", (double)unchanged / 2000);
    series_meets("permutation", table, 0, "segments_in_place",
                 (double)stays / (2000.0 * (double)n));
  }
}

/* The kind itself never leaves a window as it was: a ramp comes back as another order of itself. */
static void pieces_always_change_places(void **state) {
  (void)state;
  for (uint64_t draw = 0; draw < 300; draw++) {
    static float ramp[SERIES_SIZE];
    uint8_t seen[STEPS] = {0};
    size_t away = 0;
    struct fray_signal x = series_window(ramp);
    for (size_t i = 0; i < SERIES_SIZE; i++)
      ramp[i] = (float)(i / CHANNELS);
    series_apply("{kind: permutation, segments: 2}", &x, draw);
    for (size_t t = 0; t < STEPS; t++) {
      seen[(size_t)ramp[t * CHANNELS]] = 1;
      away += ramp[t * CHANNELS] != (float)t;
    }
    for (size_t t = 0; t < STEPS; t++)
      assert_true(seen[t]);
    assert_int_equal(away, STEPS);
  }
}

static void stamps_meet_the_closed_form(void **state) {
  (void)state;
  static const double sigma[] = {.05, .1, .2, .35, .5};
  for (size_t s = 0; s < 5; s++) {
    size_t swaps = 0;
    for (uint64_t draw = 0; draw < 2000; draw++) {
      struct fray_rng rng = fray_rng_for(2, "test/stamps", draw, 0, 0);
      double time[STEPS];
      uint32_t row[STEPS];
      fray_draw_stamps(&rng, sigma[s], STEPS, time);
      for (size_t t = 1; t < STEPS; t++)
        swaps += time[t] < time[t - 1];
      fray_order_stamps(time, row, STEPS);
      for (size_t t = 1; t < STEPS; t++)
        assert_true(time[t - 1] <= time[t]);
    }
    series_meets("timestamp_jitter", "unsorted", s + 1, "order_swaps",
                 (double)swaps / (2000.0 * (STEPS - 1)));
  }
}

/* The stamp of reading k is late by d: a ramp reads k - d between its neighbours. */
static void readings_are_put_at_their_stamps(void **state) {
  (void)state;
  float from[5] = {0, 1, 2, 3, 4}, to[5];
  double time[5] = {0.5, 1.25, 0.75, 3, 4.5};
  uint32_t row[5];
  struct fray_signal x = {.kind = FRAY_SERIES, .x = to, .length = 5, .capacity = 5, .channels = 1};
  fray_order_stamps(time, row, 5);
  fray_read_between(from, time, row, &x);
  const uint32_t order[5] = {0, 2, 1, 3, 4};
  assert_memory_equal(row, order, sizeof order);
  /* Lines through (.5, 0) (.75, 2) (1.25, 1) (3, 3) (4.5, 4). */
  const float want[5] = {0, 1.5f, 1 + 2 * 0.75f / 1.75f, 3, 3 + 1 / 1.5f};
  for (size_t t = 0; t < 5; t++)
    assert_true(fabsf(to[t] - want[t]) < 1e-6f);
}

static void curves_of_drift_reach_their_amount(void **state) {
  (void)state;
  static const double amounts[] = {.1, .25, .5, 1, 2};
  for (size_t s = 1; s <= 5; s++) {
    double mean = 0;
    for (uint64_t draw = 0; draw < 2000; draw++) {
      static float wave[SERIES_SIZE], clean[SERIES_SIZE];
      struct fray_signal x = series_window(wave);
      double most = 0;
      for (size_t i = 0; i < SERIES_SIZE; i++) /* deviation 1 */
        wave[i] = clean[i] = i / CHANNELS % 2 ? 1 : -1;
      series_apply(by_severity("{kind: drift, over: window, shape: curve", s), &x, draw);
      for (size_t t = 0; t < STEPS; t++)
        most = fmax(most, fabs((double)wave[t * CHANNELS] - (double)clean[t * CHANNELS]));
      assert_true(fabs(most - amounts[s - 1]) < 1e-6);
      mean += most / 2000;
    }
    series_meets("drift", "tsaug smooth", s, "max_abs", mean);
  }
}

static void features_meet_the_bounds(void **state) {
  (void)state;
  enum { VECTORS = 200, WIDTH = 16, ALL = VECTORS * WIDTH };
  static float x[ALL];
  for (size_t s = 1; s <= 5; s++) {
    double lost = 0, ratio = 0, norm = 0;
    size_t up = 0;
    for (uint64_t draw = 0; draw < 2000; draw++) {
      struct fray_signal all = {
          .kind = FRAY_FEATURES, .x = x, .length = 1, .capacity = 1, .channels = ALL};
      double squares = 0, sum = 0, zeros = 0;
      for (size_t i = 0; i < ALL; i++)
        x[i] = i % 2 ? 1 : -1; /* deviation 1 */
      series_apply(by_severity("{kind: feature_noise", s), &all, draw);
      for (size_t i = 0; i < ALL; i++) {
        const double d = (double)x[i] - (i % 2 ? 1 : -1);
        sum += d / ALL;
        squares += d * d / ALL;
        x[i] = 1;
      }
      ratio += sqrt(squares - sum * sum) / 2000;
      series_apply(by_severity("{kind: feature_dropout", s), &all, draw);
      for (size_t i = 0; i < ALL; i++) {
        assert_true(x[i] == 0 || x[i] == 1);
        zeros += x[i] == 0;
      }
      lost += zeros / ALL / 2000;
      for (size_t i = 0; i < WIDTH; i++)
        x[i] = 0;
      all.channels = WIDTH;
      series_apply(by_severity("{kind: feature_shift", s), &all, draw);
      squares = 0;
      for (size_t i = 0; i < WIDTH; i++)
        squares += (double)x[i] * (double)x[i] / WIDTH;
      up += x[0] > 0;
      norm += sqrt(squares) / 2000;
    }
    series_meets("feature_gaussian", "deviation of each feature over the training set", s,
                 "sd_ratio", ratio);
    series_meets("feature_dropout", "set to 0, others kept", s, "rate", lost);
    /* The bounds are the number itself, which floats are not. */
    series_meets("feature_shift", "one direction per client", s, "norm", round(norm * 1e6) / 1e6);
    assert_true(fabs((double)up / 2000 - 0.5) <= 5 * sqrt(0.25 / 2000));
  }
}

/* Every row of the file was met, but those of the chain, which have a test of their own. */
static void every_row_was_met(void **state) {
  (void)state;
  static const char *const kinds[] = {
      "drift",           "jitter",       "magnitude_warp", "permutation",      "rotation",
      "scaling",         "stuck_at",     "time_warp",      "timestamp_jitter", "feature_gaussian",
      "feature_dropout", "feature_shift"};
  for (size_t k = 0; k < FRAY_COUNT(kinds); k++) {
    size_t met, all;
    series_met(kinds[k], &met, &all);
    if (met != all || all == 0)
      fail_msg("%s: %zu of %zu rows", kinds[k], met, all);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(distances_meet_the_published_bounds),
      cmocka_unit_test(noise_has_the_ratio_that_was_asked_for),
      cmocka_unit_test(factors_meet_the_published_bounds),
      cmocka_unit_test(curves_meet_the_published_bounds),
      cmocka_unit_test(paths_meet_the_published_bounds),
      cmocka_unit_test(rotations_meet_the_closed_form),
      cmocka_unit_test(orders_are_uniform),
      cmocka_unit_test(pieces_always_change_places),
      cmocka_unit_test(stamps_meet_the_closed_form),
      cmocka_unit_test(readings_are_put_at_their_stamps),
      cmocka_unit_test(curves_of_drift_reach_their_amount),
      cmocka_unit_test(features_meet_the_bounds),
      cmocka_unit_test(every_row_was_met),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
