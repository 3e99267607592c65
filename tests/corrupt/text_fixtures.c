/* Reading of fixtures of texts, and one call of a kind on a text. */
#include "text_fixtures.h"

#include "collection.h"

#include "corrupt/scope/scope.h"
#include "fray/base/size.h"
#include "fray/h5/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 4096 };
static struct collection_rows rows = {.beside = "text_stats.csv", .media = {"text"}};

size_t text_folders(void) {
  return collection_folders();
}

const char **text_read(size_t k, const char *path, size_t *n) {
  static struct fray_arena arena; /* of the program */
  fray_h5 file = -1;
  const char **texts = NULL;
  struct fray_err err = {0};
  if (fray_h5_open(collection_path(k, "text.h5", "text.h5"), &file, &err) != FRAY_OK ||
      fray_h5_read_texts(file, path, &arena, &texts, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  fray_h5_close(file, NULL);
  return texts;
}

size_t text_meets(const char *kind, const char *table, size_t severity, const char *statistic,
                  double value) {
  return collection_meets(&rows, kind, table, severity, statistic, value);
}

void text_met(const char *kind, size_t *met, size_t *all) {
  collection_met(&rows, kind, met, all);
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
