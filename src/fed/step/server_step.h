/* What several methods share: steps of servers, what these begin with, and the pull of clients. */
#ifndef FRAY_FED_SERVER_STEP_H
#define FRAY_FED_SERVER_STEP_H

#include "fray/fed/algorithm.h"

#include <math.h>

/** ops->step: w += the aggregated update. */
void fray_whole_step(const void *params, const struct fray_server_round *round, size_t n,
                     const float *const *mean, float *w, float *const *state);

/** grad += a (w - global): where half the squared distance to the received model, times a, is added
 *  to the loss of a client. */
void fray_pull_back(const struct fray_visit *visit, float a);

/* ---- momentum ---- */

struct fray_momentum_params {
  double lr, momentum;
};

/** v = momentum v - scale mean; w -= lr v.  -mean is the pseudo-gradient w - mean(w_k). */
void fray_momentum_step(double lr, double momentum, double scale, size_t n, const float *mean,
                        float *w, float *v);

/* ---- a step of its own length for each weight ---- */

enum fray_adaptive_v0 { FRAY_V0_TAU, FRAY_V0_ZERO };
extern const char *const fray_adaptive_v0_names[];

struct fray_adaptive_params {
  double lr, beta1, beta2, tau; /* beta2: not of every rule */
  int v0;                       /* enum fray_adaptive_v0 */
};

/* Rows of their tables; the defaults of Reddi et al. 2021 but for lr, which they tune for each
 * task. */
#define FRAY_ADAPTIVE_LR                                                                           \
  FRAY_FIELD(REAL, "lr", struct fray_adaptive_params, lr, .def = 0.01, .min = 1e-8, .max = 100,    \
             .help = "server step size; the paper tunes it for each task")
#define FRAY_ADAPTIVE_BETA1(DEFAULT)                                                               \
  FRAY_FIELD(REAL, "beta1", struct fray_adaptive_params, beta1, .def = DEFAULT, .min = 0,          \
             .max = 0.9999, .help = "share of the last mean of updates that is kept")
#define FRAY_ADAPTIVE_BETA2                                                                        \
  FRAY_FIELD(REAL, "beta2", struct fray_adaptive_params, beta2, .def = 0.99, .min = 0,             \
             .max = 0.999999, .help = "share of the last mean of squared updates that is kept")
#define FRAY_ADAPTIVE_TAU                                                                          \
  FRAY_FIELD(REAL, "tau", struct fray_adaptive_params, tau, .def = 1e-3, .min = 1e-12, .max = 1e3, \
             .help = "added to the root of v: the larger, the less steps differ from weight to "   \
                     "weight")
#define FRAY_ADAPTIVE_V0                                                                           \
  FRAY_FIELD(ENUM, "v0", struct fray_adaptive_params, v0, .names = fray_adaptive_v0_names,         \
             .def_text = "tau",                                                                    \
             .help = "v before the first round: tau, its square, as the paper's; zero, as "        \
                     "Flower's and FedLab's code, whose first steps are longer")

/** ops->start of all of them. */
void fray_adaptive_start(const void *params, const struct fray_roster *roster, size_t n,
                         float *const *state, double *number);

enum { FRAY_ADAPTIVE_M, FRAY_ADAPTIVE_V, FRAY_ADAPTIVE_VECTORS };

/** m = beta1 m + (1 - beta1) D; v = second(v, D^2); w += lr m / (sqrt v + tau), D the mean update,
 *  m and v without bias correction. Inline, so that the rule of the second moment is as well. */
static inline void fray_adaptive_step(const struct fray_adaptive_params *p, size_t n,
                                      const float *mean, float *w, float *const *state,
                                      double (*second)(double beta2, double v, double square)) {
  float *m = state[FRAY_ADAPTIVE_M], *v = state[FRAY_ADAPTIVE_V];
  /* Double inside, float between rounds, as momentum. */
  for (size_t i = 0; i < n; i++) {
    const double d = (double)mean[i];
    const double first = p->beta1 * (double)m[i] + (1 - p->beta1) * d;
    const double square = second(p->beta2, (double)v[i], d * d);
    m[i] = (float)first;
    v[i] = (float)square;
    w[i] = (float)((double)w[i] + p->lr * first / (sqrt(square) + p->tau));
  }
}

#endif
