/* Reading of picture fixtures, and distances in grey levels. */
#include "picture_fixture.h"

#include "corrupt/scope/scope.h"
#include "fray/base/size.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void *room(struct fray_arena *arena, size_t n, size_t size) {
  void *out = fray_arena_zero(arena, n, size);
  assert_non_null(out);
  return out;
}

static float *read_numbers(fray_h5 file, const char *path, size_t n, struct fray_arena *arena) {
  int32_t *whole = room(arena, n, sizeof *whole);
  float *x = room(arena, n, sizeof *x);
  struct fray_err err = {0};
  if (fray_h5_read(file, path, FRAY_H5_I32, whole, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t i = 0; i < n; i++)
    x[i] = (float)whole[i];
  return x;
}

struct picture_outputs picture_outputs_read(fray_h5 file, const char *path,
                                            struct fray_arena *arena) {
  size_t dims[FRAY_H5_MAX_RANK];
  bool text;
  int rank;
  struct fray_err err = {0};
  if (fray_h5_shape(file, path, &rank, dims, &text, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  /* Mirrors and negatives have one output of one picture, without an axis of severities. */
  const bool single = rank == 4 && dims[3] == 3;
  struct picture_outputs out = {.severities = single ? 1 : dims[0],
                                .pictures = single ? dims[0] : dims[1],
                                .height = dims[single ? 1 : 2],
                                .width = dims[single ? 2 : 3],
                                .channels = single || rank == 5 ? 3 : 1};
  snprintf(out.folder, sizeof out.folder, "%.*s", (int)(strrchr(path, '/') - path), path);
  const size_t n = out.severities * out.pictures * out.height * out.width * out.channels;
  out.x = read_numbers(file, path, n, arena);
  float most = 0;
  for (size_t i = 0; i < n; i++)
    most = fmaxf(most, out.x[i]);
  for (size_t i = 0; i < n && most > 255; i++)
    out.x[i] /= 32;
  return out;
}

/* Which inputs the outputs are of: named beside them where a part was taken out; in the collection
 * the last ones of their size, but that 8 and more are all, and 3 of 64 pixels leave out the
 * second. */
static size_t input_of(fray_h5 file, const struct picture_outputs *of, size_t inputs, size_t i) {
  char path[160];
  int32_t images[16];
  struct fray_err err = {0};
  snprintf(path, sizeof path, "%s/images", of->folder);
  if (fray_h5_has(file, path)) {
    assert_int_equal(fray_h5_read(file, path, FRAY_H5_I32, images, of->pictures, &err), FRAY_OK);
    return (size_t)images[i];
  }
  if (of->pictures == 1)
    return 3;
  if (of->pictures == inputs)
    return i;
  if (of->height == 64)
    return of->pictures == 3 && i == 0 ? 0 : inputs - of->pictures + i;
  return 1 + i; /* of draws at 32 pixels */
}

struct fray_signal picture_input(fray_h5 file, const struct picture_outputs *of, size_t i,
                                 struct fray_arena *arena) {
  const size_t n = of->height * of->width * of->channels;
  char path[64];
  size_t dims[FRAY_H5_MAX_RANK];
  bool text;
  int rank;
  struct fray_err err = {0};
  snprintf(path, sizeof path, "input/%s%zu", of->channels == 1 ? "gray" : "rgb", of->height);
  if (fray_h5_shape(file, path, &rank, dims, &text, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  float *x = read_numbers(file, path, dims[0] * n, arena) + input_of(file, of, dims[0], i) * n;
  for (size_t k = 0; k < n; k++)
    x[k] /= 255;
  return (struct fray_signal){.kind = FRAY_IMAGE,
                              .x = x,
                              .length = 1,
                              .capacity = 1,
                              .channels = of->channels,
                              .height = of->height,
                              .width = of->width};
}

static int by_size(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

struct picture_distance picture_compare(const struct fray_signal *damaged,
                                        const struct fray_signal *input,
                                        const struct picture_outputs *out, size_t severity,
                                        size_t picture, const uint8_t *mask,
                                        struct fray_arena *arena) {
  const size_t n = out->height * out->width * out->channels;
  const float *want = out->x + (severity * out->pictures + picture) * n;
  float *far = room(arena, n, sizeof *far);
  struct picture_distance d = {0};
  size_t counted = 0;
  for (size_t i = 0; i < n; i++) {
    if (mask && !mask[i / out->channels])
      continue;
    const double was = 255 * (double)input->x[i], is = 255 * (double)damaged->x[i];
    far[counted] = (float)fabs(is - (double)want[i]);
    d.mean += (double)far[counted];
    d.damage += fabs((double)want[i] - was);
    d.own_damage += fabs(is - was);
    counted++;
  }
  qsort(far, counted, sizeof *far, by_size);
  if (counted == 0)
    return d;
  d.max = (double)far[counted - 1];
  d.p99 = (double)far[(counted - 1) * 99 / 100];
  d.mean /= (double)counted;
  d.damage /= (double)counted;
  d.own_damage /= (double)counted;
  return d;
}

fray_h5 picture_fixtures_open(const char *file, bool whole) {
  const char *folder = getenv("FRAY_FIXTURES");
  char path[1024];
  fray_h5 out = -1;
  struct fray_err err = {0};
  if (whole && !folder)
    return -1;
  snprintf(path, sizeof path, "%s/%s", whole ? folder : FRAY_SOURCE_DIR "/tests/fixtures",
           whole ? "corruptions/images.h5" : file);
  if (fray_h5_open(path, &out, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return out;
}

const struct fray_signal_ops *picture_ops(const char *kind) {
  const struct fray_choice *choice = fray_choice_find(&fray_corruptions, kind);
  if (!choice)
    fail_msg("no kind %s", kind);
  const struct fray_corruption_ops *ops = choice->impl;
  return ops->signal;
}

double picture_level(const char *kind, const char *table, size_t severity, const double **more) {
  const struct fray_signal_ops *ops = picture_ops(kind);
  for (size_t k = 0; k < ops->n_levels; k++)
    if (strcmp(ops->levels[k].name, table) == 0) {
      *more = ops->levels[k].more ? ops->levels[k].more + severity * ops->n_more : NULL;
      return ops->levels[k].level[severity];
    }
  fail_msg("%s has no table %s", kind, table);
  return NAN;
}
