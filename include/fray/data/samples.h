/* Samples: a list of them, with what stands in for their data. The one noun of training (a client's
 * samples as damage left them), of judging (dev, test and own samples), and of what is asked of a
 * model. */
#ifndef FRAY_DATA_SAMPLES_H
#define FRAY_DATA_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct fray_signal_plan;

/** Sequences of classes, of all samples of a data set of the task `sequence`: sample i has
 *  word[first[i]] .. word[first[i + 1] - 1]. Borrowed. */
struct fray_transcripts {
  const int64_t *first; /* (samples of the data set + 1) */
  const int16_t *word;  /* 0 .. classes-1 */
};
static inline size_t fray_transcript_length(const struct fray_transcripts *words, size_t sample) {
  return (size_t)(words->first[sample + 1] - words->first[sample]);
}

/** A list of samples. Borrowed. Of a client that trains, those with a label come first, so that
 *  training reads the front of each array and methods that use unlabelled samples read the rest.
 *  Of samples that are judged, n_labelled is n: they stay in the order of the partition, and those
 *  without a label (FRAY_UNLABELLED) are left out where they are scored. */
struct fray_samples {
  size_t n, n_labelled;
  const uint32_t *sample; /* (n) index into the data set */
  const int32_t *label;   /* (n) 0 .. classes-1, or FRAY_UNLABELLED; multi-label and sequences: 0 if
                             labelled */
  const uint8_t *labels;  /* (n, classes) 0 or 1 if multi-label, else NULL */
  const struct fray_transcripts *words; /* of the whole data set, by `sample`; NULL: no sequences */
  const uint8_t *held;    /* (n) bit m: the data hold modality m; NULL where nobody asks */
  const uint8_t *present; /* (n) bit m: of these, what the model sees */
  const struct fray_signal_plan *signal; /* what happens to raw values; NULL: as in the shards */
};

/** Samples first .. first+n-1 of a list, the first n_labelled of them labelled. classes: of the
 * data set. They keep the list's `signal`, whose places are those of the whole list. */
static inline struct fray_samples fray_samples_slice(const struct fray_samples *all, size_t first,
                                                     size_t n, size_t n_labelled, size_t classes) {
  return (struct fray_samples){.n = n,
                               .n_labelled = n_labelled,
                               .sample = all->sample + first,
                               .label = all->label + first,
                               .labels = all->labels ? all->labels + first * classes : NULL,
                               .words = all->words,
                               .held = all->held ? all->held + first : NULL,
                               .present = all->present + first,
                               .signal = all->signal};
}

#endif
