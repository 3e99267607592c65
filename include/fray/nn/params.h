/* Parameter layout from one table: offsets, initialiser, checkpoint names and gradient-test names.
 */
#ifndef FRAY_NN_PARAMS_H
#define FRAY_NN_PARAMS_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { FRAY_PARAM_SHARED = -1, FRAY_PARAM_NAME = 64 };

struct fray_param {
  char name[FRAY_PARAM_NAME]; /* "acc.conv1.weight" */
  size_t shape[4];            /* unused dimensions are 1 */
  size_t offset, size;        /* floats in the flat vector; offset is a multiple of 16 */
  double bound;               /* initial values U(-bound, bound), PyTorch's default */
  const float *given;         /* (size) initial values instead; borrowed; NULL: drawn */
  bool still;                 /* no step of an optimiser moves it */
  bool by_rows;               /* a table of shape[0] rows of which a batch names few: backward marks
                                 what it adds to (fray/nn/touched.h) */
  int modality;               /* block: index of the modality it encodes, or FRAY_PARAM_SHARED */
};

/** Grows in the arena given at start. total counts padding up to 16 floats between tensors; padding
 *  stays 0 everywhere. count is the number of real parameters. */
struct fray_param_table {
  struct fray_arena *arena;
  struct fray_param *v;
  size_t n, capacity, total, count;
};

/** Where a part of a model declares its tensors: below a prefix ("acc"; "" is none), in the block
 * of a modality or FRAY_PARAM_SHARED. */
struct fray_param_scope {
  struct fray_param_table *table;
  const char *prefix;
  int modality;
};

/** Adds the tensor PREFIX.NAME; *offset is its place in the flat vector. Names must be unique
 *  (INTERNAL otherwise). INPUT: a name or a tensor that is too long. MEMORY. The layers have plans
 *  that add their own (fray_linear_plan and so on). */
enum fray_status fray_param_add(const struct fray_param_scope *scope, const char *name,
                                const size_t shape[4], double bound, size_t *offset,
                                struct fray_err *err);
/** The same of a tensor whose initial values are given; borrowed as long as the table is used. */
enum fray_status fray_param_add_given(const struct fray_param_scope *scope, const char *name,
                                      const size_t shape[4], const float *given, size_t *offset,
                                      struct fray_err *err);
/** Adds NAME.weight of that shape and NAME.bias (shape[0]), both with PyTorch's bound
 *  1 / sqrt(fan_in), fan_in the product of the shape's other dimensions. */
enum fray_status fray_param_add_layer(const struct fray_param_scope *scope, const char *name,
                                      const size_t shape[4], size_t *weight, size_t *bias,
                                      struct fray_err *err);
/** Row by name, or NULL. */
const struct fray_param *fray_param_find(const struct fray_param_table *table, const char *name);
/** Initial values; each tensor from its own stream (seed, "init/NAME"). w (total). */
void fray_param_init(const struct fray_param_table *table, uint64_t seed, float *w);

#endif
