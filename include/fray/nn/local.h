/* Local training of a client: its settings, and one step of its optimiser. */
#ifndef FRAY_NN_LOCAL_H
#define FRAY_NN_LOCAL_H

#include "fray/nn/params.h"
#include "fray/schema/schema.h"

#include <stdbool.h>

/** Section `training.local`. */
struct fray_local_config {
  int64_t epochs, batch;
  double lr, weight_decay;
  double clip_norm;              /* L2 norm over all parameters; 0 = off */
  struct fray_variant optimiser; /* key `optimiser`: sgd, adam, adamw */
  struct fray_variant loss;      /* key `loss`, see fray/nn/loss.h */
};
extern const struct fray_table fray_local_table;

/** One optimiser (optimisers.def); choice->impl points here. */
struct fray_optimiser_ops {
  size_t state; /* values kept per parameter */
  /** Moves n neighbouring parameters, which all are at their step-th step (from 1). The gradient is
   *  factor x grad. state[k] (n) is value k; all are 0 before the first step. */
  void (*update)(const struct fray_local_config *config, uint32_t step, float factor, size_t n,
                 float *w, const float *grad, float *const *state);
};
enum { FRAY_OPTIMISER_STATE = 2 }; /* the largest `state` */

extern const struct fray_choices fray_optimisers; /* optimisers.def */

/** Vectors of `total` floats that the chosen optimiser keeps. */
size_t fray_local_state(const struct fray_local_config *config);

/** One step as PyTorch: clip_grad_norm_ (norm over blocks that took part; factor
 *  min(1, clip / (norm + 1e-6))), then torch.optim.SGD, Adam or AdamW.
 *  used: (modalities) blocks that took part; others rest (no decay, no momentum, no step counted);
 *  NULL = all. w, grad (total); state (fray_local_state, total); steps: (tensors) steps taken, 0 to
 *  begin: state is not read then. *norm is the norm before clipping. */
void fray_local_step(const struct fray_param_table *table, const struct fray_local_config *config,
                     const bool *used, float *w, float *grad, float *state, uint32_t *steps,
                     double *norm);

#endif
