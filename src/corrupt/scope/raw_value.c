/* Raw values as kinds take them. One conversion for all that read values: features, pages, and
 * whoever takes the value of another sample. */
#include "fray/corrupt/raw.h"

#include "fray/base/size.h"
#include "scope.h"

#include <math.h>
#include <string.h>

/* A text is damaged in the room of floats, whose alignment any byte has. */
size_t fray_raw_numbers(const struct fray_modality *m, size_t length) {
  switch (m->kind) {
  case FRAY_IMAGE:
    return m->height * m->width * m->channels;
  case FRAY_TEXT:
    return (length + sizeof(float) - 1) / sizeof(float);
  default:
    return length * m->channels;
  }
}

/* Before damage: a NaN of the shard is the shard's, and must not be said of the corruption. One
 * NaN of a sensor would make a client diverge rounds later, and its name would be all that is said.
 */
enum fray_status fray_raw_check(const struct fray_modality *m, const void *raw, size_t length,
                                struct fray_err *err) {
  const bool numbers = m->kind != FRAY_IMAGE && m->kind != FRAY_TEXT;
  const float *x = raw;
  for (size_t i = 0; numbers && i < length * m->channels; i++)
    FRAY_CHECK(isfinite(x[i]), err, INPUT, "step %zu, channel %zu: value %g is not finite",
               i / m->channels, i % m->channels, (double)x[i]);
  return FRAY_OK;
}

/* The same division as for undamaged pictures: a kind that changes nothing gives the same features.
 */
struct fray_signal fray_raw_signal(const struct fray_modality *m, const void *raw, size_t length,
                                   size_t capacity, float *room) {
  const size_t n = fray_raw_numbers(m, length);
  if (m->kind == FRAY_TEXT)
    memcpy(room, raw, length);
  else if (m->kind != FRAY_IMAGE)
    memcpy(room, raw, n * sizeof *room);
  for (size_t i = 0; m->kind == FRAY_IMAGE && i < n; i++)
    room[i] = (float)((const uint8_t *)raw)[i] / 255.0f;
  return (struct fray_signal){.kind = m->kind,
                              .x = m->kind == FRAY_TEXT ? NULL : room,
                              .text = m->kind == FRAY_TEXT ? (char *)room : NULL,
                              .length = length,
                              .capacity = capacity,
                              .channels = m->channels,
                              .height = m->height,
                              .width = m->width,
                              .rate = m->rate};
}

/* Pictures of one modality have one size; a value of a test may have less. */
void fray_take_value(struct fray_signal *x, const struct fray_signal *donor) {
  if (x->kind == FRAY_IMAGE) {
    const size_t own = x->height * x->width, its = donor->height * donor->width;
    memcpy(x->x, donor->x, FRAY_MIN(own, its) * x->channels * sizeof *x->x);
    return;
  }
  x->length = FRAY_MIN(donor->length, x->capacity);
  if (x->text)
    memcpy(x->text, donor->text, x->length);
  else
    memcpy(x->x, donor->x, x->length * x->channels * sizeof *x->x);
}
