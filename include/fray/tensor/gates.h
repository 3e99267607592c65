/* The element-wise part of a GRU step, fused and vectorised (definition: fray/nn/gru.h). */
#ifndef FRAY_TENSOR_GATES_H
#define FRAY_TENSOR_GATES_H

#include <stddef.h>

/** One step of n samples, and what is kept of it. The states of a sample lie `row` floats after
 * those of the one before, its gates 3 row: a step in the midst of sequences of several. */
struct fray_gru_step {
  size_t n, width, row;
  const float *b_i, *b_h; /* (3 width) biases of the gates r, z, n */
  const float *before;    /* (n, width) the state before the step; NULL: 0 */
  float *gates;           /* (n, 3 width) */
  float *kept;            /* (n, width) the third part of W_h h + b_h; NULL: not kept */
};

/** after (n, width): the state after the step. gates hold W_i x and are replaced by r, z, n, unless
 *  nothing is kept: then they are left as they are. g (n, 3 width), packed: W_h h; not read where
 *  before is NULL. */
void fray_gru_gates_forward(const struct fray_gru_step *step, const float *g, float *after);
/** Backward of it. gates hold r, z, n and are replaced by the gradient of W_i x. dafter (n, width),
 *  row apart: gradient of `after` from its own use; carry (n, width), packed: in, from the later
 *  step; out, the part that passes to `before` directly. dg (n, 3 width), 3 row apart: gradient of
 *  g. */
void fray_gru_gates_backward(const struct fray_gru_step *step, const float *dafter, float *carry,
                             float *dg);

#endif
