/* Random kinds of pictures in the mean over many draws: bounds that published code gave, and closed
 * forms of every grey level. One program for each kind, so that they run side by side.
 * tests/fixtures/corruptions/README.md */
#include "corrupt/image/tools/plasma.h"
#include "corrupt/scope/scope.h"
#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "picture_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Pictures of 64 pixels stand for large ones in the collection. */
static const struct set {
  const char *table, *input;
  size_t n, side, channels;
} sets[] = {{"mnist28", "input/gray28", 4, 28, 1},
            {"cifar32", "input/rgb32", 8, 32, 3},
            {"tiny64", "input/rgb64", 4, 64, 3},
            {"imagenet224", "input/rgb64", 4, 64, 3}};

struct row {
  const char *table, *parameter, *statistic;
  size_t severity, n_test;
  double lo, hi;
  bool met;
};
struct rows {
  struct fray_arena arena;
  struct row *row;
  size_t n;
};

/* Rows of this program's kind, of the part beside the tests or of the whole collection. */
static void read_rows(bool whole, struct rows *out) {
  static const char *const names[] = {"table",  "parameter", "statistic", "severity",
                                      "n_test", "lo",        "hi",        "kind"};
  struct fray_text text = {0};
  struct fray_csv csv;
  struct fray_err err = {0};
  size_t column[FRAY_COUNT(names)];
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", whole ? getenv("FRAY_FIXTURES") : FRAY_SOURCE_DIR,
           whole ? "corruptions/stats.csv" : "tests/fixtures/corruptions/picture_stats.csv");
  *out = (struct rows){0};
  if (fray_file_read(path, 1 << 22, &text, &err) != FRAY_OK ||
      fray_csv_parse(path, text.data, text.size, NULL, &out->arena, &csv, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t k = 0; k < FRAY_COUNT(names); k++)
    assert_int_equal(fray_csv_need(&csv, names[k], &column[k], &err), FRAY_OK);
  out->row = fray_arena_alloc(&out->arena, csv.n_rows, sizeof *out->row);
  assert_non_null(out->row);
  for (size_t r = 0; r < csv.n_rows; r++) {
    const char *field[FRAY_COUNT(names)];
    for (size_t k = 0; k < FRAY_COUNT(names); k++)
      field[k] = fray_arena_strdup(&out->arena, fray_csv_at(&csv, r, column[k]));
    if (strcmp(field[7], KIND) == 0)
      out->row[out->n++] = (struct row){field[0],
                                        field[1],
                                        field[2],
                                        strtoul(field[3], NULL, 10),
                                        strtoul(field[4], NULL, 10),
                                        strtod(field[5], NULL),
                                        strtod(field[6], NULL),
                                        false};
  }
  fray_text_free(&text);
}

static void meet(struct rows *rows, const char *table, const char *parameter, size_t severity,
                 const char *statistic, size_t n_test, double value) {
  for (size_t r = 0; r < rows->n; r++) {
    struct row *row = &rows->row[r];
    if (strcmp(row->table, table) != 0 || row->severity != severity ||
        strcmp(row->statistic, statistic) != 0 ||
        (parameter && strcmp(row->parameter, parameter) != 0))
      continue;
    assert_int_equal(row->n_test, n_test);
    if (!(value >= row->lo && value <= row->hi))
      fail_msg("%s %s severity %zu: %s is %g, not in %g .. %g", KIND, table, severity, statistic,
               value, row->lo, row->hi);
    row->met = true;
  }
}

enum { N_TEST = 2000, MOST = 64 * 64 * 3 };
struct sums {
  double mean_abs, rms, shift, changed;
};

static struct sums damage(const struct set *set, const float *input, size_t severity) {
  static float x[MOST];
  const size_t n = set->side * set->side * set->channels;
  const double *more, strength = picture_level(KIND, set->table, severity - 1, &more);
  struct fray_arena scratch = {0};
  struct sums sums = {0};
  for (size_t draw = 0; draw < N_TEST; draw++) {
    const float *from = input + draw % set->n * n;
    struct fray_signal image = {.kind = FRAY_IMAGE,
                                .x = x,
                                .length = 1,
                                .channels = set->channels,
                                .height = set->side,
                                .width = set->side};
    struct fray_place place = {
        .rng = fray_rng_for(6, "test/" KIND, draw, severity, n), .scratch = &scratch, .more = more};
    struct fray_err err = {0};
    double far = 0, squares = 0, shift = 0, changed = 0;
    memcpy(x, from, n * sizeof *x);
    if (picture_ops(KIND)->apply(NULL, strength, &image, &place, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    for (size_t i = 0; i < n; i++) {
      const double d = (double)x[i] - (double)from[i];
      far += fabs(d);
      squares += d * d;
      shift += d;
      changed += x[i] != from[i];
    }
    sums.mean_abs += far / (double)n / N_TEST;
    sums.rms += sqrt(squares / (double)n) / N_TEST;
    sums.shift += shift / (double)n / N_TEST;
    sums.changed += changed / (double)n / N_TEST;
    fray_arena_reset(&scratch);
  }
  fray_arena_free(&scratch);
  return sums;
}

/* 2000 draws, spread evenly over the pictures, as the collection asks. */
static void means_lie_within_the_published_bounds(void **state) {
  (void)state;
  static float input[8 * MOST];
  const bool whole = getenv("FRAY_FIXTURES") != NULL;
  struct rows rows[2];
  const fray_h5 file = picture_fixtures_open("corruptions/picture_optics.h5", false);
  for (int k = 0; k <= whole; k++)
    read_rows(k, &rows[k]);
  for (size_t t = 0; t < FRAY_COUNT(sets); t++) {
    const struct set *set = &sets[t];
    const size_t n = set->n * set->side * set->side * set->channels;
    struct fray_err err = {0};
    static int32_t bytes[8 * MOST];
    assert_int_equal(fray_h5_read(file, set->input, FRAY_H5_I32, bytes, n, &err), FRAY_OK);
    for (size_t i = 0; i < n; i++)
      input[i] = (float)bytes[i] / 255.0f;
    for (size_t severity = 1; severity <= 5; severity++) {
      bool asked = false;
      for (size_t r = 0; r < rows[0].n; r++)
        asked |= strcmp(rows[0].row[r].table, set->table) == 0;
      if (!asked)
        continue;
      const struct sums s = damage(set, input, severity);
      for (int k = 0; k <= whole; k++) {
        meet(&rows[k], set->table, NULL, severity, "mean_abs", N_TEST, s.mean_abs);
        meet(&rows[k], set->table, NULL, severity, "rms", N_TEST, s.rms);
        meet(&rows[k], set->table, NULL, severity, "mean_shift", N_TEST, s.shift);
        meet(&rows[k], set->table, NULL, severity, "changed", N_TEST, s.changed);
      }
    }
  }
  for (int k = 0; k <= whole; k++) {
    size_t met = 0;
    for (size_t r = 0; r < rows[k].n; r++) {
      const struct row *row = &rows[k].row[r];
      met += row->met;
      if (!row->met && strncmp(row->table, "plasma", 6) != 0)
        fail_msg("%s %s severity %zu: %s was not looked at", KIND, row->table, row->severity,
                 row->statistic);
    }
    assert_true(met >= 12);
    fray_arena_free(&rows[k].arena);
  }
  fray_h5_close(file, NULL);
}

/* Mean, deviation and steps between neighbouring rows of the clouds alone, by side and decay. */
static void plasma_is_as_rough_as_the_published_one(void **state) {
  (void)state;
  enum { MAPS = 400, SIDE = 256 };
  static const double decays[] = {3, 2.5, 2, 1.75, 1.7, 1.5, 1.4};
  static float map[SIDE * SIDE];
  struct rows rows;
  size_t met = 0;
  if (strcmp(KIND, "fog") != 0)
    skip();
  read_rows(false, &rows);
  for (size_t side = 32; side <= SIDE; side *= side == 64 ? 4 : 2)
    for (size_t k = 0; k < FRAY_COUNT(decays); k++) {
      double mean = 0, sd = 0, step = 0;
      for (size_t draw = 0; draw < MAPS; draw++) {
        struct fray_rng rng = fray_rng_for(6, "test/plasma", draw, k, side);
        double sum = 0, squares = 0, far = 0;
        const size_t n = side * side;
        fray_plasma(&rng, side, decays[k], map);
        for (size_t i = 0; i < n; i++) {
          sum += (double)map[i];
          squares += (double)map[i] * (double)map[i];
          far += fabs((double)map[i] - (double)map[(i + side) % n]);
        }
        mean += sum / (double)n / MAPS;
        sd += sqrt(squares / (double)n - sum / (double)n * (sum / (double)n)) / MAPS;
        step += far / (double)n / MAPS;
      }
      char table[32], parameter[32];
      snprintf(table, sizeof table, "plasma %zu", side);
      snprintf(parameter, sizeof parameter, "decay %g", decays[k]);
      meet(&rows, table, parameter, 0, "map_mean", MAPS, mean);
      meet(&rows, table, parameter, 0, "map_sd", MAPS, sd);
      meet(&rows, table, parameter, 0, "map_step", MAPS, step);
    }
  for (size_t r = 0; r < rows.n; r++)
    met += rows.row[r].met;
  assert_int_equal(met, 3 * FRAY_COUNT(decays) * 3);
  fray_arena_free(&rows.arena);
}

/* Clipping bends mean and deviation at the ends, so each grey level has its own: the mean of 20,000
 * draws within 5 standard errors, the deviation within 3 %, or what a few rare hits leave open. */
static void grey_levels_have_the_mean_and_deviation_of_theory(void **state) {
  (void)state;
  enum { DRAWS = 20000 };
  static float x[DRAWS], mean[5 * 256], sd[5 * 256];
  const fray_h5 file = picture_fixtures_open("corruptions/picture_optics.h5", false);
  struct fray_arena scratch = {0};
  if (!fray_h5_has(file, "theory/" KIND))
    skip();
  for (size_t t = 0; t < FRAY_COUNT(sets); t++) {
    struct fray_err err = {0};
    char path[128];
    snprintf(path, sizeof path, "theory/%s/%s/mean", KIND, sets[t].table);
    assert_int_equal(fray_h5_read(file, path, FRAY_H5_F32, mean, 5 * 256, &err), FRAY_OK);
    snprintf(path, sizeof path, "theory/%s/%s/sd", KIND, sets[t].table);
    assert_int_equal(fray_h5_read(file, path, FRAY_H5_F32, sd, 5 * 256, &err), FRAY_OK);
    for (size_t severity = 0; severity < 5; severity++)
      for (size_t v = 0; v < 256; v += 15) {
        const double *more, strength = picture_level(KIND, sets[t].table, severity, &more);
        struct fray_signal image = {
            .kind = FRAY_IMAGE, .x = x, .length = 1, .channels = 1, .height = 1, .width = DRAWS};
        struct fray_place place = {.rng = fray_rng_for(6, "test/theory", severity, v, t),
                                   .scratch = &scratch};
        double sum = 0, squares = 0;
        for (size_t i = 0; i < DRAWS; i++)
          x[i] = (float)v / 255.0f;
        assert_int_equal(picture_ops(KIND)->apply(NULL, strength, &image, &place, &err), FRAY_OK);
        for (size_t i = 0; i < DRAWS; i++)
          sum += (double)x[i];
        for (size_t i = 0; i < DRAWS; i++)
          squares += ((double)x[i] - sum / DRAWS) * ((double)x[i] - sum / DRAWS);
        const double want = (double)mean[severity * 256 + v];
        const double spread = (double)sd[severity * 256 + v];
        if (!(fabs(sum / DRAWS - want) <= 5 * spread / sqrt((double)DRAWS) + 1e-7))
          fail_msg("%s %s severity %zu level %zu: mean %g, not %g", KIND, sets[t].table,
                   severity + 1, v, sum / DRAWS, want);
        /* A variance of rare hits is known to 1 / sqrt(hits); 200 hits of .01. */
        const double slack = strcmp(KIND, "impulse_noise") == 0 ? 0.25 : 0.03;
        assert_true(fabs(sqrt(squares / DRAWS) - spread) <= slack * spread + 1e-7);
      }
  }
  fray_h5_close(file, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(means_lie_within_the_published_bounds),
      cmocka_unit_test(plasma_is_as_rough_as_the_published_one),
      cmocka_unit_test(grey_levels_have_the_mean_and_deviation_of_theory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
