/* Resampling: lengths, tones kept, aliases gone, constants constant. */
#include "fray/signal/resample.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ok.h"

static float *tone(size_t n, double rate, double hz) {
  float *x = malloc(n * sizeof *x);
  for (size_t i = 0; i < n; i++)
    x[i] = (float)(0.5 * sin(2 * M_PI * hz * (double)i / rate));
  return x;
}

/* Half a second of a tone at another rate; *n samples. */
static float *resampled(double hz, double rate_in, double rate_out, size_t *n) {
  struct fray_err err = {0};
  size_t from = (size_t)(rate_in / 2);
  float *x = tone(from, rate_in, hz);
  *n = fray_resampled_length(from, rate_in, rate_out);
  float *out = malloc(*n * sizeof *out);
  if (fray_resample_signal(x, from, rate_in, rate_out, out, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  free(x);
  return out;
}

/* Ratios that the table serves, one that needs phases of its own, one of rates that are not whole.
 */
static const double rates[][2] = {{8000, 16000},  {44100, 16000}, {48000, 8000}, {16000, 22050},
                                  {44100, 48000}, {16000, 15999}, {8000, 7999.5}};

static void lengths(void **state) {
  (void)state;
  assert_int_equal(fray_resampled_length(0, 8000, 16000), 0);
  assert_int_equal(fray_resampled_length(1, 8000, 16000), 2);
  assert_int_equal(fray_resampled_length(1, 16000, 8000), 1);
  assert_int_equal(fray_resampled_length(441, 44100, 16000), 160);
  assert_int_equal(fray_resampled_length(442, 44100, 16000), 161);
  assert_int_equal(fray_resampled_length(1000, 8000, 8000), 1000);
  assert_int_equal(fray_resampled_length(3000000000, 1000000, 999999), 2999997000);
}

/* Away from the ends, the output is the same tone sampled at the new rate. */
static void tones_below_the_band_edge_are_kept(void **state) {
  (void)state;
  for (size_t r = 0; r < FRAY_COUNT(rates); r++) {
    double low = fmin(rates[r][0], rates[r][1]);
    const double share[] = {0.05, 0.3, 0.45};
    for (size_t s = 0; s < FRAY_COUNT(share); s++) {
      size_t n, edge = (size_t)(80 * rates[r][1] / low);
      double hz = share[s] * low;
      float *y = resampled(hz, rates[r][0], rates[r][1], &n);
      double worst = 0;
      for (size_t i = edge; i + edge < n; i++)
        worst = fmax(worst, fabs(y[i] - 0.5 * sin(2 * M_PI * hz * (double)i / rates[r][1])));
      if (!(worst < 0.5 * 3e-4)) /* 70 dB below the tone */
        fail_msg("%g Hz from %g to %g: off by %g", hz, rates[r][0], rates[r][1], worst);
      free(y);
    }
  }
}

/* A tone above the new Nyquist frequency would come back as another; at most -70 dB of it may. */
static void aliases_are_below_70_db(void **state) {
  (void)state;
  const double cases[][3] = {{44100, 16000, 8001}, {44100, 16000, 12000}, {48000, 8000, 4100},
                             {48000, 8000, 23000}, {16000, 7999.5, 4001}, {22050, 16000, 9000}};
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    size_t n, edge = 80;
    float *y = resampled(cases[c][2], cases[c][0], cases[c][1], &n);
    double power = 0;
    for (size_t i = edge; i + edge < n; i++)
      power += (double)y[i] * y[i] / (double)(n - 2 * edge);
    double db = 10 * log10(power / 0.125);
    if (!(db < -70))
      fail_msg("%g Hz from %g to %g: %g dB", cases[c][2], cases[c][0], cases[c][1], db);
    free(y);
  }
}

static void constants_stay(void **state) {
  (void)state;
  struct fray_err err = {0};
  for (size_t r = 0; r < FRAY_COUNT(rates); r++) {
    float x[4000], *y;
    for (size_t i = 0; i < FRAY_COUNT(x); i++)
      x[i] = 0.25f;
    size_t n = fray_resampled_length(FRAY_COUNT(x), rates[r][0], rates[r][1]);
    y = malloc(n * sizeof *y);
    assert_int_equal(fray_resample_signal(x, FRAY_COUNT(x), rates[r][0], rates[r][1], y, &err),
                     FRAY_OK);
    assert_true(fabs(y[n / 2] - 0.25) < 1e-6);
    free(y);
  }
}

/* What is kept of a call, a part of a table for a short sound, is not in the way of the next. */
static void calls_do_not_see_each_other(void **state) {
  (void)state;
  size_t n[2][FRAY_COUNT(rates)];
  float *y[2][FRAY_COUNT(rates)];
  for (size_t r = 0; r < FRAY_COUNT(rates); r++)
    y[0][r] = resampled(100, rates[r][0], rates[r][1], &n[0][r]);
  for (size_t r = FRAY_COUNT(rates); r-- > 0;) {
    struct fray_err err = {0};
    float x[5] = {1, 0, -1, 2, 0.5f},
          *out = calloc(fray_resampled_length(5, rates[r][0], rates[r][1]), 4);
    assert_int_equal(fray_resample_signal(x, 5, rates[r][0], rates[r][1], out, &err), FRAY_OK);
    free(out);
    y[1][r] = resampled(100, rates[r][0], rates[r][1], &n[1][r]);
    assert_int_equal(n[0][r], n[1][r]);
    assert_memory_equal(y[0][r], y[1][r], n[0][r] * sizeof(float));
    free(y[0][r]);
    free(y[1][r]);
  }
}

static void equal_rates_copy(void **state) {
  (void)state;
  struct fray_err err = {0};
  float x[] = {0.1f, -0.2f, 0.3f}, y[3];
  assert_int_equal(fray_resample_signal(x, 3, 44100, 44100, y, &err), FRAY_OK);
  assert_memory_equal(x, y, sizeof x);
}

static void bad_rates_are_refused(void **state) {
  (void)state;
  struct fray_err err = {0};
  float x[] = {0}, y[16];
  const double bad[][2] = {{0, 8000}, {8000, 0.5}, {8000, 2e6}, {NAN, 8000}, {8000, NAN}};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++)
    assert_int_equal(fray_resample_signal(x, 1, bad[i][0], bad[i][1], y, &err), FRAY_INPUT);
  SAYS(err, "[1, 1e6]");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lengths),
      cmocka_unit_test(tones_below_the_band_edge_are_kept),
      cmocka_unit_test(aliases_are_below_70_db),
      cmocka_unit_test(constants_stay),
      cmocka_unit_test(calls_do_not_see_each_other),
      cmocka_unit_test(equal_rates_copy),
      cmocka_unit_test(bad_rates_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
