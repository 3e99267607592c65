/* The signals of synthetic samples. Private to this layer. */
#ifndef FRAY_DATA_SYNTH_SIGNAL_H
#define FRAY_DATA_SYNTH_SIGNAL_H

#include "fray/data/dataset.h"

/** What a sample is made from. */
struct synth_sample {
  uint64_t seed, source, client; /* source, client: hashes */
  size_t modality;               /* index: two series differ */
  size_t label, length;
  double separation, shift;
};

/** Values as fray_shard_append wants them: float, int16 for audio, uint8 for images. */
void synth_signal(const struct fray_modality *m, const struct synth_sample *sample, void *out);

#endif
