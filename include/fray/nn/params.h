/* Parameter layout from one table: offsets, initialiser, checkpoint names and gradient-test names.
 */
#ifndef FRAY_NN_PARAMS_H
#define FRAY_NN_PARAMS_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/status.h"

#include <stddef.h>

enum { FRAY_PARAM_SHARED = -1, FRAY_PARAM_NAME = 64 };

struct fray_param {
  char name[FRAY_PARAM_NAME]; /* "acc.conv1.weight" */
  size_t shape[4];            /* unused dimensions are 1 */
  size_t offset, size;        /* floats in the flat vector; offset is a multiple of 16 */
  double bound;               /* initial values U(-bound, bound), PyTorch's default */
  int modality;               /* block: index of the modality it encodes, or FRAY_PARAM_SHARED */
};

/** Grows in the arena given at start. total counts padding up to 16 floats between tensors; padding
 *  stays 0 everywhere. count is the number of real parameters. */
struct fray_param_table {
  struct fray_arena *arena;
  struct fray_param *v;
  size_t n, capacity, total, count;
};

/** Adds a tensor; *index is its row. Names must be unique (INTERNAL otherwise). */
enum fray_status fray_param_add(struct fray_param_table *table, const char *prefix,
                                const char *name, int modality, const size_t shape[4], double bound,
                                size_t *index, struct fray_err *err);
/** Row by name, or NULL. */
const struct fray_param *fray_param_find(const struct fray_param_table *table, const char *name);
/** Initial values; each tensor from its own stream (seed, "init/NAME"). w (total). */
void fray_param_init(const struct fray_param_table *table, uint64_t seed, float *w);

#endif
