/* Reading of the collection's folders and of its bounds. */
#include "collection.h"

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

size_t collection_folders(void) {
  static bool said;
  const char *all = getenv("FRAY_FIXTURES");
  if (!said && !all)
    puts("FRAY_FIXTURES is not set: only the files beside the tests are read");
  said = true;
  return all ? COLLECTION_FOLDERS : 1;
}

const char *collection_path(size_t k, const char *beside, const char *whole) {
  static char path[4096];
  if (k == 0)
    snprintf(path, sizeof path, "%s/tests/fixtures/corruptions/%s", FRAY_SOURCE_DIR, beside);
  else
    snprintf(path, sizeof path, "%s/corruptions/%s", getenv("FRAY_FIXTURES"), whole);
  return path;
}

enum { MEDIUM, KIND, TABLE, SEVERITY, STATISTIC, N_TEST, LO, HI, COLUMNS };

static void take_row(struct collection_rows *rows, size_t k, const struct fray_csv *csv,
                     const size_t *column, size_t r) {
  char field[COLUMNS][64]; /* fray_csv_at may give its own buffer again */
  for (size_t c = 0; c < COLUMNS; c++)
    snprintf(field[c], sizeof field[c], "%s", fray_csv_at(csv, r, column[c]));
  if (strcmp(field[MEDIUM], rows->media[0]) != 0 &&
      (!rows->media[1] || strcmp(field[MEDIUM], rows->media[1]) != 0))
    return;
  assert_true(rows->n[k] < COLLECTION_ROWS);
  struct collection_row *to = &rows->row[k][rows->n[k]++];
  /* Features say so: dropout is a kind of series as well. */
  snprintf(to->kind, sizeof to->kind, "%s%.20s",
           strcmp(field[MEDIUM], "feature") == 0 ? "feature_" : "", field[KIND]);
  snprintf(to->table, sizeof to->table, "%s", field[TABLE]);
  snprintf(to->statistic, sizeof to->statistic, "%.39s", field[STATISTIC]);
  to->severity = strtoul(field[SEVERITY], NULL, 10);
  to->n_test = strtoul(field[N_TEST], NULL, 10);
  to->lo = strtod(field[LO], NULL);
  to->hi = strtod(field[HI], NULL);
}

static void read_rows(struct collection_rows *rows, size_t k) {
  static const char *const names[COLUMNS] = {"modality",  "kind",   "table", "severity",
                                             "statistic", "n_test", "lo",    "hi"};
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  struct fray_csv csv;
  struct fray_err err = {0};
  size_t column[COLUMNS];
  if (fray_file_read(collection_path(k, rows->beside, "stats.csv"), 1 << 20, &text, &err) !=
          FRAY_OK ||
      fray_csv_parse("stats.csv", text.data, text.size, NULL, &arena, &csv, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t c = 0; c < COLUMNS; c++)
    assert_int_equal(fray_csv_need(&csv, names[c], &column[c], &err), FRAY_OK);
  for (size_t r = 0; r < csv.n_rows; r++)
    take_row(rows, k, &csv, column, r);
  fray_text_free(&text);
  fray_arena_free(&arena);
}

size_t collection_meets(struct collection_rows *rows, const char *kind, const char *table,
                        size_t severity, const char *statistic, double value) {
  size_t n_test = 0;
  for (size_t k = 0; k < collection_folders(); k++) {
    size_t found = 0;
    if (!rows->n[k])
      read_rows(rows, k);
    for (size_t r = 0; r < rows->n[k]; r++) {
      struct collection_row *want = &rows->row[k][r];
      if (strcmp(want->kind, kind) != 0 || strcmp(want->table, table) != 0 ||
          want->severity != severity || strcmp(want->statistic, statistic) != 0)
        continue;
      if (!(value >= want->lo - rows->slack && value <= want->hi + rows->slack))
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

void collection_met(const struct collection_rows *rows, const char *kind, size_t *met,
                    size_t *all) {
  *met = *all = 0;
  for (size_t r = 0; r < rows->n[0]; r++)
    if (strcmp(rows->row[0][r].kind, kind) == 0) {
      ++*all;
      *met += rows->row[0][r].met;
    }
}
