/* The element-wise part of a GRU step, fused and vectorised (definition: fray/nn/gru.h). */
#ifndef FRAY_TENSOR_GATES_H
#define FRAY_TENSOR_GATES_H

#include <stdbool.h>
#include <stddef.h>

/** One step of n samples in the midst of sequences of several: what is of all steps lies in rows of
 * all sequences, of which the step has row[i] of sample i; what is of the step alone is packed. */
struct fray_gru_step {
  size_t n, width;
  const size_t *row;      /* (n) none twice */
  const float *b_i, *b_h; /* (3 width) biases of the gates r, z, n */
  bool begins;            /* the state before the step is 0 */
  float *gates;           /* (rows, 3 width) */
  float *kept;            /* (rows, width) the third part of W_h h + b_h; NULL: not kept */
};

/** h (rows, width): the state after the step, of which state (n, width) is a copy; that held the
 *  state before, and is not read where the step begins. gates hold W_i x and are replaced by r, z,
 *  n, unless nothing is kept: then they are left as they are. g (n, 3 width): W_h state; not read
 *  where the step begins. */
void fray_gru_gates_forward(const struct fray_gru_step *step, const float *g, float *h,
                            float *state);
/** Backward of it. gates hold r, z, n and are replaced by the gradient of W_i x. h (rows, width):
 *  the states, of which a sample's row before row[i] was the state before; dh (rows, width):
 *  gradient of each from its own use; carry (n, width): in, from the later step; out, the part that
 *  passes to the state before directly. dg (n, 3 width): gradient of g, of which all (rows, 3
 *  width) gets a copy. */
void fray_gru_gates_backward(const struct fray_gru_step *step, const float *h, const float *dh,
                             float *carry, float *dg, float *all);

#endif
