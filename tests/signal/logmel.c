/* Spectral features against numpy, closed forms, and what configurations are refused. */
#include "fray/signal/logmel.h"

#include "logmel_golden.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ok.h"

/* The sound of make_logmel_golden.py. */
static void golden_sound(float *x, long n) {
  for (long i = 0; i < n; i++) {
    long noise = (((i * 7919) % 10007) ^ ((i * 104729) % 4093)) % 2048 - 1024;
    double t = (double)i / 8000;
    double tones = 6000 * sin(2 * M_PI * 440 * t) + 3000 * sin(2 * M_PI * 1830 * t);
    x[i] = (float)(rint(tones * fmin(1, (double)i / 700)) / 32768 + (double)noise / 32768);
  }
}

static const struct fray_logmel_config plain = {
    .rate = 8000, .frame_ms = 25, .hop_ms = 10, .bands = 20};

static struct fray_logmel *make(struct fray_logmel_config config) {
  struct fray_err err = {0};
  struct fray_logmel *m = NULL;
  if (fray_logmel_new(&config, &m, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return m;
}

static void compare(struct fray_logmel_config config, size_t n, const float *expected,
                    size_t count) {
  float x[1000];
  golden_sound(x, 1000);
  struct fray_logmel *m = make(config);
  size_t size = fray_logmel_frames(m, n) * fray_logmel_width(m);
  assert_int_equal(size, count);
  float *out = malloc(size * sizeof *out);
  fray_logmel_compute(m, x, n, out);
  for (size_t i = 0; i < size; i++)
    if (!(fabsf(out[i] - expected[i]) <= 2e-4f)) /* float32 FFT against float64 */
      fail_msg("value %zu: %g, numpy %g", i, (double)out[i], (double)expected[i]);
  free(out);
  fray_logmel_free(m);
}

static void logmel_matches_numpy(void **state) {
  (void)state;
  compare(plain, 1000, golden_logmel, FRAY_COUNT(golden_logmel));
}

static void mfcc_matches_numpy(void **state) {
  (void)state;
  compare((struct fray_logmel_config){.rate = 8000,
                                      .frame_ms = 32,
                                      .hop_ms = 12.5,
                                      .bands = 26,
                                      .low_hz = 100,
                                      .high_hz = 3800,
                                      .coefficients = 13,
                                      .pre_emphasis = 0.97},
          1000, golden_mfcc, FRAY_COUNT(golden_mfcc));
}

static void short_sound_is_padded(void **state) {
  (void)state;
  compare(plain, 150, golden_short, FRAY_COUNT(golden_short));
}

static void frame_counts(void **state) {
  (void)state;
  struct fray_logmel *m = make(plain); /* 200 samples each 80 */
  const size_t n[] = {0, 1, 199, 200, 279, 280, 1000}, frames[] = {1, 1, 1, 1, 1, 2, 11};
  for (size_t i = 0; i < FRAY_COUNT(n); i++)
    assert_int_equal(fray_logmel_frames(m, n[i]), frames[i]);
  assert_int_equal(fray_logmel_width(m), 20);
  fray_logmel_free(m);
}

static void silence_is_the_floor(void **state) {
  (void)state;
  float x[400] = {0}, out[20 * 3];
  struct fray_logmel *m = make(plain);
  fray_logmel_compute(m, x, 400, out);
  for (size_t i = 0; i < FRAY_COUNT(out); i++)
    assert_true(fabs(out[i] - log(1e-6)) < 1e-5);
  fray_logmel_free(m);
}

/* A tone at the centre of band b is loudest in band b. */
static void tone_lands_in_its_band(void **state) {
  (void)state;
  struct fray_logmel_config config = plain;
  config.rate = 16000;
  struct fray_logmel *m = make(config);
  double top = 2595 * log10(1 + 8000.0 / 700);
  for (size_t b = 0; b < 20; b++) {
    double hz = 700 * (pow(10, top * (double)(b + 1) / 21 / 2595) - 1);
    float x[400], out[20];
    for (int i = 0; i < 400; i++)
      x[i] = (float)(0.5 * sin(2 * M_PI * hz * i / 16000));
    fray_logmel_compute(m, x, 400, out);
    size_t best = 0;
    for (size_t i = 1; i < 20; i++)
      best = out[i] > out[best] ? i : best;
    assert_int_equal(best, b);
  }
  fray_logmel_free(m);
}

/* With as many coefficients as bands the DCT is a rotation: it keeps the length of every frame, and
 * the first coefficient is the mean times sqrt(bands). */
static void dct_is_orthonormal(void **state) {
  (void)state;
  float x[1000], energy[11 * 20], mfcc[11 * 20];
  golden_sound(x, 1000);
  struct fray_logmel_config config = plain;
  struct fray_logmel *m = make(config);
  fray_logmel_compute(m, x, 1000, energy);
  fray_logmel_free(m);
  config.coefficients = 20;
  m = make(config);
  fray_logmel_compute(m, x, 1000, mfcc);
  fray_logmel_free(m);
  for (size_t t = 0; t < 11; t++) {
    double before = 0, after = 0, sum = 0;
    for (size_t i = t * 20; i < t * 20 + 20; i++) {
      before += (double)energy[i] * energy[i];
      after += (double)mfcc[i] * mfcc[i];
      sum += energy[i];
    }
    assert_true(fabs(before - after) < 1e-5 * before);
    assert_true(fabs(mfcc[t * 20] - sum / sqrt(20)) < 1e-4);
  }
}

/* Louder by 2 is ln 4 more energy in every band that lies far above the floor. */
static void gain_adds_its_logarithm(void **state) {
  (void)state;
  float x[1000], a[11 * 20], b[11 * 20];
  golden_sound(x, 1000);
  struct fray_logmel *m = make(plain);
  fray_logmel_compute(m, x, 1000, a);
  for (size_t i = 0; i < 1000; i++)
    x[i] *= 2;
  fray_logmel_compute(m, x, 1000, b);
  for (size_t i = 0; i < 11 * 20; i++)
    if (a[i] > -4)
      assert_true(fabs(b[i] - a[i] - log(4)) < 1e-3);
  fray_logmel_free(m);
}

static void refuse(struct fray_logmel_config config, const char *part) {
  struct fray_err err = {0};
  struct fray_logmel *m = NULL;
  assert_int_equal(fray_logmel_new(&config, &m, &err), FRAY_INPUT);
  assert_null(m);
  SAYS(err, part);
}

static void bad_configurations_are_refused(void **state) {
  (void)state;
  struct fray_logmel_config c = plain;
  c.bands = 200;
  refuse(c, "at most ");
  c = plain, c.high_hz = 5000;
  refuse(c, "above half the rate");
  c = plain, c.frame_ms = 0.1;
  refuse(c, "samples");
  c = plain, c.low_hz = 4000;
  refuse(c, "lower band edge");
  c = plain, c.coefficients = 21;
  refuse(c, "21 MFCC coefficients");
  c = plain, c.hop_ms = 0;
  refuse(c, "hop");
  c = plain, c.rate = NAN;
  refuse(c, "rate");
}

/* The number that the message names works, the next does not. */
static void named_limit_of_bands_is_exact(void **state) {
  (void)state;
  struct fray_logmel_config c = plain;
  struct fray_logmel *m = NULL;
  struct fray_err err = {0};
  c.bands = 500;
  assert_int_equal(fray_logmel_new(&c, &m, &err), FRAY_INPUT);
  c.bands = strtoul(strstr(err.text, "at most ") + 8, NULL, 10);
  assert_true(c.bands >= 40);
  assert_int_equal(fray_logmel_new(&c, &m, &err), FRAY_OK);
  fray_logmel_free(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(logmel_matches_numpy),
                                     cmocka_unit_test(mfcc_matches_numpy),
                                     cmocka_unit_test(short_sound_is_padded),
                                     cmocka_unit_test(frame_counts),
                                     cmocka_unit_test(silence_is_the_floor),
                                     cmocka_unit_test(tone_lands_in_its_band),
                                     cmocka_unit_test(dct_is_orthonormal),
                                     cmocka_unit_test(gain_adds_its_logarithm),
                                     cmocka_unit_test(bad_configurations_are_refused),
                                     cmocka_unit_test(named_limit_of_bands_is_exact)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
