/* What kinds that hold floats have in common: copying, .npy files, and shapes that must agree
 * through a modality. */
#include "float_arrays.h"

#include "import/table/npy.h"
#include "recording.h"

#include <stdlib.h>
#include <string.h>

/* A copy: what the reader holds is needed again when the value is written. */
enum fray_status float_array_copy(const struct value *value, struct loaded *out, size_t *width,
                                  struct fray_err *err) {
  size_t bytes = value->length * value->width * sizeof(float);
  float *x = malloc(bytes);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", bytes);
  memcpy(x, value->data, bytes);
  *out = (struct loaded){.x = x, .length = value->length, .bytes = bytes};
  *width = value->width;
  return FRAY_OK;
}

/* Windows come stretch by stretch, so that each is read once; overlapping ones are copied alike. */
enum fray_status float_array_window(const struct value *value, struct loaded *out, size_t *width,
                                    struct fray_err *err) {
  const struct stretch *stretch = value->stretch;
  FRAY_TRY(fray_stretch_hold(stretch, err));
  const struct stretch_cache *held = stretch->recording->cache;
  size_t channels = stretch->recording->n_channels, row = value->width * sizeof(float);
  float *x = malloc(value->length * row);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", value->length * row);
  *out = (struct loaded){.x = x, .length = value->length, .bytes = value->length * row};
  out->notes = stretch->recording->rate > 0 ? FRAY_NOTE_RESAMPLED : 0;
  for (size_t i = 0; i < value->length; i++) {
    size_t step = value->first + i;
    memcpy(x + i * value->width, held->x + step * channels + value->channel, row);
    out->notes |= held->filled[step] ? FRAY_NOTE_FILLED : 0;
  }
  *width = value->width;
  return FRAY_OK;
}

/* The array is the caller's from here on: fray_npy_read made it for that. */
enum fray_status float_array_read(const char *path, struct loaded *out, size_t *width, bool *flat,
                                  struct fray_err *err) {
  float *x;
  size_t length;
  FRAY_TRY(fray_npy_read(path, &x, &length, width, flat, err));
  *out = (struct loaded){.x = x, .length = length, .bytes = length * *width * sizeof *x};
  return FRAY_OK;
}

/* A model is built for one width, and for one length unless lengths are free: the first array of a
 * modality says which, and the others must agree. */
enum fray_status float_array_settle(struct modality *modality, size_t length, size_t width,
                                    bool ragged, struct fray_err *err) {
  if (!modality->known) {
    modality->m.channels = width;
    modality->m.ragged = ragged;
  }
  FRAY_CHECK(modality->m.channels == width, err, INPUT, "%zu columns, the samples before have %zu",
             width, modality->m.channels);
  FRAY_CHECK(modality->m.ragged == ragged, err, INPUT,
             "samples of fixed and of free length in one modality");
  /* Arrays in memory are of one length by their file; those that are not are files of their own. */
  FRAY_CHECK(ragged || !modality->known || modality->m.time == length, err, INPUT,
             "%zu steps, the samples before have %zu", length, modality->m.time);
  return FRAY_OK;
}
