/* Reading of bounds for labels and presence, beside the tests and in the whole collection. */
#include "label_rows.h"

#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_ROWS = 200, FOLDERS = 2 };
struct row {
  char kind[32], table[64], statistic[40];
  size_t severity;
  double lo, hi;
  bool met;
};
static struct row row[FOLDERS][MOST_ROWS];
static size_t n_rows[FOLDERS];

static void take_row(size_t k, const struct fray_csv *csv, const size_t *column, size_t r) {
  const char *medium = fray_csv_at(csv, r, column[0]);
  if (strcmp(medium, "label") != 0 && strcmp(medium, "modality") != 0)
    return;
  assert_true(n_rows[k] < MOST_ROWS);
  struct row *to = &row[k][n_rows[k]++];
  snprintf(to->kind, sizeof to->kind, "%s", fray_csv_at(csv, r, column[1]));
  snprintf(to->table, sizeof to->table, "%s", fray_csv_at(csv, r, column[2]));
  to->severity = strtoul(fray_csv_at(csv, r, column[3]), NULL, 10);
  snprintf(to->statistic, sizeof to->statistic, "%s", fray_csv_at(csv, r, column[4]));
  to->lo = strtod(fray_csv_at(csv, r, column[5]), NULL);
  to->hi = strtod(fray_csv_at(csv, r, column[6]), NULL);
}

static void read_rows(size_t k) {
  static const char *const names[] = {"modality",  "kind", "table", "severity",
                                      "statistic", "lo",   "hi"};
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  struct fray_csv csv;
  struct fray_err err = {0};
  char path[4096];
  size_t column[FRAY_COUNT(names)];
  snprintf(path, sizeof path, "%s/%s",
           k ? getenv("FRAY_FIXTURES") : FRAY_SOURCE_DIR "/tests/fixtures/corruptions",
           k ? "corruptions/stats.csv" : "labels_stats.csv");
  if (fray_file_read(path, 1 << 20, &text, &err) != FRAY_OK ||
      fray_csv_parse("stats.csv", text.data, text.size, NULL, &arena, &csv, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t c = 0; c < FRAY_COUNT(names); c++)
    assert_int_equal(fray_csv_need(&csv, names[c], &column[c], &err), FRAY_OK);
  for (size_t r = 0; r < csv.n_rows; r++)
    take_row(k, &csv, column, r);
  fray_text_free(&text);
  fray_arena_free(&arena);
}

/* Bounds are printed with seven digits: those of a number without variance hold within them. */
void rows_meet(const char *kind, const char *table, size_t severity, const char *statistic,
               double value) {
  static bool said;
  const size_t folders = getenv("FRAY_FIXTURES") ? FOLDERS : 1;
  if (!said && folders == 1)
    puts("FRAY_FIXTURES is not set: only the bounds beside the tests are read");
  said = true;
  for (size_t k = 0; k < folders; k++) {
    size_t found = 0;
    if (!n_rows[k])
      read_rows(k);
    for (size_t r = 0; r < n_rows[k]; r++) {
      struct row *want = &row[k][r];
      if (strcmp(want->kind, kind) != 0 || strcmp(want->table, table) != 0 ||
          want->severity != severity || strcmp(want->statistic, statistic) != 0)
        continue;
      if (!(value >= want->lo - 1e-7 && value <= want->hi + 1e-7))
        fail_msg("%s %s %zu %s: %.9g is not in %.9g .. %.9g", kind, table, severity, statistic,
                 value, want->lo, want->hi);
      want->met = true;
      found++;
    }
    if (found != 1)
      fail_msg("%zu rows for %s %s %zu %s", found, kind, table, severity, statistic);
  }
}

size_t rows_met(const char *kind) {
  size_t met = 0;
  for (size_t r = 0; r < n_rows[0]; r++)
    met += strcmp(row[0][r].kind, kind) == 0 && row[0][r].met;
  return met;
}
