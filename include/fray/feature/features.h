/* Features: raw values turned into what encoders eat, kept in a bounded cache. */
#ifndef FRAY_FEATURE_FEATURES_H
#define FRAY_FEATURE_FEATURES_H

#include "fray/comm/comm.h"
#include "fray/corrupt/signal.h"
#include "fray/data/dataset.h"
#include "fray/feature/data_section.h"
#include "fray/tensor/feature.h"

struct fray_features; /* per rank */

/** Least recently used blocks of 64 samples, and damaged samples, leave the cache when it is full;
 * one block may exceed the bound. The cache changes no value. config: one entry per modality of the
 * data set by name; absent ones take defaults by kind. INPUT: a configured modality that does not
 * exist, a key that does not fit its kind. */
enum fray_status fray_features_open(struct fray_dataset *dataset,
                                    const struct fray_data_config *config,
                                    struct fray_features **out, struct fray_err *err);
void fray_features_close(struct fray_features *features);
/** Reads the pretrained vectors that the configuration names (data.features.NAME.vectors), on rank
 * 0, which tells the others. To be called before anything is computed; does nothing where none are
 *  named. Reads all training texts. Collective; all ranks give the same status. INPUT: a file that
 * is no such file, or without a word of the training texts. */
enum fray_status fray_features_load_vectors(struct fray_features *features, struct fray_comm *comm,
                                            struct fray_err *err);
/** Those of a modality, or NULL; valid until close. *vocabulary: words of the training texts,
 * *hash: of words and values that are kept; 0 without. */
const struct fray_word_vectors *fray_features_vectors(const struct fray_features *features,
                                                      size_t modality, size_t *vocabulary,
                                                      uint64_t *hash);
/** Shape of a modality's features. Valid until close. */
const struct fray_feature_shape *fray_features_shape(const struct fray_features *features,
                                                     size_t modality);
/** Copies the features of n samples (indices into the data set), as the plan damages their raw
 * values (NULL: not at all), into a batch: x and length come from the arena. Samples that lack the
 * modality are not allowed. time = longest of these samples. IO when a file fails; INPUT when a raw
 * value is not finite. */
enum fray_status fray_features_batch(struct fray_features *features, size_t modality,
                                     const uint32_t *samples, size_t n,
                                     const struct fray_signal_plan *plan, struct fray_arena *arena,
                                     struct fray_feature_batch *out, struct fray_err *err);
/** How far the plan moves one sample, as root mean square of the difference over that of what there
 *  was: of the raw value, and of the features. Not kept in the cache. Costs a computation of each.
 */
enum fray_status fray_features_distance(struct fray_features *features, size_t modality,
                                        size_t sample, const struct fray_signal_plan *plan,
                                        double *raw, double *of_features, struct fray_err *err);
/** Features of a raw sample given directly (after damage, in tests): out holds the longest size. */
enum fray_status fray_features_compute(const struct fray_features *features, size_t modality,
                                       const void *raw, size_t raw_length, float *out,
                                       size_t *length, struct fray_err *err);

#endif
