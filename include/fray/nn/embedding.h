/* Table of vectors, looked up by id, and the scaled sum of those of a bag of ids. */
#ifndef FRAY_NN_EMBEDDING_H
#define FRAY_NN_EMBEDDING_H

#include <stdbool.h>
#include <stddef.h>

/** Whether all ids (n) are -1 or whole numbers of 0 .. rows-1. NaN is not. */
bool fray_embedding_ids_fit(size_t n, const float *ids, size_t rows);
/** out[b] (dim) = gain / sqrt(n) times the sum of the table's rows named by bag b, ids (bags,
 * most): whole numbers as floats; the first negative one ends a bag, n is how many came before.
 * Independent rows of variance v give a vector of variance gain^2 v, whatever n is, and a step
 * along the gradient moves it by gain^2 times what the same step would move a row of its own. An
 * empty bag gives zeros. table (rows, dim): only the named rows are read. As PyTorch's
 *  EmbeddingBag(mode="sum") with per_sample_weights gain / sqrt(n). O(ids x dim). */
void fray_embedding_bag_forward(size_t bags, size_t most, size_t dim, float gain, const float *ids,
                                const float *table, float *out);
/** dtable (rows, dim) += the gradient of the table from dout (bags, dim); touches the named rows
 *  only, in the order of the bags. */
void fray_embedding_bag_backward(size_t bags, size_t most, size_t dim, float gain, const float *ids,
                                 const float *dout, float *dtable);

#endif
