/* The step of a server with momentum, which two of them take. */
#include "momentum.h"

/* Where no update came the mean is 0: the velocity decays and the model goes on, as on a server
 * that hears nothing. */
void fray_momentum_step(double lr, double momentum, double scale, size_t n, const float *mean,
                        float *w, float *v) {
  /* Double inside, float between rounds: as the fixtures were made, and what a checkpoint holds. */
  for (size_t i = 0; i < n; i++) {
    v[i] = (float)(momentum * (double)v[i] - scale * (double)mean[i]);
    w[i] = (float)((double)w[i] - lr * (double)v[i]);
  }
}
