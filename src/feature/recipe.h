/* How the features of one modality are made: the configuration with its defaults by kind. */
#ifndef FRAY_FEATURE_RECIPE_H
#define FRAY_FEATURE_RECIPE_H

#include "fray/feature/features.h"
#include "fray/signal/logmel.h"
#include "tokens.h"

struct fray_feature_config {
  int standardise, transform, letter_case; /* indices of names; 0: by kind */
  double frame_ms, hop_ms, low_hz, high_hz, pre_emphasis, max_seconds, mean, scale;
  const char *vectors;
  int64_t bands, coefficients, buckets, min_ngram, max_ngram, max_ngrams, max_words;
};

struct recipe {
  enum fray_modality_kind kind;
  bool standardise;           /* each sample by itself */
  bool learns;                /* over the training set; what is made here is left as it is */
  float mean, scale;          /* images */
  size_t max_steps;           /* audio is cropped to so many samples */
  struct fray_logmel *logmel; /* audio; owned */
  struct tokens tokens;       /* text */
  const char *vectors_path;   /* borrowed; NULL: none */
  struct vectors *vectors;    /* owned; empty until they are loaded */
  struct fray_feature_shape shape;
};

/** config may be NULL. INPUT: a key that does not fit the kind, bounds that do not fit the sound.
 */
enum fray_status recipe_make(const struct fray_modality *modality,
                             const struct fray_feature_config *config, struct recipe *out,
                             struct fray_err *err);
void recipe_free(struct recipe *recipe);
/** Steps of the features of a sample of `length` raw steps; of a text, which must be read to know,
 *  at most. */
size_t recipe_steps(const struct recipe *recipe, size_t length);
/** Features of one raw sample of `length` steps; *steps of them. INPUT when a value is not finite.
 */
enum fray_status recipe_apply(const struct recipe *recipe, const struct fray_modality *modality,
                              const void *raw, size_t length, float *out, size_t *steps,
                              struct fray_err *err);
/** Features of a damaged value; steps beyond the modality's time are left out. */
enum fray_status recipe_apply_signal(const struct recipe *recipe,
                                     const struct fray_modality *modality,
                                     const struct fray_signal *signal, float *out, size_t *steps,
                                     struct fray_err *err);
/** In place: (x - mean) / (deviation + 1e-5) per channel over the steps; x (steps, channels). */
void standardise_window(float *x, size_t steps, size_t channels);

#endif
