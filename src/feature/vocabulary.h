/* Which words the training texts of a data set have, and their vectors, the same on all ranks.
 * Private to this layer. */
#ifndef FRAY_FEATURE_VOCABULARY_H
#define FRAY_FEATURE_VOCABULARY_H

#include "fray/comm/comm.h"
#include "fray/data/dataset.h"
#include "vectors.h"

/** Rank 0 reads the training texts of the modality and the file, and sends what it keeps to all.
 *  raw: room for the longest sample. max_words: of a text. Collective; all ranks give the same
 *  status. INPUT, IO, MEMORY. */
enum fray_status vocabulary_vectors(struct fray_dataset *dataset, size_t modality, const char *path,
                                    bool fold, size_t max_words, void *raw, struct fray_comm *comm,
                                    struct vectors *out, struct fray_err *err);

#endif
