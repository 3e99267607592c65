/* Kinds of sound against outputs of scipy, numpy, audiomentations and sox, sample by sample; those
 * with draws by their core, which is given the draws. */
#include "audio_fixtures.h"

#include "corrupt/audio/tools/hum.h"
#include "corrupt/audio/tools/magnitudes.h"
#include "corrupt/audio/tools/mix.h"
#include "corrupt/audio/tools/room.h"
#include "fray/base/size.h"
#include "fray/corrupt/biquad.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One severity of a kind as its key says it, on all clips. */
static void check_exact(const char *yaml, const char *group, const char *name, size_t levels,
                        size_t s, double tolerance) {
  for (size_t c = 0; c < CLIPS; c++) {
    static float x[RATE];
    struct fray_signal sound = audio_sound(x, RATE);
    memcpy(x, audio_clips() + c * RATE, sizeof x);
    audio_apply(yaml, &sound, 0);
    audio_is(group, name, levels, s, c, x, tolerance);
  }
}

static void outputs_are_the_published_ones(void **state) {
  (void)state;
  static const struct {
    const char *keys, *end, *group, *name; /* keys, the level, end */
    double level[LEVELS], tolerance;
  } cases[] = {
      {"{kind: echo, delay_ms: ", "}", "exact/echo", "out", {20, 60, 125, 250, 500}, 2e-5},
      {"{kind: clipping, percentile: ", "}", "exact/clipping", "out", {99, 95, 90, 80, 60}, 2e-6},
      {"{kind: soft_clipping, amount: ",
       "}",
       "exact/soft_clipping",
       "out",
       {.05, .1, .2, .4, .7},
       1e-4},
      {"{kind: bit_depth, bits: ", "}", "exact/bit_depth", "out", {10, 8, 7, 6, 5}, 1e-6},
      {"{kind: low_pass, cutoff: ",
       "}",
       "exact/low_pass",
       "out",
       {4000, 2000, 1000, 480, 240},
       2e-4},
      {"{kind: high_pass, cutoff: ",
       "}",
       "exact/high_pass",
       "out",
       {500, 1000, 1500, 2000, 3000},
       2e-4},
      {"{kind: gain, gain_db: ", ", sign: up}", "exact/gain", "out_up", {2, 4, 6, 9, 12}, 1e-6},
      {"{kind: gain, gain_db: ", ", sign: down}", "exact/gain", "out_down", {2, 4, 6, 9, 12}, 1e-6},
      {"{kind: gain, gain_db: ",
       ", sign: up, clip: true}",
       "exact/gain",
       "out_up_clipped",
       {2, 4, 6, 9, 12},
       1e-6},
  };
  for (size_t k = 0; k < FRAY_COUNT(cases); k++)
    for (size_t s = 0; s < LEVELS; s++) {
      char yaml[128];
      snprintf(yaml, sizeof yaml, "%s%g%s", cases[k].keys, cases[k].level[s], cases[k].end);
      check_exact(yaml, cases[k].group, cases[k].name, LEVELS, s, cases[k].tolerance);
    }
  check_exact("{kind: telephone}", "exact/telephone_band", "out", 1, 0, 2e-4);
}

static const double snr[LEVELS] = {30, 20, 10, 5, 0};

static void hums_of_given_phase_are_the_published_ones(void **state) {
  (void)state;
  static float tone[RATE], mains[RATE];
  const struct fray_hum hum = {.f0 = 437, .period = .19, .duty = .35};
  fray_hum_tone(&hum, RATE, tone, RATE);
  fray_hum_mains(50, 0, RATE, mains, RATE);
  for (size_t s = 0; s < LEVELS; s++)
    for (size_t c = 0; c < CLIPS; c++) {
      static float x[RATE];
      memcpy(x, audio_clips() + c * RATE, sizeof x);
      assert_true(fray_mix_noise(x, tone, RATE, snr[s]));
      audio_is("exact/tonal_hum", "out", LEVELS, s, c, x, 2e-6);
      memcpy(x, audio_clips() + c * RATE, sizeof x);
      assert_true(fray_mix_noise(x, mains, RATE, snr[s]));
      audio_is("exact/mains_hum", "out", LEVELS, s, c, x, 2e-6);
    }
}

static void rooms_of_a_given_response_are_the_published_ones(void **state) {
  (void)state;
  static const double rt60[LEVELS] = {.15, .3, .45, .6, .8};
  static float x[RATE], h[RATE];
  struct fray_arena scratch = {0};
  struct fray_err err = {0};
  fray_h5 file = audio_open(0);
  for (size_t s = 0; s < LEVELS; s++) {
    char path[64];
    const size_t taps = fray_room_taps(rt60[s], RATE);
    snprintf(path, sizeof path, "exact/reverberation/h%zu", s + 1);
    audio_read(file, path, FRAY_H5_F32, h, taps);
    for (size_t c = 0; c < CLIPS; c++) {
      memcpy(x, audio_clips() + c * RATE, sizeof x);
      assert_int_equal(fray_room_hear(x, RATE, h, taps, &scratch, &err), FRAY_OK);
      audio_is("exact/reverberation", "out", LEVELS, s, c, x, 1e-4);
    }
  }
  fray_h5_close(file, NULL);
  fray_arena_free(&scratch);
}

/* Against a sort; values repeat, and some are 0. */
static void percentiles_are_those_of_a_sorted_list(void **state) {
  (void)state;
  enum { N = 777 };
  for (size_t n = 1; n <= N; n += n < 10 ? 1 : 97)
    for (uint64_t draw = 0; draw < 20; draw++) {
      float x[N], sorted[N];
      struct fray_rng rng = fray_rng_for(3, "test/percentile", draw, n, 0);
      const double percent = draw == 0 ? 0 : draw == 1 ? 100 : 100 * fray_rng_uniform(&rng);
      for (size_t i = 0; i < n; i++)
        x[i] = (float)(rint(fray_rng_normal(&rng) * 8) / 8 * pow(10, fray_rng_normal(&rng)));
      for (size_t i = 0; i < n; i++) {
        const float a = fabsf(x[i]);
        size_t j = i;
        for (; j > 0 && sorted[j - 1] > a; j--)
          sorted[j] = sorted[j - 1];
        sorted[j] = a;
      }
      const double place = percent / 100 * (double)(n - 1);
      const size_t k = (size_t)place, next = FRAY_MIN(k + 1, n - 1);
      const double part = place - (double)k, a = (double)sorted[k], b = (double)sorted[next];
      const double got = (double)fray_magnitude_percentile(x, n, percent);
      assert_true(fabs(got - (a + (b - a) * part)) <= 1e-6 * (1 + got));
    }
}

/* |H| of sections at a frequency, a share of half the rate. */
static double response_db(const struct fray_biquad *section, size_t n, double share) {
  double db = 0;
  for (size_t k = 0; k < n; k++) {
    const double *b = section[k].b, *a = section[k].a, w = M_PI * share;
    const double re = b[0] + b[1] * cos(w) + b[2] * cos(2 * w),
                 im = b[1] * sin(w) + b[2] * sin(2 * w);
    const double under = 1 + a[0] * cos(w) + a[1] * cos(2 * w),
                 beside = a[0] * sin(w) + a[1] * sin(2 * w);
    db += 10 * log10((re * re + im * im) / (under * under + beside * beside));
  }
  return db;
}

/* Butterworth's law with warped frequencies: -10 log10(1 + (w / cut)^8), and its mirror. */
static void filters_have_the_response_of_theory(void **state) {
  (void)state;
  for (double cut = .01; cut < 1; cut += .07) {
    struct fray_biquad low[2], high[2], band[4];
    fray_butterworth_low(cut, low);
    fray_butterworth_high(cut, high);
    fray_butterworth_band(cut / 3, cut, band);
    assert_true(fabs(response_db(low, 2, cut) + 3.0103) < 1e-3);
    assert_true(fabs(response_db(high, 2, cut) + 3.0103) < 1e-3);
    assert_true(fabs(response_db(band, 4, cut) + 3.0103) < 1e-3);
    assert_true(fabs(response_db(band, 4, cut / 3) + 3.0103) < 1e-3);
    for (double at = .02; at < .99; at += .09) {
      const double w = tan(M_PI * at / 2) / tan(M_PI * cut / 2);
      assert_true(fabs(response_db(low, 2, at) + 10 * log10(1 + pow(w, 8))) < 1e-4);
      assert_true(fabs(response_db(high, 2, at) + 10 * log10(1 + pow(w, -8))) < 1e-4);
    }
  }
  /* As scipy has it. */
  double hz[LEVELS * LEVELS], db[LEVELS * LEVELS];
  const double cut[LEVELS] = {4000, 2000, 1000, 480, 240};
  fray_h5 file = audio_open(0);
  audio_read(file, "exact/low_pass/response_hz", FRAY_H5_F64, hz, FRAY_COUNT(hz));
  audio_read(file, "exact/low_pass/response_db", FRAY_H5_F64, db, FRAY_COUNT(db));
  for (size_t k = 0; k < FRAY_COUNT(hz); k++) {
    struct fray_biquad low[2];
    fray_butterworth_low(cut[k / LEVELS] / 8000, low);
    if (hz[k] < 7999)
      assert_true(fabs(response_db(low, 2, hz[k] / 8000) - db[k]) < 1e-3 * (1 + fabs(db[k])));
  }
  fray_h5_close(file, NULL);
}

/* Power of x at a frequency. */
static double power_at(const float *x, double hz) {
  double re = 0, im = 0;
  for (size_t i = 0; i < RATE; i++) {
    re += (double)x[i] * cos(2 * M_PI * hz * (double)i / RATE);
    im += (double)x[i] * sin(2 * M_PI * hz * (double)i / RATE);
  }
  return re * re + im * im;
}

/* What is measured on what was added to speech: frequency within .5 Hz, period within 2 ms, duty
 * within .03, as the collection asks of a drawn hum. */
/* The recursion of the header, sample by sample, from rest: filters that work on blocks give the
 * same, whatever is left of the last one. */
static void filters_are_their_recursion(void **state) {
  (void)state;
  enum { N = 203 };
  struct fray_biquad section[4];
  struct fray_rng rng = fray_rng_for(3, "test/filters", 0, 0, 0);
  fray_butterworth_low(.3, section);
  fray_butterworth_high(.02, section + 2);
  for (size_t n_sections = 1; n_sections <= 4; n_sections++)
    for (size_t n = 1; n <= N; n += n < 20 ? 1 : 61) {
      float x[N];
      double want[N];
      for (size_t i = 0; i < n; i++)
        want[i] = (double)(x[i] = (float)fray_rng_normal(&rng));
      for (size_t k = 0; k < n_sections; k++) {
        const double *a = section[k].a, *b = section[k].b;
        double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
        for (size_t i = 0; i < n; i++) {
          const double y = b[0] * want[i] + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
          x2 = x1;
          x1 = want[i];
          y2 = y1;
          want[i] = y1 = y;
        }
      }
      fray_biquads_run(section, n_sections, false, x, n);
      for (size_t i = 0; i < n; i++)
        if (!(fabs((double)x[i] - want[i]) < 1e-6))
          fail_msg("%zu sections, sample %zu of %zu: %g, not %g", n_sections, i, n, (double)x[i],
                   want[i]);
    }
}

static void hums_are_as_they_were_asked_for(void **state) {
  (void)state;
  static float x[RATE];
  const double f0 = 437, period = .19, duty = .35;
  for (uint64_t draw = 0; draw < 8; draw++) {
    struct fray_signal sound = audio_sound(x, RATE);
    double top = 0, best = 0, at = 0;
    size_t n_onsets = 0, last = SIZE_MAX;
    double onset[RATE / 1000];
    memcpy(x, audio_clips() + 2 * RATE, sizeof x);
    audio_apply("{kind: tonal_hum, snr_db: 0, f0: 437, period: 0.19, duty: 0.35}", &sound, draw);
    for (size_t i = 0; i < RATE; i++)
      x[i] -= audio_clips()[2 * RATE + i];
    for (double hz = f0 - 4; hz <= f0 + 4; hz += .125) {
      const double power = power_at(x, hz);
      at = power > best ? hz : at;
      best = fmax(best, power);
    }
    assert_true(fabs(at - f0) <= .5);
    for (size_t i = 0; i < RATE; i++)
      top = fmax(top, fabs((double)x[i]));
    /* On: within half a turn of a value that is no silence; an onset follows 10 ms of silence. */
    for (size_t i = 0; i < RATE; i++) {
      const bool sounds = fabs((double)x[i]) > .02 * top;
      if (sounds && last != SIZE_MAX && i - last > RATE / 100)
        onset[n_onsets++] = (double)i / RATE;
      last = sounds ? i : last;
    }
    /* Five periods are .95 of the clip: its end is a part of one. */
    assert_true(n_onsets >= 4);
    const double mean = (onset[n_onsets - 1] - onset[0]) / (double)(n_onsets - 1);
    assert_true(fabs(mean - period) <= .002);
    size_t within = 0;
    last = SIZE_MAX;
    for (size_t i = (size_t)(onset[0] * RATE); i < (size_t)((onset[0] + 3 * mean) * RATE); i++) {
      last = fabs((double)x[i]) > .02 * top ? i : last;
      within += last != SIZE_MAX && i - last < RATE / 800;
    }
    assert_true(fabs((double)within / (3 * mean * RATE) - duty) <= .03);
  }
}

/* In a clip that is shorter than a period a whole pulse is heard, if it fits; else the clip is full
 * of it. So a ratio never makes a scrap of a pulse as loud as a pulse. */
static void short_clips_hear_a_pulse(void **state) {
  (void)state;
  static float tone[RATE];
  for (size_t n = 400; n <= RATE; n *= 2)
    for (double u = 0; u < 1; u += .0625)
      for (double period = .01; period < 30; period *= 3) {
        struct fray_hum hum = {.f0 = 500, .period = period, .duty = .3};
        hum.start = fray_hum_start(&hum, RATE, n, u);
        fray_hum_tone(&hum, RATE, tone, n);
        size_t on = 0;
        for (size_t i = 0; i < n; i++)
          on += tone[i] != 0;
        const double clip = (double)n / RATE;
        const double least =
            period <= clip ? .3 * floor(clip / period) * period : fmin(.3 * period, clip);
        /* Some samples are 0 by themselves: of 32 in a turn two. */
        assert_true((double)on >= .9 * least * RATE - 4);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(outputs_are_the_published_ones),
      cmocka_unit_test(hums_of_given_phase_are_the_published_ones),
      cmocka_unit_test(rooms_of_a_given_response_are_the_published_ones),
      cmocka_unit_test(percentiles_are_those_of_a_sorted_list),
      cmocka_unit_test(filters_have_the_response_of_theory),
      cmocka_unit_test(filters_are_their_recursion),
      cmocka_unit_test(hums_are_as_they_were_asked_for),
      cmocka_unit_test(short_clips_hear_a_pulse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
