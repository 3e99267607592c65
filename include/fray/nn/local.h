/* Local optimiser of a client: SGD with momentum, weight decay and gradient clipping. */
#ifndef FRAY_NN_LOCAL_H
#define FRAY_NN_LOCAL_H

#include "fray/nn/params.h"
#include "fray/schema/schema.h"

#include <stdbool.h>

/** Section `training.local`. */
struct fray_local_config {
  int64_t epochs, batch;
  double lr, momentum, weight_decay;
  double clip_norm; /* L2 norm over all parameters; 0 = off */
};
extern const struct fray_table fray_local_table;

/** One step as PyTorch: clip_grad_norm_ (norm over blocks that took part; factor
 *  min(1, clip / (norm + 1e-6))), then g += decay w; v = momentum v + g (v = g at the tensor's
 * first step); w -= lr v.  used: (modalities) blocks that took part; others rest (no decay, no
 * momentum); NULL = all. w, grad, velocity (total); first: (tensors) true until the tensor's first
 * step. *norm is the norm before clipping. */
void fray_sgd_step(const struct fray_param_table *table, const struct fray_local_config *config,
                   const bool *used, float *w, float *grad, float *velocity, bool *first,
                   double *norm);

#endif
