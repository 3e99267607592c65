/* The signals of synthetic samples. Private to this layer. */
#ifndef FRAY_DATA_SYNTH_SIGNAL_H
#define FRAY_DATA_SYNTH_SIGNAL_H

#include "fray/data/dataset.h"

/** What a sample is made from. */
struct synth_sample {
  uint64_t seed, source, client; /* source, client: hashes */
  size_t modality;               /* index: two series differ */
  size_t classes, label, length;
  const uint8_t *labels; /* (classes) 0 or 1: the set, in place of the label; NULL: one label */
  double separation, shift;
  double *scratch; /* (time), or (height, width) of an image */
};

/** Values as fray_shard_append wants them: float, int16 for audio, uint8 for images. Not for text.
 */
void synth_signal(const struct fray_modality *m, const struct synth_sample *sample, void *out);

enum { SYNTH_WORD_BYTES = 20 }; /* at most, with the blank behind it */
/** Text of so many words, in UTF-8: each is drawn with weight `separation` from 12 words of the
 *  class (of one of the set, each alike), with weight `shift` from 12 of the client, with weight 1
 * from 200 of all. Returns its bytes. out: room for words * SYNTH_WORD_BYTES, or NULL. length of
 * the sample is not used. */
size_t synth_text(const struct synth_sample *sample, size_t words, uint8_t *out);

#endif
