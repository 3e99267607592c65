/* Reading of fixtures of series and features, and one call of a kind on a window. */
#include "series_fixtures.h"

#include "collection.h"

#include "corrupt/scope/scope.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct collection_rows rows = {.beside = "series_stats.csv", .media = {"series", "feature"}};

size_t series_folders(void) {
  return collection_folders();
}

fray_h5 series_open(size_t k) {
  fray_h5 file = -1;
  struct fray_err err = {0};
  if (fray_h5_open(collection_path(k, "series.h5", "series.h5"), &file, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return file;
}

void series_read(fray_h5 file, const char *path, enum fray_h5_type type, void *out, size_t n) {
  struct fray_err err = {0};
  if (fray_h5_read(file, path, type, out, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

size_t series_meets(const char *kind, const char *table, size_t severity, const char *statistic,
                    double value) {
  return collection_meets(&rows, kind, table, severity, statistic, value);
}

void series_met(const char *kind, size_t *met, size_t *all) {
  collection_met(&rows, kind, met, all);
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
