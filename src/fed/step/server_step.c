/* Steps that the servers of several methods take, and the pull that their clients feel. */
#include "server_step.h"

#include "fray/tensor/vec.h"

/* The three never overlap; saying so spares the compiler a look at run time. */
static FRAY_DISPATCH void pull(size_t n, float a, const float *restrict w,
                               const float *restrict global, float *restrict grad) {
  for (size_t i = 0; i < n; i++)
    grad[i] += a * (w[i] - global[i]);
}

/* In every step of a client, over every weight that was moved: the widest vectors that there are.
 */
void fray_pull_back(const struct fray_visit *visit, float a) {
  const uint64_t *bit = visit->rows ? visit->rows->bit : NULL;
  size_t at = 0, lo, hi;
  while (fray_touched_next(bit, &at, visit->total, &lo, &hi))
    pull(hi - lo, a, visit->w + lo, visit->global + lo, visit->grad + lo);
}

/* Of weights that sum to 1 it leads to the mean of the clients' models, since updates are
 * differences from w. */
void fray_whole_step(const void *params, const struct fray_server_round *round, size_t n,
                     const float *const *mean, float *w, float *const *state) {
  (void)params, (void)round, (void)state;
  for (size_t i = 0; i < n; i++)
    w[i] += mean[0][i];
}

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

const char *const fray_adaptive_v0_names[] = {"tau", "zero", NULL};

/* m is zeros as it is. Padding gets the value too, which moves nothing: m stays 0 there. */
void fray_adaptive_start(const void *params, const struct fray_roster *roster, size_t n,
                         float *const *state, double *number) {
  const struct fray_adaptive_params *p = params;
  const float v0 = p->v0 == FRAY_V0_TAU ? (float)(p->tau * p->tau) : 0;
  (void)roster, (void)number;
  for (size_t i = 0; i < n; i++)
    state[FRAY_ADAPTIVE_V][i] = v0;
}
