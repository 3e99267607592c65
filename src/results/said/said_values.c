/* What was said of samples, as results.h5 holds it: each value is held against its range before
 * anybody uses it as an index or a count. */
#include "said_values.h"

/* Class numbers index tables of classes. */
enum fray_status said_classes(fray_h5 file, const char *path, size_t n, size_t classes,
                              struct fray_arena *arena, const int16_t **out, struct fray_err *err) {
  int16_t *v;
  FRAY_ALLOC(v, arena, n, err);
  FRAY_TRY(fray_h5_read(file, path, FRAY_H5_I16, v, n, err));
  for (size_t i = 0; i < n; i++)
    FRAY_CHECK(v[i] >= -3 && v[i] < (int64_t)classes, err, INPUT,
               "/%s: class %d at value %zu, expected -3 to %zu", path, v[i], i, classes - 1);
  *out = v;
  return FRAY_OK;
}

/* A byte that is neither 0 nor 1 would count as a class and a half in the metrics. */
enum fray_status said_sets(fray_h5 file, const char *path, size_t n, struct fray_arena *arena,
                           const uint8_t **out, struct fray_err *err) {
  uint8_t *v;
  FRAY_ALLOC(v, arena, n, err);
  FRAY_TRY(fray_h5_read(file, path, FRAY_H5_U8, v, n, err));
  for (size_t i = 0; i < n; i++)
    FRAY_CHECK(v[i] <= 1, err, INPUT, "/%s: %d at value %zu, expected 0 or 1", path, v[i], i);
  *out = v;
  return FRAY_OK;
}

/* They were made of 16 bits: so their sums over samples stay within 32, which draws add up in. */
enum fray_status said_edits(fray_h5 file, const char *path, size_t n, struct fray_arena *arena,
                            const int32_t **out, struct fray_err *err) {
  int32_t *v;
  FRAY_ALLOC(v, arena, n, err);
  FRAY_TRY(fray_h5_read(file, path, FRAY_H5_I32, v, n, err));
  for (size_t i = 0; i < n; i++)
    FRAY_CHECK(v[i] >= 0 && v[i] <= INT16_MAX, err, INPUT, "/%s: %d at value %zu, not in [0, %d]",
               path, v[i], i, INT16_MAX);
  *out = v;
  return FRAY_OK;
}

/* A row of a set of labels is of 0 and 1, or all 255: unlabelled. */
enum fray_status said_label_sets(fray_h5 file, const char *path, size_t n, size_t classes,
                                 struct fray_arena *arena, const uint8_t **labels,
                                 const int32_t **label, struct fray_err *err) {
  uint8_t *v;
  int32_t *first;
  FRAY_ALLOC(v, arena, n * classes, err);
  FRAY_ALLOC_ZERO(first, arena, n, err);
  FRAY_TRY(fray_h5_read(file, path, FRAY_H5_U8, v, n * classes, err));
  for (size_t i = 0; i < n; i++) {
    const uint8_t *row = v + i * classes;
    first[i] = row[0] == UINT8_MAX ? -1 : 0;
    for (size_t c = 0; c < classes; c++)
      FRAY_CHECK(row[c] == (first[i] < 0 ? UINT8_MAX : row[c] & 1), err, INPUT,
                 "/%s: sample %zu has %d for class %zu, expected 0 or 1 (or 255 for all)", path, i,
                 row[c], c);
  }
  *label = first;
  *labels = v;
  return FRAY_OK;
}
