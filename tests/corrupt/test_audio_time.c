/* Sound that is masked, moved, turned round, and played at other speeds, tempi, pitches and vocal
 * tracts: against outputs that were made elsewhere, and by tones whose frequency is known. */
#include "audio_fixtures.h"

#include "corrupt/audio/tools/pieces.h"
#include "corrupt/audio/tools/retime.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static float clip[RATE], tone[RATE];

static void clean(size_t c) {
  memcpy(clip, audio_clips() + c * RATE, sizeof clip);
}

static void masks_of_given_place_are_the_published_ones(void **state) {
  (void)state;
  static const double share[LEVELS] = {.01, .05, .1, .15, .2};
  int64_t start[LEVELS], length[LEVELS];
  fray_h5 file = audio_open(0);
  audio_read(file, "exact/time_mask/start", FRAY_H5_I64, start, LEVELS);
  audio_read(file, "exact/time_mask/length", FRAY_H5_I64, length, LEVELS);
  fray_h5_close(file, NULL);
  for (size_t s = 0; s < LEVELS; s++)
    for (size_t c = 0; c < CLIPS; c++) {
      clean(c);
      assert_int_equal(fray_piece_length(share[s], RATE), length[s]);
      fray_piece_silence(clip, (size_t)start[s], (size_t)length[s]);
      audio_is("exact/time_mask", "out", LEVELS, s, c, clip, 1e-6);
    }
}

/* The whole of the clip is reached, evenly, and longer pieces hold shorter ones. */
static void pieces_lie_anywhere_and_nest(void **state) {
  (void)state;
  enum { N = 1000, DRAWS = 4000 };
  double sum = 0;
  size_t first = 0, last = 0;
  for (size_t k = 0; k < DRAWS; k++) {
    const double u = ((double)k + .5) / DRAWS;
    for (size_t l = 1; l <= N; l += 37) {
      const size_t a = fray_piece_start(u, l - 1, N), b = fray_piece_start(u, l, N);
      assert_true(b <= a && a + l - 1 <= b + l && b + l <= N);
    }
    const size_t at = fray_piece_start(u, N / 10, N);
    sum += (double)at / DRAWS;
    first += at == 0;
    last += at == N - N / 10 - 1;
  }
  assert_true(fabs(sum - 449.5) < 1 && first > 0 && last > 0);
}

static void shifts_are_the_published_ones(void **state) {
  (void)state;
  static const double share[LEVELS] = {.02, .05, .1, .2, .5};
  for (size_t s = 0; s < LEVELS; s++)
    for (size_t c = 0; c < CLIPS; c++)
      for (size_t roll = 0; roll < 2; roll++) {
        struct fray_signal sound = audio_sound(clip, RATE);
        char yaml[96];
        clean(c);
        snprintf(yaml, sizeof yaml, "{kind: time_shift, share: %g, direction: later, roll: %s}",
                 share[s], roll ? "true" : "false");
        audio_apply(yaml, &sound, 0);
        audio_is("exact/time_shift", roll ? "roll" : "zero", LEVELS, s, c, clip, 0);
        if (!roll)
          continue;
        snprintf(yaml, sizeof yaml, "{kind: time_shift, share: %g, direction: earlier, roll: true}",
                 share[s]);
        audio_apply(yaml, &sound, 0);
        assert_memory_equal(clip, audio_clips() + c * RATE, sizeof clip);
      }
  float x[] = {1, 2, 3, 4, 5};
  const float want[] = {3, 4, 5, 0, 0};
  fray_piece_shift(x, 5, -2, false);
  assert_memory_equal(x, want, sizeof x);
}

static void backwards_twice_is_forwards(void **state) {
  (void)state;
  struct fray_signal sound = audio_sound(clip, RATE);
  clean(2);
  audio_apply("{kind: reverse}", &sound, 0);
  for (size_t i = 0; i < RATE; i++)
    assert_true(clip[i] == audio_clips()[2 * RATE + RATE - 1 - i]);
  audio_apply("{kind: reverse}", &sound, 0);
  assert_memory_equal(clip, audio_clips() + 2 * (size_t)RATE, sizeof clip);
}

static void make_tone(double hz) {
  for (size_t i = 0; i < RATE; i++)
    tone[i] = .5F * (float)sin(2 * M_PI * hz * (double)i / RATE + 1);
}

/* Strength of a frequency in tone[from .. to), through a Hann window. */
static double strength_at(double hz, size_t from, size_t to) {
  double re = 0, im = 0, sum = 0;
  for (size_t i = from; i < to; i++) {
    const double w = .5 - .5 * cos(2 * M_PI * (double)(i - from) / (double)(to - from));
    re += w * (double)tone[i] * cos(2 * M_PI * hz * (double)i / RATE);
    im += w * (double)tone[i] * sin(2 * M_PI * hz * (double)i / RATE);
    sum += w / 2;
  }
  return hypot(re, im) / sum;
}

/* The strongest frequency within a semitone and a half of hz, first to a tenth, then to a cent;
 * *level: how strong. */
static double frequency_near(double hz, size_t from, size_t to, double *level) {
  int best = 0;
  *level = 0;
  for (int pass = 0; pass < 2; pass++) {
    const int middle = best, reach = pass ? 10 : 150, step = pass ? 1 : 10;
    for (int cents = middle - reach; cents <= middle + reach; cents += step) {
      const double s = strength_at(hz * exp2(cents / 1200.0), from, to);
      if (s > *level) {
        *level = s;
        best = cents;
      }
    }
  }
  return hz * exp2(best / 1200.0);
}

/* A tone under a kind: its frequency within so many cents of what it should be, its level within so
 * many dB of what it was, and its end where it should be. */
static void check_tone(const char *yaml, double hz, double expected, double end, double cents,
                       double db) {
  struct fray_signal sound = audio_sound(tone, RATE);
  double level;
  make_tone(hz);
  audio_apply(yaml, &sound, 0);
  size_t last = RATE;
  while (last && fabsf(tone[last - 1]) < .05F)
    last--;
  const double got = frequency_near(expected, RATE / 8, RATE * 5 / 8, &level);
  if (!(fabs(1200 * log2(got / expected)) <= cents))
    fail_msg("%s: %g Hz is heard at %g, not %g", yaml, hz, got, expected);
  if (!(fabs(20 * log10(level / .5)) <= db))
    fail_msg("%s: %g Hz has level %g", yaml, hz, level);
  if (!(fabs((double)last / RATE - end) <= .02))
    fail_msg("%s: ends at %g s, not %g", yaml, (double)last / RATE, end);
}

static void tones_go_where_they_should(void **state) {
  (void)state;
  static const double semitones[LEVELS] = {.5, 1, 2, 3, 4};
  static const double factor[LEVELS] = {1.05, 1.1, 1.15, 1.2, 1.25};
  char yaml[96];
  for (size_t s = 0; s < LEVELS; s++) {
    snprintf(yaml, sizeof yaml, "{kind: pitch_shift, semitones: %g, direction: up}", semitones[s]);
    check_tone(yaml, 500, 500 * exp2(semitones[s] / 12), 1, 2, .2);
    snprintf(yaml, sizeof yaml, "{kind: pitch_shift, semitones: %g, direction: down}",
             semitones[s]);
    check_tone(yaml, 500, 500 * exp2(-semitones[s] / 12), 1, 2, .2);
    snprintf(yaml, sizeof yaml, "{kind: tempo, factor: %g, direction: faster}", factor[s]);
    check_tone(yaml, 500, 500, 1 / factor[s], 2, .2);
    snprintf(yaml, sizeof yaml, "{kind: tempo, factor: %g, direction: slower}", factor[s]);
    check_tone(yaml, 500, 500, 1, 2, .2);
    snprintf(yaml, sizeof yaml, "{kind: speed, factor: %g, direction: faster}", factor[s]);
    check_tone(yaml, 500, 500 * factor[s], 1 / factor[s], 2, .2);
    snprintf(yaml, sizeof yaml, "{kind: speed, factor: %g, direction: slower}", factor[s]);
    check_tone(yaml, 500, 500 / factor[s], 1, 2, .2);
  }
}

/* Between its samples sound is what it was made of; what the new rate cannot hold is gone. */
static void sound_is_read_between_its_samples(void **state) {
  (void)state;
  static const double steps[] = {.125, .3, .5, 1 / M_SQRT2, 1, 1.1, 1.5, 2, M_PI};
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  for (size_t k = 0; k < FRAY_COUNT(steps); k++) {
    const double step = steps[k], low = fmin(1, 1 / step);
    const size_t m = (size_t)(RATE / 8 / step) * 4;
    for (double hz = 100; hz < 8000; hz *= 1.3) {
      if (hz > low * 8000 * .82 && hz < low * 8000)
        continue; /* the slope of the filter */
      static float out[8 * RATE];
      double worst = 0;
      make_tone(hz);
      assert_int_equal(fray_retime(tone, RATE, step, out, m, &arena, &err), FRAY_OK);
      for (size_t i = m / 4; i < m; i++) {
        const double t = (double)i * step / RATE;
        const double want = hz < low * 8000 ? .5 * sin(2 * M_PI * hz * t + 1) : 0;
        worst = fmax(worst, fabs((double)out[i] - want));
      }
      if (!(worst < 3e-4))
        fail_msg("step %g, %g Hz: off by %g", step, hz, worst);
    }
  }
  fray_arena_free(&arena);
}

/* What one hears at another tempo is what was said: a clip of pulses has its pulses at the new
 * times. */
static void pulses_keep_their_order(void **state) {
  (void)state;
  for (size_t k = 0; k < 2; k++) {
    struct fray_signal sound = audio_sound(tone, RATE);
    const double pace = k ? 1.25 : 1 / 1.25;
    memset(tone, 0, sizeof tone);
    for (size_t p = 1; p < 5; p++) /* soft pulses of 50 ms, at multiples of .15 s */
      for (size_t i = 0; i < 800; i++)
        tone[p * 2400 + i] = (float)(sin(M_PI * (double)i / 800) * sin(.3 * (double)i));
    audio_apply(k ? "{kind: tempo, factor: 1.25, direction: faster}"
                  : "{kind: tempo, factor: 1.25, direction: slower}",
                &sound, 0);
    for (size_t p = 1; p < 5; p++) {
      const double middle = (double)(p * 2400 + 400) / pace;
      double power = 0, place = 0;
      for (size_t i = 0; i < RATE; i++)
        if (fabs((double)i - middle) < 1200 / pace) {
          power += (double)tone[i] * (double)tone[i];
          place += (double)i * (double)tone[i] * (double)tone[i];
        }
      assert_true(power > 50 && fabs(place / power - middle) < 200); /* 12 ms */
    }
  }
}

static void vocal_tracts_warp_as_published(void **state) {
  (void)state;
  enum { N = 257 };
  static const double amount[LEVELS] = {.03, .06, .09, .12, .15};
  static double f[N], up[LEVELS * N], down[LEVELS * N];
  for (size_t k = 0; k < audio_folders(); k++) {
    fray_h5 file = audio_open(k);
    audio_read(file, "exact/vtlp_map/f", FRAY_H5_F64, f, N);
    audio_read(file, "exact/vtlp_map/up", FRAY_H5_F64, up, FRAY_COUNT(up));
    audio_read(file, "exact/vtlp_map/down", FRAY_H5_F64, down, FRAY_COUNT(down));
    fray_h5_close(file, NULL);
    for (size_t s = 0; s < LEVELS; s++)
      for (size_t i = 0; i < N; i++) {
        const struct fray_warp shorter = fray_warp_of(1 + amount[s], RATE),
                               longer = fray_warp_of(1 - amount[s], RATE);
        assert_true(fabs(fray_warp_there(&shorter, f[i]) - up[s * N + i]) < .01);
        assert_true(fabs(fray_warp_there(&longer, f[i]) - down[s * N + i]) < .01);
        assert_true(fabs(fray_warp_back(&longer, down[s * N + i]) - f[i]) < .01);
      }
  }
  /* And tones go where the map says, as loud as they were. */
  for (size_t s = 0; s < LEVELS; s++)
    for (double hz = 300; hz < 7000; hz *= 1.7) {
      char yaml[96];
      const struct fray_warp shorter = fray_warp_of(1 + amount[s], RATE),
                             longer = fray_warp_of(1 - amount[s], RATE);
      snprintf(yaml, sizeof yaml, "{kind: vocal_tract_warp, amount: %g, direction: shorter}",
               amount[s]);
      check_tone(yaml, hz, fray_warp_there(&shorter, hz), 1, 5, .5);
      snprintf(yaml, sizeof yaml, "{kind: vocal_tract_warp, amount: %g, direction: longer}",
               amount[s]);
      check_tone(yaml, hz, fray_warp_there(&longer, hz), 1, 5, .5);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(masks_of_given_place_are_the_published_ones),
      cmocka_unit_test(pieces_lie_anywhere_and_nest),
      cmocka_unit_test(shifts_are_the_published_ones),
      cmocka_unit_test(backwards_twice_is_forwards),
      cmocka_unit_test(tones_go_where_they_should),
      cmocka_unit_test(sound_is_read_between_its_samples),
      cmocka_unit_test(pulses_keep_their_order),
      cmocka_unit_test(vocal_tracts_warp_as_published),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
