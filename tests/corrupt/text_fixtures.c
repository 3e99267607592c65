/* Reading of fixtures of texts, and one call of a kind on a text. */
#include "text_fixtures.h"

#include "corrupt/scope/scope.h"
#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/h5/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BESIDE FRAY_SOURCE_DIR "/tests/fixtures/corruptions"
enum { MOST_ROWS = 100, FOLDERS = 2, MOST_BYTES = 4096 };

struct row {
  char kind[32], table[64], statistic[40];
  size_t severity, n_test;
  double lo, hi;
  bool met;
};
static struct row row[FOLDERS][MOST_ROWS];
static size_t n_rows[FOLDERS];

size_t text_folders(void) {
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

const char **text_read(size_t k, const char *path, size_t *n) {
  static struct fray_arena arena; /* of the program */
  fray_h5 file = -1;
  const char **texts;
  struct fray_err err = {0};
  if (fray_h5_open(path_in(k, "text.h5", "text.h5"), &file, &err) != FRAY_OK ||
      fray_h5_read_texts(file, path, &arena, &texts, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  fray_h5_close(file, NULL);
  return texts;
}

static void read_rows(size_t k) {
  static const char *const names[] = {"modality",  "kind",   "table", "severity",
                                      "statistic", "n_test", "lo",    "hi"};
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  struct fray_csv csv;
  struct fray_err err = {0};
  size_t column[FRAY_COUNT(names)];
  if (fray_file_read(path_in(k, "text_stats.csv", "stats.csv"), 1 << 20, &text, &err) != FRAY_OK ||
      fray_csv_parse("stats.csv", text.data, text.size, NULL, &arena, &csv, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t c = 0; c < FRAY_COUNT(names); c++)
    assert_int_equal(fray_csv_need(&csv, names[c], &column[c], &err), FRAY_OK);
  for (size_t r = 0; r < csv.n_rows; r++) {
    char field[FRAY_COUNT(names)][64]; /* fray_csv_at may give its own buffer again */
    for (size_t c = 0; c < FRAY_COUNT(names); c++)
      snprintf(field[c], sizeof field[c], "%s", fray_csv_at(&csv, r, column[c]));
    if (strcmp(field[0], "text") != 0)
      continue;
    assert_true(n_rows[k] < MOST_ROWS);
    struct row *to = &row[k][n_rows[k]++];
    snprintf(to->kind, sizeof to->kind, "%.31s", field[1]);
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

size_t text_meets(const char *kind, const char *table, size_t severity, const char *statistic,
                  double value) {
  size_t n_test = 0;
  for (size_t k = 0; k < text_folders(); k++) {
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

void text_met(const char *kind, size_t *met, size_t *all) {
  *met = *all = 0;
  for (size_t r = 0; r < n_rows[0]; r++)
    if (strcmp(row[0][r].kind, kind) == 0) {
      ++*all;
      *met += row[0][r].met;
    }
}

/* Thousands of draws of one entry read it once. */
static const struct fray_corruption_config *entry_of(const char *yaml) {
  static struct fray_arena arena;
  static char last[256];
  static struct fray_corruption_config entry;
  struct fray_err err = {0};
  if (strcmp(last, yaml) != 0) {
    struct fray_node *node = NULL;
    if (fray_yaml_parse(yaml, "t.yaml", &arena, &node, &err) != FRAY_OK ||
        fray_schema_read(&fray_corruption_table, node, "", &entry, &arena, &err) != FRAY_OK)
      fail_msg("%s: %s", yaml, err.text);
    snprintf(last, sizeof last, "%s", yaml);
  }
  return &entry;
}

size_t text_longest(const char *yaml, size_t length) {
  const struct fray_corruption_config *entry = entry_of(yaml);
  const struct fray_signal_ops *ops = fray_corruption_ops_of(entry)->signal;
  return ops->longest ? ops->longest(entry->kind.params, length) : length;
}

const char *text_apply(const char *yaml, const char *text, uint64_t draw, size_t *size) {
  return text_apply_in(text_longest(yaml, strlen(text)), yaml, text, draw, size);
}

const char *text_apply_in(size_t room, const char *yaml, const char *text, uint64_t draw,
                          size_t *size) {
  static struct fray_arena scratch;
  static char kept[8][MOST_BYTES];
  static size_t turn;
  const struct fray_corruption_config *entry = entry_of(yaml);
  const struct fray_signal_ops *ops = fray_corruption_ops_of(entry)->signal;
  struct fray_signal x = {.kind = FRAY_TEXT, .length = strlen(text), .channels = 1};
  const bool level = fray_corruption_by_severity(entry);
  const double strength = level           ? ops->levels->level[entry->severity - 1]
                          : ops->strength ? ops->strength(entry->kind.params)
                                          : 1;
  struct fray_place place = {
      .rng = fray_rng_for(5, "test/fixture", draw, 0, 0), .scratch = &scratch, .end = 1};
  struct fray_err err = {0};
  x.text = kept[turn++ % FRAY_COUNT(kept)];
  x.capacity = room;
  assert_true(FRAY_MAX(x.capacity, x.length) < MOST_BYTES);
  memcpy(x.text, text, x.length);
  const struct fray_arena_place mark = fray_arena_mark(&scratch);
  if (ops->apply(entry->kind.params, strength, &x, &place, &err) != FRAY_OK)
    fail_msg("%s: %s", yaml, err.text);
  fray_arena_rewind(&scratch, mark);
  assert_true(x.length >= 1 && x.length <= x.capacity);
  x.text[x.length] = '\0';
  if (size)
    *size = x.length;
  return x.text;
}

void text_equals(const char *yaml, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "exact/%s", name);
  for (size_t k = 0; k < text_folders(); k++) {
    size_t n, m;
    const char **input = text_read(k, "input/sentences", &n), **output = text_read(k, path, &m);
    assert_int_equal(n, m);
    assert_int_equal(n, 30);
    for (size_t s = 0; s < n; s++) {
      const char *got = text_apply(yaml, input[s], s, NULL);
      if (strcmp(got, output[s]) != 0)
        fail_msg("%s: \"%s\" becomes \"%s\", not \"%s\"", yaml, input[s], got, output[s]);
    }
  }
}

size_t text_distance(const char *a, const char *b, int neighbours) {
  static size_t d[64][64];
  const size_t n = strlen(a), m = strlen(b);
  assert_true(n < 64 && m < 64);
  for (size_t i = 0; i <= n; i++)
    for (size_t j = 0; j <= m; j++) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      d[i][j] = FRAY_MIN(d[i][j], FRAY_MIN(d[i - 1][j], d[i][j - 1]) + 1);
      if (neighbours && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = FRAY_MIN(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[n][m];
}
