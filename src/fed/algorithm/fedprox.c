/* FedProx: a client is held near the model that it received. */
#include "fray/fed/algorithm.h"

struct params {
  double mu;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "mu", struct params, mu, .def = 0.01, .min = 0, .max = 1000,
               .help = "weight of half the squared distance to the received model; 0 is fedavg"),
};
static FRAY_TABLE(table, "fedprox", struct params, fields, .help = "");

/* Part of the gradient, so momentum and clipping see it as they see the loss. Blocks that a batch
 * does not use rest here too: weight decay, the other pull on weights, leaves them alone as well.
 */
static void gradient(const void *params, struct fray_visit *visit) {
  const struct params *p = params;
  const float mu = (float)p->mu;
  const float *restrict global = visit->global, *restrict w = visit->w;
  float *restrict grad = visit->grad;
  for (size_t i = 0; i < visit->total; i++)
    grad[i] += mu * (w[i] - global[i]);
}

/* As fedavg: all that differs happens with the clients. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)params, (void)round, (void)state;
  for (size_t i = 0; i < n; i++)
    w[i] += mean[0][i];
}

static const struct fray_algorithm_ops ops = {.gradient = gradient, .step = step};

extern const struct fray_choice fray_algorithm_fedprox;
const struct fray_choice fray_algorithm_fedprox = {
    .name = "fedprox",
    .meaning = "fedavg, where clients minimise their loss + mu / 2 x the squared distance to the "
               "received model",
    .source = "Li et al. 2020, arXiv 1812.06127, Alg. 2; weights by samples",
    .table = &table,
    .impl = &ops,
};
