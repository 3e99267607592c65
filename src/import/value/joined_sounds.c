/* Sounds that are joined to a longer one: samples of 16 bits, and gaps of faint noise. */
#include "joined.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rate is known once a part was loaded, since the first file may settle it. To the nearest
 * sample: gaps are drawn, and nothing hangs on their last digit. */
static size_t gap_steps(const struct modality *modality, double ms) {
  return (size_t)lrint(ms / 1000 * modality->m.rate);
}

/* One part behind what there is; out->x grows. */
static enum fray_status append(struct loaded *out, const struct loaded *part, size_t gap,
                               struct fray_rng *noise, struct fray_err *err) {
  const size_t n = out->length + gap + part->length;
  int16_t *x = realloc(out->x, n * sizeof *x);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu samples)", n);
  for (size_t i = 0; i < gap; i++)
    x[out->length + i] = (int16_t)lrint(32768 * JOINED_NOISE * fray_rng_normal(noise));
  memcpy(x + out->length + gap, part->x, part->length * sizeof *x);
  /* At once: whoever fails later frees what is there. */
  out->x = x;
  out->length = n;
  out->bytes = n * sizeof *x;
  out->notes |= part->notes;
  return FRAY_OK;
}

enum fray_status fray_joined_load(struct modality *modality, const struct joined *joined,
                                  struct loaded *out, struct fray_err *err) {
  const struct value_kind *kind = modality->kind->impl;
  struct fray_rng noise = joined->noise; /* a copy: loading it twice gives the same */
  FRAY_CHECK(kind->joins, err, INTERNAL, "values of the kind %s are not joined",
             modality->kind->name);
  /* Part by part, so that no more than one of them is in memory beside the whole. */
  for (size_t k = 0; k < joined->n; k++) {
    struct loaded part = {0};
    FRAY_TRY(kind->load(modality, joined->part[k], &part, err));
    const size_t gap = k ? gap_steps(modality, joined->gap_ms[k - 1]) : 0;
    const enum fray_status status = append(out, &part, gap, &noise, err);
    free(part.x);
    FRAY_TRY(status);
  }
  return FRAY_OK;
}
