/* Shared by the server optimisers with momentum. */
#ifndef FRAY_FED_MOMENTUM_H
#define FRAY_FED_MOMENTUM_H

#include "fray/schema/schema.h"

struct fray_momentum_params {
  double lr, momentum;
};

/** v = momentum v - scale mean; w -= lr v.  -mean is the pseudo-gradient w - mean(w_k). */
void fray_momentum_step(double lr, double momentum, double scale, size_t n, const float *mean,
                        float *w, float *v);

#endif
