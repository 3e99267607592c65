/* Vectors of words, which encoders of text start from: GAIN / sqrt(n) times the sum of the learnt
 * rows of a word's n ids, and behind it the word's pretrained vector where the modality has them.
 */
#ifndef WORD_VECTORS_H
#define WORD_VECTORS_H

#include "fray/encoder/encoder.h"

struct words {
  size_t buckets, ids, dim;
  size_t table;                            /* offset in the flat vector */
  const struct fray_word_vectors *vectors; /* pretrained; NULL: none */
  bool trained;                            /* they are parameters, at `given` in the flat vector */
  size_t given;
};

extern const char *const words_vectors_names[]; /* of the key `vectors`: frozen, trained */
#define WORDS_VECTORS_HELP                                                                         \
  "of data.features.NAME.vectors: frozen (the default) leaves them as they are; trained makes "    \
  "them parameters that start there"

/** Adds embedding.weight (buckets, dim), and vectors.weight where pretrained vectors are trained.
 *  vectors: of the key, NULL: not given, frozen. INPUT: no ids, or `vectors` without a file. */
enum fray_status words_plan(const struct fray_model_part *part,
                            const struct fray_feature_shape *shape, size_t dim, const char *vectors,
                            struct words *embedding, struct fray_err *err);
/** Values of a word's vector, and ids of a word in the batch. */
size_t words_width(const struct words *embedding);
size_t words_columns(const struct words *embedding);
/** to (n, width): the vectors of n words of a sample, ids (n, columns). INTERNAL: an id or row that
 *  is not there. */
enum fray_status words_forward(const struct words *embedding, size_t n, const float *ids,
                               const float *w, float *to, struct fray_err *err);
/** Adds the gradient of n words of a sample, dx (n, width), to the rows that they name, which were
 *  checked on the way forward, and marks these rows. */
void words_backward(const struct words *embedding, size_t n, const float *ids, const float *dx,
                    const struct fray_pass *pass);

#endif
