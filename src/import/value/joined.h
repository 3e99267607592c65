/* Values that are made of several: recordings of one person, one behind the other. */
#ifndef FRAY_IMPORT_JOINED_H
#define FRAY_IMPORT_JOINED_H

#include "value.h"

#include "fray/base/rng.h"

/** Sounds with gaps of faint white noise between them, as between words of one recording. */
struct joined {
  size_t n;
  const struct value *const *part; /* (n) */
  const double *gap_ms;            /* (n - 1) */
  struct fray_rng noise;
};
/** Standard deviation of the noise in a gap, of full scale: a room that is quiet, and no digital
 *  silence, which no microphone gives. */
#define JOINED_NOISE 1e-3

/** Loads the parts by the kind's own `load` and joins them; notes are those of all parts. INPUT as
 *  `load`; out->x is freed then. */
enum fray_status fray_joined_load(struct modality *modality, const struct joined *joined,
                                  struct loaded *out, struct fray_err *err);

#endif
