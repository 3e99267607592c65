/* What kinds that hold floats have in common: copying, .npy files, and shapes that must agree
 * through a modality. */
#include "float_arrays.h"

#include "import/table/npy.h"

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
