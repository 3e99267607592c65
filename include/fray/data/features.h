/* Features: raw values turned into what encoders eat, kept in a bounded cache. */
#ifndef FRAY_DATA_FEATURES_H
#define FRAY_DATA_FEATURES_H

#include "fray/data/dataset.h"
#include "fray/data/partition.h"
#include "fray/schema/schema.h"
#include "fray/tensor/feature.h"

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
size_t fray_feature_config_size(void);

/** Section `data`. The path is the scenario's `shards`. */
struct fray_data_config {
  const char *shards;
  struct fray_strings modalities;
  struct fray_named features; /* modality name -> struct fray_feature_config */
  int64_t cache_mb;           /* bound of the feature cache of one rank */
  struct fray_partition_config partition;
};
extern const struct fray_table fray_data_table;

struct fray_features; /* per rank */

/** Least recently used blocks of 64 samples leave the cache when it is full; one block may exceed
 *  the bound. The cache changes no value.
 *  config: one entry per modality of the data set by name; absent ones take defaults by kind.
 *  INPUT: a configured modality that does not exist, a key that does not fit its kind. */
enum fray_status fray_features_open(struct fray_dataset *dataset,
                                    const struct fray_data_config *config,
                                    struct fray_features **out, struct fray_err *err);
void fray_features_close(struct fray_features *features);
/** Shape of a modality's features. Valid until close. */
const struct fray_feature_shape *fray_features_shape(const struct fray_features *features,
                                                     size_t modality);
/** Copies the features of n samples (indices into the data set) into a batch: x and length come
 * from the arena. Samples that lack the modality are not allowed. time = longest of these samples.
 *  IO when a file fails; INPUT when a raw value is not finite. */
enum fray_status fray_features_batch(struct fray_features *features, size_t modality,
                                     const uint32_t *samples, size_t n, struct fray_arena *arena,
                                     struct fray_feature_batch *out, struct fray_err *err);
/** Features of a raw sample given directly (after damage, in tests): out holds the longest size. */
enum fray_status fray_features_compute(const struct fray_features *features, size_t modality,
                                       const void *raw, size_t raw_length, float *out,
                                       size_t *length, struct fray_err *err);

#endif
