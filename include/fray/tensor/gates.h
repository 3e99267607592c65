/* The element-wise part of a GRU step, fused and vectorised (definition: fray/nn/gru.h). */
#ifndef FRAY_TENSOR_GATES_H
#define FRAY_TENSOR_GATES_H

#include <stddef.h>

/** One step of n samples.  a (n rows, lda): W_i x of the gates r, z, n (3 width), replaced by r, z,
 * n. b_i, b_h (3 width): biases.  g (n, 3 width) packed: W_h h; not read where before is NULL.
 * before, after (n rows, ldh): state before (NULL: 0) and after the step.  kept (n rows, ldk): gets
 * the third part of W_h h + b_h; NULL: not kept, and a is left as it is. Rows are ld floats apart.
 */
void fray_gru_gates_forward(size_t n, size_t width, float *a, size_t lda, const float *b_i,
                            const float *g, const float *b_h, const float *before, float *after,
                            size_t ldh, float *kept, size_t ldk);
/** Backward of it. gates (n rows, ldg): r, z, n, replaced by the gradient of a.  kept as above.
 *  dafter (n rows, ldh): gradient of `after` from its own use; carry (n, width) packed: in, from
 * the later step; out, the part that passes to `before` directly.  dg (n rows, ldg): gradient of g.
 */
void fray_gru_gates_backward(size_t n, size_t width, float *gates, size_t ldg, const float *kept,
                             size_t ldk, const float *before, const float *dafter, size_t ldh,
                             float *carry, float *dg);

#endif
