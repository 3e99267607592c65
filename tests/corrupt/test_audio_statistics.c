/* Noise and rooms of sound over many draws: slopes of spectra, reverberation times, ratios. */
#include "audio_fixtures.h"

#include "corrupt/audio/tools/room.h"
#include "fray/base/size.h"
#include "fray/signal/fft.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FRAME = 2048, BANDS = 24, DRAWS = 1000 };
static const double lowest = 60, highest = 6400;

/* Welch's estimate: Hann windows of 2048 that overlap by half. */
static void spectrum_of(const float *x, size_t n, struct fray_fft *fft,
                        double power[FRAME / 2 + 1]) {
  static float frame[FRAME], out[FRAME + 2];
  memset(power, 0, (FRAME / 2 + 1) * sizeof *power);
  for (size_t from = 0; from + FRAME <= n; from += FRAME / 2) {
    for (size_t i = 0; i < FRAME; i++)
      frame[i] = x[from + i] * (float)(0.5 - 0.5 * cos(2 * M_PI * (double)i / FRAME));
    fray_fft_forward(fft, frame, out);
    for (size_t k = 0; k <= FRAME / 2; k++)
      power[k] += (double)(out[2 * k] * out[2 * k] + out[2 * k + 1] * out[2 * k + 1]);
  }
}

/* Least squares of log power over log frequency, of bands that are equally wide in logarithms. */
static double slope_of(const double power[FRAME / 2 + 1]) {
  double sx = 0, sy = 0, sxx = 0, sxy = 0, n = 0;
  for (size_t b = 0; b < BANDS; b++) {
    const double from = lowest * pow(highest / lowest, (double)b / BANDS);
    const double to = lowest * pow(highest / lowest, (double)(b + 1) / BANDS);
    double sum = 0, bins = 0, place = 0;
    for (size_t k = 1; k <= FRAME / 2; k++) {
      const double hz = (double)k * RATE / FRAME;
      const bool in = hz >= from && hz < to;
      sum += in ? power[k] : 0;
      place += in ? log10(hz) : 0;
      bins += in;
    }
    if (!(bins > 0))
      continue;
    const double x = place / bins, y = log10(sum / bins);
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
    n++;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

static void noise_has_the_slope_of_its_colour(void **state) {
  (void)state;
  static const char *const kinds[][2] = {{"white_noise", "{kind: noise, snr_db: 0}"},
                                         {"pink_noise", "{kind: pink_noise, snr_db: 0}"},
                                         {"brown_noise", "{kind: brown_noise, snr_db: 0}"}};
  static float x[RATE], clean[RATE];
  static double power[FRAME / 2 + 1];
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_fft *fft;
  assert_int_equal(fray_fft_new(FRAME, false, &arena, &fft, &err), FRAY_OK);
  /* A sound of one number in the middle: all the rest is noise, and its level is known. */
  clean[RATE / 2] = 100;
  for (size_t k = 0; k < FRAY_COUNT(kinds); k++) {
    double sum = 0, worst = 0;
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
      struct fray_signal sound = audio_sound(x, RATE);
      double noise = 0;
      memcpy(x, clean, sizeof x);
      audio_apply(kinds[k][1], &sound, draw);
      x[RATE / 2] -= 100;
      for (size_t i = 0; i < RATE; i++)
        noise += (double)x[i] * (double)x[i];
      worst = fmax(worst, fabs(10 * log10(1e4 / noise)));
      spectrum_of(x, RATE, fft, power);
      sum += slope_of(power);
    }
    assert_true(worst < 1e-3); /* dB; each clip by its own level */
    audio_meets(kinds[k][0], "", 0, "slope", sum / DRAWS, DRAWS);
  }
  fray_arena_free(&arena);
}

/* Schroeder's integral of the tail from -5 to -25 dB. */
static double rt60_of(const float *h, size_t taps) {
  static double level[2 * RATE];
  double energy = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, n = 0;
  for (size_t k = taps; k-- > 1;) {
    energy += (double)h[k] * (double)h[k];
    level[k] = energy;
  }
  for (size_t k = 1; k < taps; k++) {
    const double db = 10 * log10(level[k] / energy), t = (double)k / RATE;
    if (db > -5 || db < -25)
      continue;
    sx += t;
    sy += db;
    sxx += t * t;
    sxy += t * db;
    n++;
  }
  return -60 / ((n * sxy - sx * sy) / (n * sxx - sx * sx));
}

/* A click is heard as the response of the room itself. */
static void rooms_have_the_reverberation_time_that_was_asked_for(void **state) {
  (void)state;
  static const double rt60[LEVELS] = {.15, .3, .45, .6, .8};
  static float x[RATE];
  enum { ROOMS = 300 };
  for (size_t s = 0; s < LEVELS; s++) {
    const size_t taps = fray_room_taps(rt60[s], RATE);
    double sum = 0;
    char yaml[64];
    snprintf(yaml, sizeof yaml, "{kind: reverberation, rt60: %g}", rt60[s]);
    for (uint64_t draw = 0; draw < ROOMS; draw++) {
      struct fray_signal sound = audio_sound(x, taps);
      double energy = 0;
      memset(x, 0, sizeof x);
      x[0] = 1;
      audio_apply(yaml, &sound, draw);
      for (size_t i = 0; i < taps; i++)
        energy += (double)x[i] * (double)x[i];
      assert_true(fabs(energy - 1) < 1e-4);               /* the level is kept */
      assert_true(fabs((double)x[0] - M_SQRT1_2) < 1e-4); /* half of it is direct sound */
      sum += rt60_of(x, taps);
    }
    audio_meets("reverberation", "", s + 1, "rt60_s", sum / ROOMS, ROOMS);
  }
}

/* Where a hum is in its turn is uniform, and signs of gains are fair. 1000 draws: within 5 standard
 * deviations. */
static void draws_are_fair(void **state) {
  (void)state;
  size_t up = 0;
  double re = 0, im = 0;
  for (uint64_t draw = 0; draw < DRAWS; draw++) {
    float x[64], one = 1;
    struct fray_signal sound = audio_sound(x, 64), number = audio_sound(&one, 1);
    for (size_t i = 0; i < 64; i++)
      x[i] = i == 63 ? 1000.0f : 0;
    /* 64 samples are two turns of 500 Hz. */
    audio_apply("{kind: tonal_hum, snr_db: 60, f0: 500, duty: 1}", &sound, draw);
    const double c = (double)x[8], s = (double)x[0]; /* a quarter of a turn apart */
    re += c / hypot(c, s);
    im += s / hypot(c, s);
    audio_apply("{kind: gain, gain_db: 6}", &number, draw);
    up += one > 1;
  }
  assert_true(hypot(re, im) / DRAWS < 5 * sqrt(.5 / DRAWS));
  assert_true(fabs((double)up / DRAWS - .5) < 5 * .5 / sqrt(DRAWS));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(noise_has_the_slope_of_its_colour),
      cmocka_unit_test(rooms_have_the_reverberation_time_that_was_asked_for),
      cmocka_unit_test(draws_are_fair),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
