/* Shared by adam and adamw: they differ only in where the decay of the weights acts. */
#ifndef ADAM_H
#define ADAM_H

#include "fray/nn/optimiser.h"

extern const struct fray_table adam_table; /* beta1, beta2, eps */

/** m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 *  w = shrink w - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps), with g = factor grad +
 *  decay w. state[0] is m, state[1] is v. */
void adam_update(const struct fray_local_config *config, const struct fray_moved *moved,
                 float decay, float shrink);

#endif
