/* Kinds of series against outputs of published code and of numpy, from the same draws: signs, axes,
 * knots, phases, starts. */
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
#include <string.h>

static float input[SERIES * SERIES_SIZE], want[5 * SERIES * SERIES_SIZE];
static const double amounts[] = {.1, .25, .5, 1, 2};
static const double warps[] = {.02, .05, .1, .2, .4};

static fray_h5 open_with_input(size_t k) {
  fray_h5 file = series_open(k);
  series_read(file, "input/series", FRAY_H5_F32, input, FRAY_COUNT(input));
  return file;
}

/* A copy of window w. */
static struct fray_signal window(size_t w) {
  static float x[SERIES_SIZE];
  memcpy(x, input + w * SERIES_SIZE, sizeof x);
  return series_window(x);
}

static void close_to(const struct fray_signal *x, size_t row, double tolerance, const char *what) {
  for (size_t i = 0; i < SERIES_SIZE; i++) {
    const double off = fabs((double)x->x[i] - (double)want[row * SERIES_SIZE + i]);
    if (!(off <= tolerance))
      fail_msg("%s: row %zu, value %zu is off by %g", what, row, i, off);
  }
}

/* Deviations of the channels of window w, as they are stored; ours are the same. */
static void deviations(fray_h5 file, const struct fray_signal *x, size_t w, double *sd) {
  double all[SERIES * CHANNELS];
  struct fray_arena scratch = {0};
  struct fray_channel *channel;
  assert_int_equal(fray_channels_measure(x, &scratch, &channel, NULL), FRAY_OK);
  series_read(file, "input/sd", FRAY_H5_F64, all, FRAY_COUNT(all));
  for (size_t c = 0; c < CHANNELS; c++) {
    sd[c] = channel[c].sd;
    assert_true(fabs(sd[c] - all[w * CHANNELS + c]) <= 1e-6 * (1 + sd[c]));
  }
  fray_arena_free(&scratch);
}

static void offset_and_drift(void **state) {
  (void)state;
  for (size_t k = 0; k < series_folders(); k++) {
    fray_h5 file = open_with_input(k);
    for (int drift = 0; drift < 2; drift++) {
      double sign[SERIES * CHANNELS], sd[CHANNELS], size[CHANNELS];
      const char *name = drift ? "exact/drift" : "exact/offset";
      char path[64];
      snprintf(path, sizeof path, "%s/sign", name);
      series_read(file, path, FRAY_H5_F64, sign, FRAY_COUNT(sign));
      snprintf(path, sizeof path, "%s/out", name);
      series_read(file, path, FRAY_H5_F32, want, 5 * SERIES * SERIES_SIZE);
      for (size_t s = 0; s < 5; s++)
        for (size_t w = 0; w < SERIES; w++) {
          struct fray_signal x = window(w);
          deviations(file, &x, w, sd);
          for (size_t c = 0; c < CHANNELS; c++)
            size[c] = amounts[s] * sd[c] * sign[w * CHANNELS + c];
          fray_channels_add_line(&x, size, drift ? 0 : 1, 1);
          close_to(&x, s * SERIES + w, 1e-5, name);
        }
    }
    fray_h5_close(file, NULL);
  }
}

static void mains(void **state) {
  (void)state;
  static const double phases_of[] = {60, 50};
  for (size_t k = 0; k < series_folders(); k++) {
    fray_h5 file = open_with_input(k);
    double phase[CHANNELS], sd[CHANNELS], size[CHANNELS];
    series_read(file, "exact/mains/phase", FRAY_H5_F64, phase, CHANNELS);
    for (size_t f = 0; f < FRAY_COUNT(phases_of); f++) {
      char path[64];
      snprintf(path, sizeof path, "exact/mains/out_%.0f", phases_of[f]);
      series_read(file, path, FRAY_H5_F32, want, 5 * 2 * SERIES_SIZE);
      for (size_t s = 0; s < 5; s++)
        for (size_t w = 0; w < 2; w++) {
          struct fray_signal x = window(w);
          deviations(file, &x, w, sd);
          for (size_t c = 0; c < CHANNELS; c++)
            size[c] = amounts[s] * sd[c];
          fray_channels_add_tone(&x, size, phases_of[f], phase);
          close_to(&x, s * 2 + w, 1e-4, path);
        }
    }
    fray_h5_close(file, NULL);
  }
}

/* Values of the curve: knots (severity, 6 knots, channel). */
static void curve(const double *z, size_t severity, size_t channel, double sigma, double *out) {
  double value[6];
  struct fray_spline spline;
  for (size_t n = 0; n < 6; n++)
    value[n] = 1 + sigma * z[(severity * 6 + n) * CHANNELS + channel];
  fray_spline_make(&spline, value, 1, 6);
  fray_spline_fill(&spline, STEPS, out);
}

static void magnitude_warp(void **state) {
  (void)state;
  for (size_t k = 0; k < series_folders(); k++) {
    fray_h5 file = open_with_input(k);
    double z[5 * 6 * CHANNELS], c[STEPS];
    series_read(file, "exact/magnitude_warp/z", FRAY_H5_F64, z, FRAY_COUNT(z));
    series_read(file, "exact/magnitude_warp/out", FRAY_H5_F32, want, 5 * 3 * SERIES_SIZE);
    for (size_t s = 0; s < 5; s++)
      for (size_t w = 0; w < 3; w++) {
        struct fray_signal x = window(w);
        for (size_t channel = 0; channel < CHANNELS; channel++) {
          curve(z, s, channel, 1, c); /* through 1 + z: the kind takes the curve of z alone */
          for (size_t t = 0; t < STEPS; t++)
            c[t] -= 1;
          fray_channel_multiply(&x, channel, 0.1 * (double)(s + 1), c);
        }
        close_to(&x, s * 3 + w, 1e-4, "magnitude_warp");
      }
    fray_h5_close(file, NULL);
  }
}

static void same_path(const double *path, const double *all, size_t severity, size_t channel,
                      size_t stride) {
  for (size_t t = 0; t < STEPS; t++)
    assert_true(fabs(path[t] - all[(severity * STEPS + t) * stride + channel]) <= 1e-9);
}

static void clock_of_all_channels(void **state) {
  (void)state;
  for (size_t k = 0; k < series_folders(); k++) {
    static double paths[5 * STEPS];
    fray_h5 file = open_with_input(k);
    double z[5 * 6 * CHANNELS], speed[STEPS], path[STEPS];
    series_read(file, "exact/time_warp/z", FRAY_H5_F64, z, FRAY_COUNT(z));
    series_read(file, "exact/time_warp/path_own", FRAY_H5_F64, paths, FRAY_COUNT(paths));
    series_read(file, "exact/time_warp/out_own", FRAY_H5_F32, want, 5 * 3 * SERIES_SIZE);
    for (size_t s = 0; s < 5; s++)
      for (size_t w = 0; w < 3; w++) {
        struct fray_signal x = window(w);
        curve(z, s, 0, warps[s], speed);
        fray_path_of_speed(speed, STEPS, path);
        same_path(path, paths, s, 0, 1);
        fray_read_along(input + w * SERIES_SIZE, path, &x);
        close_to(&x, s * 3 + w, 1e-4, "time_warp");
      }
    fray_h5_close(file, NULL);
  }
}

static void rotation(void **state) {
  (void)state;
  static const double angles[] = {10, 20, 45, 90, 180};
  for (size_t k = 0; k < series_folders(); k++) {
    static double matrix[5 * SERIES * 9];
    fray_h5 file = open_with_input(k);
    double axis[SERIES * 3];
    series_read(file, "exact/rotation/axis", FRAY_H5_F64, axis, FRAY_COUNT(axis));
    series_read(file, "exact/rotation/matrix", FRAY_H5_F64, matrix, FRAY_COUNT(matrix));
    series_read(file, "exact/rotation/out", FRAY_H5_F32, want, 5 * SERIES * SERIES_SIZE);
    for (size_t s = 0; s < 5; s++)
      for (size_t w = 0; w < SERIES; w++) {
        const struct fray_ints all = {0};
        struct fray_signal x = window(w);
        double r[3][3];
        fray_rotation_about(axis + w * 3, angles[s], r);
        for (size_t i = 0; i < 9; i++)
          assert_true(fabs(r[i / 3][i % 3] - matrix[(s * SERIES + w) * 9 + i]) <= 1e-12);
        fray_triples_turn(&x, &all, r, 1);
        close_to(&x, s * SERIES + w, 1e-5, "rotation");
      }
    fray_h5_close(file, NULL);
  }
}

/* The stored one is a mirror, which the kind never draws; the turning of triples is the same. */
static void axis_swap(void **state) {
  (void)state;
  for (size_t k = 0; k < series_folders(); k++) {
    fray_h5 file = open_with_input(k);
    int64_t axis[CHANNELS];
    double sign[CHANNELS], r[3][3] = {{0}};
    int64_t triples[] = {0, 1, 2, 3, 4, 5};
    series_read(file, "exact/axis_swap/permutation", FRAY_H5_I64, axis, CHANNELS);
    series_read(file, "exact/axis_swap/sign", FRAY_H5_F64, sign, CHANNELS);
    series_read(file, "exact/axis_swap/out", FRAY_H5_F32, want, 2 * SERIES_SIZE);
    for (size_t a = 0; a < 3; a++) {
      assert_int_equal(axis[a + 3], axis[a] + 3);
      r[a][axis[a]] = sign[a];
    }
    const struct fray_ints named = {.n = 3, .v = triples}, other = {.n = 3, .v = triples + 3};
    for (size_t w = 0; w < 2; w++) {
      struct fray_signal x = window(w);
      fray_triples_turn(&x, &named, r, 1);
      for (size_t t = 0; t < STEPS; t++)
        for (size_t c = 3; c < 6; c++) /* what is not named stays */
          assert_true(x.x[t * CHANNELS + c] == input[w * SERIES_SIZE + t * CHANNELS + c]);
      for (size_t a = 0; a < 3; a++)
        for (size_t b = 0; b < 3; b++)
          r[a][b] = (int64_t)b == axis[a] ? sign[a + 3] : 0;
      fray_triples_turn(&x, &other, r, 1);
      close_to(&x, w, 0, "axis_swap");
      for (size_t a = 0; a < 3; a++)
        r[a][axis[a]] = sign[a];
    }
    fray_h5_close(file, NULL);
  }
}

static void permutation(void **state) {
  (void)state;
  for (size_t k = 0; k < series_folders(); k++) {
    fray_h5 file = open_with_input(k);
    int64_t cuts[SERIES * 3], orders[SERIES * 4];
    series_read(file, "exact/permutation/cuts", FRAY_H5_I64, cuts, FRAY_COUNT(cuts));
    series_read(file, "exact/permutation/order", FRAY_H5_I64, orders, FRAY_COUNT(orders));
    series_read(file, "exact/permutation/out", FRAY_H5_F32, want, 3 * SERIES_SIZE);
    for (size_t w = 0; w < 3; w++) {
      struct fray_signal x = window(w);
      size_t cut[3];
      uint32_t order[4];
      for (size_t i = 0; i < 3; i++)
        cut[i] = (size_t)cuts[w * 3 + i];
      for (size_t i = 0; i < 4; i++)
        order[i] = (uint32_t)orders[w * 4 + i];
      fray_segments_reorder(input + w * SERIES_SIZE, cut, order, 4, &x);
      close_to(&x, w, 0, "permutation");
    }
    fray_h5_close(file, NULL);
  }
}

static void stuck_at(void **state) {
  (void)state;
  static const double shares[] = {.05, .1, .25, .5, .75};
  for (size_t k = 0; k < series_folders(); k++) {
    fray_h5 file = open_with_input(k);
    int64_t start[5 * CHANNELS], length[5];
    series_read(file, "exact/stuck_at/start", FRAY_H5_I64, start, FRAY_COUNT(start));
    series_read(file, "exact/stuck_at/length", FRAY_H5_I64, length, FRAY_COUNT(length));
    series_read(file, "exact/stuck_at/out", FRAY_H5_F32, want, 5 * 2 * SERIES_SIZE);
    for (size_t s = 0; s < 5; s++)
      for (size_t w = 0; w < 2; w++) {
        struct fray_signal x = window(w);
        assert_int_equal((int64_t)floor(shares[s] * STEPS), length[s]);
        for (size_t c = 0; c < CHANNELS; c++)
          fray_channel_hold(&x, c, (size_t)start[s * CHANNELS + c], (size_t)length[s]);
        close_to(&x, s * 2 + w, 0, "stuck_at");
      }
    fray_h5_close(file, NULL);
  }
}

/* Kinds that draw nothing, as a whole. */
static void what_draws_nothing(void **state) {
  (void)state;
  static const struct {
    const char *keys, *path;
    size_t n;
    double tolerance;
  } cases[] = {
      {"{kind: sensor_saturation, about: mean", "exact/saturation/out", 6, 1e-5},
      {"{kind: sensor_saturation", "exact/saturation/out_zero", 6, 1e-5},
      {"{kind: sensor_quantisation", "exact/quantise/out_tsaug", 2, 1e-5},
      {"{kind: sample_rate", "exact/sample_rate/hold", 2, 1e-5},
      {"{kind: sample_rate, between: linear", "exact/sample_rate/linear", 2, 1e-5},
  };
  for (size_t k = 0; k < series_folders(); k++) {
    fray_h5 file = open_with_input(k);
    for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
      series_read(file, cases[i].path, FRAY_H5_F32, want, 5 * cases[i].n * SERIES_SIZE);
      for (size_t s = 0; s < 5; s++)
        for (size_t w = 0; w < cases[i].n; w++) {
          struct fray_signal x = window(w);
          char yaml[128];
          snprintf(yaml, sizeof yaml, "%s, severity: %zu}", cases[i].keys, s + 1);
          series_apply(yaml, &x, 0);
          close_to(&x, s * cases[i].n + w, cases[i].tolerance, cases[i].path);
        }
    }
    fray_h5_close(file, NULL);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(offset_and_drift),   cmocka_unit_test(mains),
      cmocka_unit_test(magnitude_warp),     cmocka_unit_test(clock_of_all_channels),
      cmocka_unit_test(rotation),           cmocka_unit_test(axis_swap),
      cmocka_unit_test(permutation),        cmocka_unit_test(stuck_at),
      cmocka_unit_test(what_draws_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
