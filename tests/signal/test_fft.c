/* The transform against the sum that defines it, and convolution against its own. */
#include "fray/signal/fft.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void lengths_are_smooth_even_and_the_next_ones(void **state) {
  (void)state;
  static const size_t cases[][2] = {{1, 2},     {2, 2},     {3, 4},         {7, 8},
                                    {9, 10},    {11, 12},   {17, 18},       {97, 100},
                                    {257, 270}, {961, 972}, {16000, 16000}, {16385, 17280}};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++)
    assert_int_equal(fray_fft_length(cases[k][0]), cases[k][1]);
}

/* Of every small length of that form, and of an even one with a prime in it. */
static void transforms_are_the_sums_that_define_them(void **state) {
  (void)state;
  static const size_t lengths[] = {2, 4, 6, 10, 12, 30, 34, 100};
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  for (size_t k = 0; k < FRAY_COUNT(lengths); k++) {
    const size_t n = lengths[k];
    float x[100], spectrum[102], back[100];
    struct fray_rng rng = fray_rng_for(1, "test/fft", n, 0, 0);
    struct fray_fft *forward, *inverse;
    for (size_t t = 0; t < n; t++)
      x[t] = (float)fray_rng_normal(&rng);
    assert_int_equal(fray_fft_new(n, false, &arena, &forward, &err), FRAY_OK);
    assert_int_equal(fray_fft_new(n, true, &arena, &inverse, &err), FRAY_OK);
    fray_fft_forward(forward, x, spectrum);
    for (size_t f = 0; f <= n / 2; f++) {
      double re = 0, im = 0;
      for (size_t t = 0; t < n; t++) {
        re += (double)x[t] * cos(2 * M_PI * (double)(f * t % n) / (double)n);
        im -= (double)x[t] * sin(2 * M_PI * (double)(f * t % n) / (double)n);
      }
      assert_true(fabs((double)spectrum[2 * f] - re) < 2e-5);
      assert_true(fabs((double)spectrum[2 * f + 1] - im) < 2e-5);
    }
    fray_fft_inverse(inverse, spectrum, back);
    for (size_t t = 0; t < n; t++)
      assert_true(fabsf(back[t] - x[t]) < 2e-6f);
  }
  fray_arena_free(&arena);
}

static void odd_lengths_are_refused(void **state) {
  (void)state;
  static const size_t lengths[] = {0, 1, 3, 99, (size_t)FRAY_FFT_LONGEST + 2};
  struct fray_arena arena = {0};
  struct fray_fft *fft;
  for (size_t k = 0; k < FRAY_COUNT(lengths); k++)
    assert_int_equal(fray_fft_new(lengths[k], false, &arena, &fft, NULL), FRAY_INPUT);
  fray_arena_free(&arena);
}

/* Also in place, of one sample, and with more taps than samples. */
static void convolution_is_the_sum_that_defines_it(void **state) {
  (void)state;
  static const size_t cases[][2] = {{1, 1}, {1, 5}, {2, 1}, {7, 3}, {50, 50}, {64, 200}};
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    const size_t n = cases[k][0], taps = cases[k][1];
    float x[64], h[200];
    double want[64] = {0};
    struct fray_rng rng = fray_rng_for(2, "test/fft", k, 0, 0);
    for (size_t t = 0; t < n; t++)
      x[t] = (float)fray_rng_normal(&rng);
    for (size_t t = 0; t < taps; t++)
      h[t] = (float)fray_rng_normal(&rng);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < taps && j <= i; j++)
        want[i] += (double)h[j] * (double)x[i - j];
    assert_int_equal(fray_convolve(x, n, h, taps, x, &arena, &err), FRAY_OK);
    for (size_t i = 0; i < n; i++)
      assert_true(fabs((double)x[i] - want[i]) < 2e-5);
  }
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lengths_are_smooth_even_and_the_next_ones),
      cmocka_unit_test(transforms_are_the_sums_that_define_them),
      cmocka_unit_test(odd_lengths_are_refused),
      cmocka_unit_test(convolution_is_the_sum_that_defines_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
