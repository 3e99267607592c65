/* Kinds of signal damage against what was made elsewhere: closed forms of every grey level, bounds
 * of means over many draws, and outputs of published mixing. tests/fixtures/corruptions/README.md
 */
#include "corrupt/audio/tools/mix.h"
#include "corrupt/scope/scope.h"
#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/h5/h5.h"
#include "signal_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER FRAY_SOURCE_DIR "/tests/fixtures/corruptions"

static const char *const tables[] = {"mnist28", "cifar32", "tiny64", "imagenet224"};

static void read_set(fray_h5 file, const char *path, enum fray_h5_type type, void *out, size_t n) {
  struct fray_err err = {0};
  if (fray_h5_read(file, path, type, out, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static fray_h5 open_file(void) {
  fray_h5 file = -1;
  struct fray_err err = {0};
  if (fray_h5_open(FOLDER "/signals.h5", &file, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return file;
}

static const struct fray_signal_ops *ops_of(const char *kind) {
  const struct fray_corruption_ops *ops = fray_choice_find(&fray_corruptions, kind)->impl;
  return ops->signal;
}

static double level_of(const struct fray_signal_ops *ops, const char *table, size_t severity) {
  for (size_t k = 0; k < ops->n_levels; k++)
    if (strcmp(ops->levels[k].name, table) == 0)
      return ops->levels[k].level[severity];
  fail_msg("no table %s", table);
  return NAN;
}

/* One call of the kind on a value, with the stream of a draw. */
static void apply(const char *kind, double strength, struct fray_signal *x, uint64_t draw,
                  struct fray_arena *scratch) {
  struct fray_place place = {.rng = fray_rng_for(5, "test/fixture", draw, 0, 0),
                             .scratch = scratch};
  struct fray_err err = {0};
  if (ops_of(kind)->apply(NULL, strength, x, &place, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

/* Clipping bends mean and deviation at the ends, so each grey level has its own. A picture of that
 * level alone: 20000 draws; the mean within 5 standard errors, the deviation within 3 %. */
static void grey_levels_have_the_mean_and_deviation_of_theory(void **state) {
  (void)state;
  enum { DRAWS = 20000 };
  static float x[DRAWS], mean[5 * 256], sd[5 * 256];
  struct fray_arena scratch = {0};
  fray_h5 file = open_file();
  for (size_t t = 0; t < FRAY_COUNT(tables); t++) {
    char path[128];
    snprintf(path, sizeof path, "theory/gaussian_noise/%s/mean", tables[t]);
    read_set(file, path, FRAY_H5_F32, mean, FRAY_COUNT(mean));
    snprintf(path, sizeof path, "theory/gaussian_noise/%s/sd", tables[t]);
    read_set(file, path, FRAY_H5_F32, sd, FRAY_COUNT(sd));
    for (size_t severity = 0; severity < 5; severity++)
      for (size_t v = 0; v < 256; v += 15) {
        struct fray_signal image = {
            .kind = FRAY_IMAGE, .x = x, .length = 1, .channels = 1, .height = 1, .width = DRAWS};
        double sum = 0, squares = 0;
        for (size_t i = 0; i < DRAWS; i++)
          x[i] = (float)v / 255.0f;
        apply("gaussian_noise", level_of(ops_of("gaussian_noise"), tables[t], severity), &image,
              severity * 256 + v, &scratch);
        for (size_t i = 0; i < DRAWS; i++)
          sum += (double)x[i];
        for (size_t i = 0; i < DRAWS; i++)
          squares += ((double)x[i] - sum / DRAWS) * ((double)x[i] - sum / DRAWS);
        const double want = (double)mean[severity * 256 + v];
        const double spread = (double)sd[severity * 256 + v];
        assert_true(fabs(sum / DRAWS - want) <= 5 * spread / sqrt((double)DRAWS) + 1e-7);
        assert_true(fabs(sqrt(squares / DRAWS) - spread) <= 0.03 * spread);
      }
  }
  fray_h5_close(file, NULL);
  fray_arena_free(&scratch);
}

/* Rows of stats.csv. */
struct row {
  const char *kind, *table, *statistic;
  size_t severity, n_test;
  double lo, hi;
};

static size_t read_rows(struct fray_arena *arena, struct row **out) {
  struct fray_text text = {0};
  struct fray_csv csv;
  struct fray_err err = {0};
  static const char *const names[] = {"kind",   "table", "statistic", "severity",
                                      "n_test", "lo",    "hi"};
  size_t column[FRAY_COUNT(names)];
  if (fray_file_read(FOLDER "/stats.csv", 1 << 20, &text, &err) != FRAY_OK ||
      fray_csv_parse("stats.csv", text.data, text.size, NULL, arena, &csv, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t k = 0; k < FRAY_COUNT(names); k++)
    assert_int_equal(fray_csv_need(&csv, names[k], &column[k], &err), FRAY_OK);
  struct row *row = fray_arena_alloc(arena, csv.n_rows, sizeof *row);
  assert_non_null(row);
  for (size_t r = 0; r < csv.n_rows; r++) {
    const char *field[FRAY_COUNT(names)];
    for (size_t k = 0; k < FRAY_COUNT(names); k++) {
      field[k] = fray_arena_strdup(arena, fray_csv_at(&csv, r, column[k]));
      assert_non_null(field[k]);
    }
    row[r] = (struct row){field[0],
                          field[1],
                          field[2],
                          strtoul(field[3], NULL, 10),
                          strtoul(field[4], NULL, 10),
                          strtod(field[5], NULL),
                          strtod(field[6], NULL)};
  }
  fray_text_free(&text);
  *out = row;
  return csv.n_rows;
}

/* Sums of one run over the inputs. */
struct sums {
  double mean_abs, rms, shift;
};

static struct sums damage_pictures(const uint8_t *input, size_t n_inputs, size_t side,
                                   size_t channels, double sigma, size_t n_test,
                                   struct fray_arena *scratch) {
  static float x[64 * 64 * 3];
  const size_t n = side * side * channels;
  struct sums sums = {0};
  for (size_t draw = 0; draw < n_test; draw++) {
    const uint8_t *from = input + draw % n_inputs * n;
    struct fray_signal image = {.kind = FRAY_IMAGE,
                                .x = x,
                                .length = 1,
                                .channels = channels,
                                .height = side,
                                .width = side};
    double far = 0, squares = 0, shift = 0;
    for (size_t i = 0; i < n; i++)
      x[i] = (float)from[i] / 255.0f;
    apply("gaussian_noise", sigma, &image, 1000000 + draw, scratch);
    for (size_t i = 0; i < n; i++) {
      const double d = (double)x[i] - (double)from[i] / 255;
      far += fabs(d);
      squares += d * d;
      shift += d;
    }
    sums.mean_abs += far / (double)n / (double)n_test;
    sums.rms += sqrt(squares / (double)n) / (double)n_test;
    sums.shift += shift / (double)n / (double)n_test;
  }
  return sums;
}

static void pictures_meet_the_published_bounds(void **state) {
  (void)state;
  static const struct {
    const char *table, *input;
    size_t n, side, channels;
  } sets[] = {{"mnist28", "input/gray28", 4, 28, 1},
              {"cifar32", "input/rgb32", 8, 32, 3},
              {"tiny64", "input/rgb64", 4, 64, 3}};
  struct fray_arena arena = {0}, scratch = {0};
  struct row *row;
  const size_t n_rows = read_rows(&arena, &row);
  size_t checked = 0;
  fray_h5 file = open_file();
  for (size_t k = 0; k < FRAY_COUNT(sets); k++) {
    static uint8_t input[8 * 64 * 64 * 3];
    read_set(file, sets[k].input, FRAY_H5_U8, input,
             sets[k].n * sets[k].side * sets[k].side * sets[k].channels);
    for (size_t severity = 1; severity <= 5; severity++) {
      const double sigma = level_of(ops_of("gaussian_noise"), sets[k].table, severity - 1);
      const struct sums sums =
          damage_pictures(input, sets[k].n, sets[k].side, sets[k].channels, sigma, 2000, &scratch);
      for (size_t r = 0; r < n_rows; r++) {
        if (strcmp(row[r].kind, "gaussian_noise") != 0 || row[r].severity != severity ||
            strcmp(row[r].table, sets[k].table) != 0)
          continue;
        assert_int_equal(row[r].n_test, 2000);
        const double value = strcmp(row[r].statistic, "mean_abs") == 0 ? sums.mean_abs
                             : strcmp(row[r].statistic, "rms") == 0    ? sums.rms
                                                                       : sums.shift;
        if (!(value >= row[r].lo && value <= row[r].hi))
          fail_msg("%s %zu %s: %g is not in %g .. %g", row[r].table, severity, row[r].statistic,
                   value, row[r].lo, row[r].hi);
        checked++;
      }
    }
  }
  assert_int_equal(checked, 3 * 5 * 3);
  fray_h5_close(file, NULL);
  fray_arena_free(&arena);
  fray_arena_free(&scratch);
}

enum { CLIPS = 4, RATE = 16000, FROM = 4800, SHOWN = 1600 };

/* The mixing of four talkers into each clip, as audiomentations does it. */
static void mixing_is_the_published_one(void **state) {
  (void)state;
  static float clip[CLIPS * RATE], noise[RATE], out[5 * CLIPS * SHOWN];
  const double snr[] = {30, 20, 10, 5, 0};
  fray_h5 file = open_file();
  read_set(file, "input/clips", FRAY_H5_F32, clip, FRAY_COUNT(clip));
  read_set(file, "exact/noise_mix/noise", FRAY_H5_F32, noise, FRAY_COUNT(noise));
  read_set(file, "exact/noise_mix/out", FRAY_H5_F32, out, FRAY_COUNT(out));
  for (size_t s = 0; s < 5; s++)
    for (size_t c = 0; c < CLIPS; c++) {
      static float x[RATE];
      memcpy(x, clip + c * RATE, sizeof x);
      assert_true(fray_mix_noise(x, noise, RATE, snr[s]));
      for (size_t i = 0; i < SHOWN; i++)
        assert_true(fabsf(x[FROM + i] - out[(s * CLIPS + c) * SHOWN + i]) <= 2e-6f);
    }
  fray_h5_close(file, NULL);
}

/* By its own level the ratio is exact in every clip; silence stays silence. */
static void white_noise_has_the_ratio_that_was_asked_for(void **state) {
  (void)state;
  static float clip[CLIPS * RATE];
  struct fray_arena arena = {0};
  struct row *row;
  const size_t n_rows = read_rows(&arena, &row);
  size_t checked = 0;
  fray_h5 file = open_file();
  read_set(file, "input/clips", FRAY_H5_F32, clip, FRAY_COUNT(clip));
  for (size_t r = 0; r < n_rows; r++) {
    if (strcmp(row[r].table, "own rms") != 0)
      continue;
    const double snr = level_of(ops_of("noise"), "fray", row[r].severity - 1);
    for (size_t c = 0; c < CLIPS; c++) {
      static float x[RATE];
      double signal = 0, noise = 0;
      struct fray_signal sound = {.kind = FRAY_AUDIO,
                                  .x = x,
                                  .length = RATE,
                                  .capacity = RATE,
                                  .channels = 1,
                                  .rate = RATE};
      memcpy(x, clip + c * RATE, sizeof x);
      apply("noise", snr, &sound, r * CLIPS + c, &arena);
      for (size_t i = 0; i < RATE; i++) {
        const double clean = (double)clip[c * RATE + i], d = (double)x[i] - clean;
        signal += clean * clean;
        noise += d * d;
      }
      const double got = 10 * log10(signal / noise);
      assert_true(got >= row[r].lo && got <= row[r].hi);
      checked++;
    }
  }
  assert_true(checked >= 2 * CLIPS);
  static float silence[RATE];
  struct fray_signal quiet = {
      .kind = FRAY_AUDIO, .x = silence, .length = RATE, .capacity = RATE, .channels = 1};
  apply("noise", 0, &quiet, 1, &arena);
  for (size_t i = 0; i < RATE; i++)
    assert_true(silence[i] == 0);
  fray_h5_close(file, NULL);
  fray_arena_free(&arena);
}

/* White: as much power below a quarter of the sampling rate as above, and no sample knows the next.
 * 64000 values: shares within 5 standard deviations. */
static void white_noise_is_white(void **state) {
  (void)state;
  enum { N = 64000 };
  static float x[N], tone[N];
  struct fray_arena arena = {0};
  for (size_t i = 0; i < N; i++)
    x[i] = tone[i] = (float)sin(0.05 * (double)i);
  struct fray_signal sound = {
      .kind = FRAY_AUDIO, .x = x, .length = N, .capacity = N, .channels = 1, .rate = RATE};
  apply("noise", 0, &sound, 3, &arena);
  for (size_t lag = 1; lag <= 8; lag++) {
    double product = 0, power = 0;
    for (size_t i = 0; i + lag < N; i++) {
      const double a = (double)(x[i] - tone[i]), b = (double)(x[i + lag] - tone[i + lag]);
      product += a * b;
      power += a * a;
    }
    assert_true(fabs(product / power) <= 5 / sqrt((double)N));
  }
  fray_arena_free(&arena);
}

/* The tables of severities are those of the data sets' makers: sigma and dB, column by column. */
static void severities_are_the_published_ones(void **state) {
  (void)state;
  static const double sigma[][5] = {{.08, .12, .18, .26, .38},
                                    {.04, .06, .08, .09, .10},
                                    {.04, .08, .12, .15, .18},
                                    {.08, .12, .18, .26, .38}};
  for (size_t t = 0; t < FRAY_COUNT(tables); t++)
    for (size_t s = 0; s < 5; s++)
      assert_true(level_of(ops_of("gaussian_noise"), tables[t], s) == sigma[t][s]);
  /* By the shorter side: 28 grey, 32 x 40, 64. */
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  struct fray_damage d =
      signal_world_corrupt(&w, &p, 1, "{kind: gaussian_noise, severity: 2}", NULL);
  assert_true(d.signal->act[0].strength[DIGIT] == .12);
  assert_true(d.signal->act[0].strength[PHOTO] == .06);
  assert_true(d.signal->act[0].strength[SCENE] == .08);
  signal_world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grey_levels_have_the_mean_and_deviation_of_theory),
      cmocka_unit_test(pictures_meet_the_published_bounds),
      cmocka_unit_test(mixing_is_the_published_one),
      cmocka_unit_test(white_noise_has_the_ratio_that_was_asked_for),
      cmocka_unit_test(white_noise_is_white),
      cmocka_unit_test(severities_are_the_published_ones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
