/* Reading of fixtures of series and features, and one call of a kind on a window. */
#include "series_fixtures.h"

#include "corrupt/scope/scope.h"
#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BESIDE FRAY_SOURCE_DIR "/tests/fixtures/corruptions"
enum { MOST_ROWS = 400, FOLDERS = 2 };

struct row {
  char kind[32], table[64], statistic[40];
  size_t severity, n_test;
  double lo, hi;
  bool met;
};
static struct row row[FOLDERS][MOST_ROWS];
static size_t n_rows[FOLDERS];

size_t series_folders(void) {
  static bool said;
  const char *all = getenv("FRAY_FIXTURES");
  if (!said && !all)
    puts("FRAY_FIXTURES is not set: only the files beside the tests are read");
  said = true;
  return all ? FOLDERS : 1;
}

static const char *path_in(size_t k, const char *beside, const char *whole) {
  static char path[4096];
  if (k == 0)
    snprintf(path, sizeof path, "%s/%s", BESIDE, beside);
  else
    snprintf(path, sizeof path, "%s/corruptions/%s", getenv("FRAY_FIXTURES"), whole);
  return path;
}

fray_h5 series_open(size_t k) {
  fray_h5 file = -1;
  struct fray_err err = {0};
  if (fray_h5_open(path_in(k, "series.h5", "series.h5"), &file, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return file;
}

void series_read(fray_h5 file, const char *path, enum fray_h5_type type, void *out, size_t n) {
  struct fray_err err = {0};
  if (fray_h5_read(file, path, type, out, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static void read_rows(size_t k) {
  static const char *const names[] = {"modality",  "kind",   "table", "severity",
                                      "statistic", "n_test", "lo",    "hi"};
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  struct fray_csv csv;
  struct fray_err err = {0};
  size_t column[FRAY_COUNT(names)];
  if (fray_file_read(path_in(k, "series_stats.csv", "stats.csv"), 1 << 20, &text, &err) !=
          FRAY_OK ||
      fray_csv_parse("stats.csv", text.data, text.size, NULL, &arena, &csv, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t c = 0; c < FRAY_COUNT(names); c++)
    assert_int_equal(fray_csv_need(&csv, names[c], &column[c], &err), FRAY_OK);
  for (size_t r = 0; r < csv.n_rows; r++) {
    char field[FRAY_COUNT(names)][64]; /* fray_csv_at may give its own buffer again */
    for (size_t c = 0; c < FRAY_COUNT(names); c++)
      snprintf(field[c], sizeof field[c], "%s", fray_csv_at(&csv, r, column[c]));
    if (strcmp(field[0], "series") != 0 && strcmp(field[0], "feature") != 0)
      continue;
    assert_true(n_rows[k] < MOST_ROWS);
    struct row *to = &row[k][n_rows[k]++];
    /* Features say so: dropout is a kind of both. */
    snprintf(to->kind, sizeof to->kind, "%s%.20s", *field[0] == 'f' ? "feature_" : "", field[1]);
    snprintf(to->table, sizeof to->table, "%s", field[2]);
    snprintf(to->statistic, sizeof to->statistic, "%.39s", field[4]);
    to->severity = strtoul(field[3], NULL, 10);
    to->n_test = strtoul(field[5], NULL, 10);
    to->lo = strtod(field[6], NULL);
    to->hi = strtod(field[7], NULL);
  }
  fray_text_free(&text);
  fray_arena_free(&arena);
}

size_t series_meets(const char *kind, const char *table, size_t severity, const char *statistic,
                    double value) {
  size_t n_test = 0;
  for (size_t k = 0; k < series_folders(); k++) {
    size_t found = 0;
    if (!n_rows[k])
      read_rows(k);
    for (size_t r = 0; r < n_rows[k]; r++) {
      struct row *want = &row[k][r];
      if (strcmp(want->kind, kind) != 0 || strcmp(want->table, table) != 0 ||
          want->severity != severity || strcmp(want->statistic, statistic) != 0)
        continue;
      if (!(value >= want->lo && value <= want->hi))
        fail_msg("%s %s %zu %s: %.9g is not in %.9g .. %.9g", kind, table, severity, statistic,
                 value, want->lo, want->hi);
      want->met = true;
      n_test = want->n_test;
      found++;
    }
    if (found != 1)
      fail_msg("%s %s %zu %s: %zu rows", kind, table, severity, statistic, found);
  }
  return n_test;
}

void series_met(const char *kind, size_t *met, size_t *all) {
  *met = *all = 0;
  for (size_t r = 0; r < n_rows[0]; r++)
    if (strcmp(row[0][r].kind, kind) == 0) {
      ++*all;
      *met += row[0][r].met;
    }
}

struct fray_signal series_window(float *x) {
  return (struct fray_signal){.kind = FRAY_SERIES,
                              .x = x,
                              .length = STEPS,
                              .capacity = STEPS,
                              .channels = CHANNELS,
                              .rate = 50};
}

void series_apply(const char *yaml, struct fray_signal *x, uint64_t draw) {
  static struct fray_arena arena, scratch;
  static char last[256];
  static struct fray_corruption_config entry;
  struct fray_err err = {0};
  /* Thousands of draws of one entry read it once. */
  if (strcmp(last, yaml) != 0) {
    struct fray_node *node = NULL;
    if (fray_yaml_parse(yaml, "t.yaml", &arena, &node, &err) != FRAY_OK ||
        fray_schema_read(&fray_corruption_table, node, "", &entry, &arena, &err) != FRAY_OK)
      fail_msg("%s: %s", yaml, err.text);
    snprintf(last, sizeof last, "%s", yaml);
  }
  const struct fray_signal_ops *ops = fray_corruption_ops_of(&entry)->signal;
  const bool level = fray_corruption_by_severity(&entry);
  const size_t at = level ? (size_t)entry.severity - 1 : 0;
  struct fray_place place = {
      .rng = fray_rng_for(5, "test/fixture", draw, 0, 0),
      .scratch = &scratch,
      .more = level && ops->levels->more ? ops->levels->more + at * ops->n_more : NULL,
      .end = 1};
  const double strength = level           ? ops->levels->level[at]
                          : ops->strength ? ops->strength(entry.kind.params)
                                          : 1;
  const struct fray_arena_place mark = fray_arena_mark(&scratch);
  if (ops->apply(entry.kind.params, strength, x, &place, &err) != FRAY_OK)
    fail_msg("%s: %s", yaml, err.text);
  fray_arena_rewind(&scratch, mark);
}

double series_mean_abs(const float *x, const float *y) {
  double sum = 0;
  size_t channels = 0;
  for (size_t w = 0; w < SERIES; w++)
    for (size_t c = 0; c < CHANNELS; c++) {
      const float *a = x + w * SERIES_SIZE + c, *b = y + w * SERIES_SIZE + c;
      double mean = 0, squares = 0, far = 0;
      for (size_t t = 0; t < STEPS; t++)
        mean += (double)a[t * CHANNELS] / STEPS;
      for (size_t t = 0; t < STEPS; t++) {
        const double d = (double)a[t * CHANNELS] - mean;
        squares += d * d / STEPS;
        far += fabs((double)b[t * CHANNELS] - (double)a[t * CHANNELS]) / STEPS;
      }
      if (squares <= 1e-12)
        continue;
      sum += far / sqrt(squares);
      channels++;
    }
  return sum / (double)channels;
}
