/* Standardisation over the training set: what was learnt of one modality, and its use. */
#include "standard.h"

#include "fray/base/hash.h"
#include "fray/corrupt/signal.h"
#include "fray/tensor/vec.h"

#include <stdlib.h>
#include <string.h>

/* All places at once, so that learning later cannot fail for lack of memory on one rank alone. */
enum fray_status standard_start(struct standard *s, size_t channels, struct fray_err *err) {
  *s = (struct standard){.channels = channels,
                         .numbers = calloc((STANDARDS_KEPT + 1) * 3 * channels, sizeof(double))};
  FRAY_CHECK(s->numbers, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Also of one that was never started. */
void standard_free(struct standard *s) {
  free(s->numbers);
}

/* Three rows of channels each. */
static double *place(struct standard *s, size_t at) {
  return s->numbers + at * 3 * s->channels;
}

/* Which samples count and what happens to them, by content: lists of other trials are the same
 * where nothing that matters differs. */
uint64_t standard_key(const struct fray_samples *samples, size_t modality) {
  uint64_t key = 1;
  for (size_t i = 0; i < samples->n; i++) {
    if (!(samples->present[i] >> modality & 1))
      continue;
    const uint64_t one[] = {key, samples->sample[i],
                            fray_signal_key(samples->signal, samples->sample[i], modality)};
    key = fray_hash64(one, sizeof one);
  }
  return key ? key : 1;
}

/* A search: there are few. Keys are 64 bits of content, so two lists that meet by accident are as
 * unlikely as two trials of one name. */
bool standard_find(struct standard *s, uint64_t key) {
  for (size_t k = 0; k < STANDARDS_KEPT; k++)
    if (s->key[k] == key) {
      s->used = place(s, k);
      return true;
    }
  return false;
}

/* Multiplying is faster than dividing, and by 0 it makes the zeros of a constant channel. */
static void use(struct standard *s, double *numbers) {
  const double *deviation = numbers + s->channels;
  for (size_t c = 0; c < s->channels; c++)
    numbers[2 * s->channels + c] = deviation[c] > 0 ? 1 / deviation[c] : 0;
  s->used = numbers;
}

/* What one rank alone knows has a place of its own: clients that train alone would else push out
 * what all of them need again. */
void standard_learn(struct standard *s, uint64_t key, struct moments *moments) {
  size_t at = STANDARDS_KEPT;
  if (key != 0) {
    at = s->next;
    s->key[at] = key;
    s->next = (at + 1) % STANDARDS_KEPT;
  }
  /* In place: whoever used what lay here is told of the new ones at once. */
  double *numbers = place(s, at);
  moments_finish(moments, numbers, numbers + s->channels);
  use(s, numbers);
}

/* Given ones were read from a file or made by a test; whose they are nobody can tell by content. */
void standard_set(struct standard *s, const double *mean, const double *deviation) {
  double *numbers = place(s, STANDARDS_KEPT);
  memcpy(numbers, mean, s->channels * sizeof *mean);
  memcpy(numbers + s->channels, deviation, s->channels * sizeof *deviation);
  use(s, numbers);
}

/* In double, and rounded once: values far from zero keep the digits that tell them apart. */
FRAY_DISPATCH
static void apply(size_t rows, size_t channels, const double *mean, const double *inverse,
                  const float *x, float *out) {
  const double most = FRAY_MOST_DEVIATIONS;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < channels; c++) {
      double z = ((double)x[r * channels + c] - mean[c]) * inverse[c];
      z = z > most ? most : z;
      z = z < -most ? -most : z;
      out[r * channels + c] = (float)z;
    }
}

/* The loop knows nothing of this file's structs, so that each of its clones is only arithmetic. */
void standard_apply(const struct standard *s, size_t rows, const float *x, float *out) {
  apply(rows, s->channels, standard_mean(s), s->used + 2 * s->channels, x, out);
}
