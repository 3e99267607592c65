/* Reading of fixtures of sound, and one call of a kind on a clip. */
#include "audio_fixtures.h"

#include "collection.h"

#include "corrupt/scope/scope.h"
#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_BESIDE = 400, SHOWN_WHOLE = 1600 };

size_t audio_folders(void) {
  return collection_folders();
}

size_t audio_shown(size_t k) {
  return k ? SHOWN_WHOLE : SHOWN_BESIDE;
}

static fray_h5 open_at(const char *path) {
  fray_h5 file = -1;
  struct fray_err err = {0};
  if (fray_h5_open(path, &file, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return file;
}

fray_h5 audio_open(size_t k) {
  return open_at(collection_path(k, "audio.h5", "audio.h5"));
}

void audio_read(fray_h5 file, const char *path, enum fray_h5_type type, void *out, size_t n) {
  struct fray_err err = {0};
  if (fray_h5_read(file, path, type, out, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

/* They lie in signals.h5 already. */
const float *audio_clips(void) {
  static float clips[CLIPS * RATE];
  static bool read;
  if (!read) {
    fray_h5 file = open_at(collection_path(0, "signals.h5", ""));
    audio_read(file, "input/clips", FRAY_H5_F32, clips, FRAY_COUNT(clips));
    fray_h5_close(file, NULL);
  }
  read = true;
  return clips;
}

struct fray_signal audio_sound(float *x, size_t n) {
  return (struct fray_signal){
      .kind = FRAY_AUDIO, .x = x, .length = n, .capacity = n, .channels = 1, .rate = RATE};
}

void audio_apply(const char *yaml, struct fray_signal *x, uint64_t draw) {
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
  struct fray_place place = {
      .rng = fray_rng_for(5, "test/fixture", draw, 0, 0), .scratch = &scratch, .end = 1};
  const double strength = ops->strength ? ops->strength(entry.kind.params) : 1;
  const struct fray_arena_place mark = fray_arena_mark(&scratch);
  if (ops->apply(entry.kind.params, strength, x, &place, &err) != FRAY_OK)
    fail_msg("%s: %s", yaml, err.text);
  fray_arena_rewind(&scratch, mark);
}

/* A summary of a whole clip, whose samples are kept in part: rms, or the mean distance. */
static void summary_is(fray_h5 file, const char *path, const char *what, size_t levels, size_t at,
                       double value) {
  double all[LEVELS * CLIPS];
  char name[128];
  snprintf(name, sizeof name, "%s_%s", path, what);
  audio_read(file, name, FRAY_H5_F64, all, levels * CLIPS);
  if (!(fabs(value - all[at]) <= 1e-3 * all[at] + 2e-7))
    fail_msg("%s %zu: %g, not %g", name, at, value, all[at]);
}

void audio_is(const char *group, const char *name, size_t levels, size_t s, size_t c,
              const float *whole, double tolerance) {
  static float out[LEVELS * CLIPS * SHOWN_WHOLE];
  double squares = 0, far = 0;
  char path[96];
  snprintf(path, sizeof path, "%s/%s", group, name);
  for (size_t i = 0; i < RATE; i++) {
    squares += (double)whole[i] * (double)whole[i];
    far += fabs((double)whole[i] - (double)audio_clips()[c * RATE + i]);
  }
  for (size_t k = 0; k < audio_folders(); k++) {
    const size_t shown = audio_shown(k);
    fray_h5 file = audio_open(k);
    audio_read(file, path, FRAY_H5_F32, out, levels * CLIPS * shown);
    for (size_t i = 0; i < shown; i++) {
      const double want = (double)out[(s * CLIPS + c) * shown + i], got = (double)whole[FROM + i];
      if (!(fabs(got - want) <= tolerance))
        fail_msg("%s: severity %zu, clip %zu, sample %zu: %.9g, not %.9g", path, s + 1, c, FROM + i,
                 got, want);
    }
    summary_is(file, path, "rms", levels, s * CLIPS + c, sqrt(squares / RATE));
    summary_is(file, path, "mean_abs", levels, s * CLIPS + c, far / RATE);
    fray_h5_close(file, NULL);
  }
}

/* lo, hi = m -+ 4 sd sqrt(1 / n_draws + 1 / n_test) -+ a floor: the middle and the floor follow. */
static void check_bounds(const double v[6], const char *what, double value, size_t n) {
  const double mean = v[0], sd = v[1], draws = v[2], n_test = v[3];
  const double floor_of = (v[5] - v[4]) / 2 - 4 * sd * sqrt(1 / draws + 1 / n_test);
  const double wide = 4 * sd * sqrt(1 / draws + 1 / (double)n) + floor_of;
  if (!(fabs(value - mean) <= wide))
    fail_msg("%s: %.9g is not in %.9g -+ %.9g", what, value, mean, wide);
}

void audio_meets(const char *kind, const char *table, size_t severity, const char *statistic,
                 double value, size_t n) {
  static const char *const names[] = {"kind",        "table",   "severity", "statistic", "mean",
                                      "sd_per_draw", "n_draws", "n_test",   "lo",        "hi"};
  for (size_t k = 0; k < audio_folders(); k++) {
    struct fray_arena arena = {0};
    struct fray_text text = {0};
    struct fray_csv csv;
    struct fray_err err = {0};
    size_t column[FRAY_COUNT(names)], found = 0;
    if (fray_file_read(collection_path(k, "audio_stats.csv", "stats.csv"), 1 << 20, &text, &err) !=
            FRAY_OK ||
        fray_csv_parse("stats.csv", text.data, text.size, NULL, &arena, &csv, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    for (size_t c = 0; c < FRAY_COUNT(names); c++)
      assert_int_equal(fray_csv_need(&csv, names[c], &column[c], &err), FRAY_OK);
    for (size_t r = 0; r < csv.n_rows; r++) {
      double v[6];
      if (strcmp(fray_csv_at(&csv, r, column[0]), kind) != 0 ||
          strcmp(fray_csv_at(&csv, r, column[1]), table) != 0 ||
          strtoul(fray_csv_at(&csv, r, column[2]), NULL, 10) != severity ||
          strcmp(fray_csv_at(&csv, r, column[3]), statistic) != 0)
        continue;
      for (size_t c = 0; c < 6; c++)
        v[c] = strtod(fray_csv_at(&csv, r, column[4 + c]), NULL);
      check_bounds(v, kind, value, n);
      found++;
    }
    if (found != 1)
      fail_msg("%s %s %zu %s: %zu rows", kind, table, severity, statistic, found);
    fray_text_free(&text);
    fray_arena_free(&arena);
  }
}
