/* The section `data` of a scenario: which shards, who holds what, and how features are made of it.
 * It lies here, at the highest of the layers whose keys it puts together. */
#ifndef FRAY_FEATURE_DATA_SECTION_H
#define FRAY_FEATURE_DATA_SECTION_H

#include "fray/data/partition.h"
#include "fray/schema/schema.h"

/** Section of one modality: how its features are made (`data.features.NAME`). Absent keys take
 *  defaults by kind; a key that does not fit the kind is refused.
 *  standardise: none | window ((x - mean) / (population deviation + 1e-5) of each sample and
 *  channel over its steps, as FedMultimodal does; a feature vector: over its values). Default
 * window for series and audio, none for feature. audio: transform (log_mel | mfcc), frame_ms 25,
 * hop_ms 10, bands 40, coefficients 13 (mfcc), low_hz, high_hz, pre_emphasis, max_seconds. image:
 * (value / 255 - mean 0.5) / scale 0.5. text: hashed ids of words and their character n-grams:
 * buckets 8192, min_ngram 3, max_ngram 5, max_ngrams 24 a word, max_words 128, case (fold | keep).
 */
struct fray_feature_config;
extern const struct fray_table fray_feature_table;

/** Section `data`. The path is the scenario's `shards`. */
struct fray_data_config {
  const char *shards;
  struct fray_strings modalities;
  struct fray_named features; /* modality name -> struct fray_feature_config */
  int64_t cache_mb;           /* bound of the feature cache of one rank */
  struct fray_partition_config partition;
};
extern const struct fray_table fray_data_table;

#endif
