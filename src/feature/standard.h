/* Means and deviations of the channels of one modality: kept, found again, applied. Private to this
 * layer. */
#ifndef FRAY_FEATURE_STANDARD_H
#define FRAY_FEATURE_STANDARD_H

#include "fray/feature/features.h"
#include "moments.h"

enum { STANDARDS_KEPT = 8 };

/** The standards of a modality. Zero-initialised: it has none. */
struct standard {
  size_t channels;
  uint64_t key[STANDARDS_KEPT]; /* of what they were learnt from; 0: nothing lies there */
  size_t next;                  /* place that is overwritten next */
  double *numbers; /* (STANDARDS_KEPT + 1, 3, channels) mean, deviation, 1 / deviation; owned. The
                      last ones are known to this rank alone, and are found by no key */
  const double *used; /* of `numbers`; NULL: none yet */
};

enum fray_status standard_start(struct standard *s, size_t channels, struct fray_err *err);
void standard_free(struct standard *s);
/** What the standards of a list depend on; never 0. O(n). */
uint64_t standard_key(const struct fray_samples *samples, size_t modality);
/** Uses those of this key, if they are kept. */
bool standard_find(struct standard *s, uint64_t key);
/** Uses those of the sums, which end with it, and keeps them under the key; 0: on this rank alone.
 */
void standard_learn(struct standard *s, uint64_t key, struct moments *moments);
/** Uses given ones, on this rank alone. mean, deviation (channels), copied. */
void standard_set(struct standard *s, const double *mean, const double *deviation);
/** out = (x - mean) / deviation, or 0 where that is 0. x, out: (rows, channels); out may be x. */
void standard_apply(const struct standard *s, size_t rows, const float *x, float *out);
static inline const double *standard_mean(const struct standard *s) {
  return s->used;
}
static inline const double *standard_deviation(const struct standard *s) {
  return s->used + s->channels;
}

#endif
