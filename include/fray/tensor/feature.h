/* What encoders eat: the shape of one modality's features and a batch of them. */
#ifndef FRAY_TENSOR_FEATURE_H
#define FRAY_TENSOR_FEATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fray_feature_kind {
  FRAY_FEATURE_SEQUENCE, /* (time, channels): series, log-mel frames, token features */
  FRAY_FEATURE_IMAGE,    /* (height, width, channels), values about 0..1 or standardised */
  FRAY_FEATURE_VECTOR,   /* (channels) */
  FRAY_FEATURE_TOKENS    /* (time, channels) ids of words, 0 .. buckets-1 as floats; -1: none */
};

/** Pretrained vectors of words. Where a modality has them, the last id of a word is its row, or -1.
 */
struct fray_word_vectors {
  size_t n, width;
  const float *x; /* (n, width) borrowed */
};

struct fray_feature_shape {
  enum fray_feature_kind kind;
  size_t time;          /* SEQUENCE, TOKENS: longest sample; else 1 */
  size_t height, width; /* IMAGE; else 1 */
  size_t channels;      /* TOKENS: ids of one word, of which the first is there, and its row of
                           pretrained vectors where there are any */
  size_t buckets;       /* TOKENS: number of ids, at most 2^24; else 0 */
};

/** Whether samples of this kind have lengths of their own. */
static inline bool fray_feature_has_length(enum fray_feature_kind kind) {
  return kind == FRAY_FEATURE_SEQUENCE || kind == FRAY_FEATURE_TOKENS;
}

/** Values of one sample of that shape (longest). */
static inline size_t fray_feature_size(const struct fray_feature_shape *s) {
  return s->time * s->height * s->width * s->channels;
}

/** Features of n samples of one modality: x (n, time, channels) for sequences and tokens, zero
 *  after each sample's length; (n, height, width, channels) for images; (n, channels) for vectors.
 */
struct fray_feature_batch {
  size_t n;
  size_t time;           /* rows per sample in x: >= every length; 1 unless a sequence or tokens */
  const float *x;        /* borrowed */
  const int32_t *length; /* (n) valid time steps, >= 1; NULL unless a sequence or tokens */
};

#endif
