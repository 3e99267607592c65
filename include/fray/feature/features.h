/* Features: raw values turned into what encoders eat, kept in a bounded cache. */
#ifndef FRAY_FEATURE_FEATURES_H
#define FRAY_FEATURE_FEATURES_H

#include "fray/comm/comm.h"
#include "fray/corrupt/signal.h"
#include "fray/data/dataset.h"
#include "fray/data/samples.h"
#include "fray/feature/data_section.h"
#include "fray/tensor/apart.h"
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
/** Steps of a sample's features, from the index; of a text at most. 0 if it lacks the modality. */
size_t fray_features_steps(const struct fray_features *features, size_t modality, size_t sample);
/** Sequences of classes of the data set's samples; NULL where it has none. */
const struct fray_transcripts *fray_features_words(const struct fray_features *features);
/** Shape of a modality's features. Valid until close. */
const struct fray_feature_shape *fray_features_shape(const struct fray_features *features,
                                                     size_t modality);
/** Copies the features of n samples (indices into the data set), as the plan damages their raw
 * values (NULL: not at all), into a batch: x and length come from the arena. Samples that lack the
 * modality are not allowed. time = longest of these samples. IO when a file fails; INPUT when a raw
 * value is not finite; INTERNAL before standards that it needs are there. */
enum fray_status fray_features_batch(struct fray_features *features, size_t modality,
                                     const uint32_t *samples, size_t n,
                                     const struct fray_signal_plan *plan, struct fray_arena *arena,
                                     struct fray_feature_batch *out, struct fray_err *err);
/** The same of samples without lengths, as rows where the cache keeps them, or of a copy in the
 *  arena: they stay until the next question about features. `ahead` samples stand behind the n,
 * those that will be asked for next; as many of them as are kept are listed as well. */
enum fray_status fray_features_in_place(struct fray_features *features, size_t modality,
                                        const uint32_t *samples, size_t n, size_t ahead,
                                        const struct fray_signal_plan *plan,
                                        struct fray_arena *arena, struct fray_apart *out,
                                        struct fray_err *err);
/** Takes so many bytes off the bound of the cache, for what somebody else keeps so that features
 * are not asked for again. False where more than half of it would be lent. To be returned. */
bool fray_features_lend(struct fray_features *features, size_t bytes);
void fray_features_return(struct fray_features *features, size_t bytes);
/** Bytes of the cache, were it without bound: of all undamaged features; and at most of those that
 *  one plan of damage leaves of all samples. */
struct fray_cached_bytes {
  double clean, damaged;
};
/** From the index: nothing is read. Of texts the most words that they can have. */
struct fray_cached_bytes fray_features_cached(const struct fray_features *features);
/** Bytes that the cache holds now. */
size_t fray_features_held(const struct fray_features *features);
/** How far damage moves a value. */
struct fray_distance {
  double raw, features; /* root mean square of the difference over that of what there was: of the
                           raw value, and of its features, standardised as for a batch. Of a text
                           edits: of its bytes over its bytes, of its words over its words, the
                           first 1024 of each */
  double changed;       /* share of the numbers that are others, or not there on one of both sides;
                           of a text its edits, at most 1 */
  double snr_db;        /* of sound: power of what there was over that of the difference; infinite
                           where nothing moved; NaN of other media */
};
/** How far the plan moves one sample. Not kept in the cache. Costs a computation of each. */
enum fray_status fray_features_distance(struct fray_features *features, size_t modality,
                                        size_t sample, const struct fray_signal_plan *plan,
                                        struct fray_distance *out, struct fray_err *err);
/** The raw value of one sample as the plan damages it, before features are made of it. Borrowed
 * until the next question about features. Samples that lack the modality are not allowed. As
 * fray_features_batch otherwise. */
enum fray_status fray_features_raw(struct fray_features *features, size_t modality, size_t sample,
                                   const struct fray_signal_plan *plan, struct fray_signal *out,
                                   struct fray_err *err);
/** Features of a raw sample given directly (after damage, in tests), not standardised over the
 * training set: out holds the longest size. */
enum fray_status fray_features_compute(const struct fray_features *features, size_t modality,
                                       const void *raw, size_t raw_length, float *out,
                                       size_t *length, struct fray_err *err);

/* Standardisation over the training set (data.features.NAME.standardise: train): each channel less
 * its mean, over its deviation, both over all that the training clients hold. Features are kept
 * without it and standardised when a batch is put together, so that a trial with other clients or
 * other damage finds the cache as it was. docs/decisions/0052-standardisation.md */

/** Of one modality, over all steps (pixels, vectors) of its training samples. */
struct fray_standard {
  const char *name;  /* of the modality; borrowed */
  size_t channels;   /* 0: it is not standardised so, and has no numbers */
  double *mean;      /* (channels) */
  double *deviation; /* (channels) of the population; 0: constant, and its features are zeros */
};
struct fray_standards {
  size_t n; /* modalities */
  struct fray_standard of[FRAY_MAX_MODALITIES];
};
/** Features lie within so many deviations of the mean: a channel that hardly moves in training
 *  would else make infinities of a test sample. */
#define FRAY_MOST_DEVIATIONS 1e6

/** True if the modality, or any of them, is standardised over the training set. */
bool fray_features_learns(const struct fray_features *features, size_t modality);
bool fray_features_learn_any(const struct fray_features *features);
/** Finds the standards of these samples, as damage left them (epoch 0 where it redraws), and uses
 *  them from now on. Each rank reads a share of the samples; sums are exact, so the standards are
 *  the same to the bit for any number of ranks and any order. Those of some lists are kept: the
 *  same samples under the same damage are not read again. A modality that no sample has gets zeros.
 *  train: the same on all ranks. Collective; all ranks give the same status. As
 * fray_features_batch otherwise. */
enum fray_status fray_features_learn(struct fray_features *features,
                                     const struct fray_samples *train, struct fray_comm *comm,
                                     struct fray_err *err);
/** The same on this rank alone, of samples that other ranks need not know. Not collective. */
enum fray_status fray_features_learn_alone(struct fray_features *features,
                                           const struct fray_samples *train, struct fray_err *err);
/** A copy of those in use, or, where none are, zeros of their size. Arena memory. */
enum fray_status fray_features_standards(const struct fray_features *features,
                                         struct fray_arena *arena, struct fray_standards *out,
                                         struct fray_err *err);
/** Uses given ones, of the same sizes, from now on. They are copied. */
void fray_features_use(struct fray_features *features, const struct fray_standards *standards);
/** Bytes that standards and their sums take on a rank; 0 where nothing is standardised so. */
size_t fray_features_standard_bytes(const struct fray_features *features);

#endif
