/* FedAvgM: the server keeps a velocity, in the terms of the literature. */
#include "fed/step/server_step.h"

/* Both as in the paper: a velocity that is not damped, and a step of 1. */
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "lr", struct fray_momentum_params, lr, .def = 1.0, .min = 1e-8, .max = 100,
               .help = "server step size"),
    FRAY_FIELD(REAL, "momentum", struct fray_momentum_params, momentum, .def = 0.9, .min = 0,
               .max = 0.9999, .help = "momentum of the server's velocity"),
};
static FRAY_TABLE(table, "fedavgm", struct fray_momentum_params, fields, .help = "");

static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)round;
  const struct fray_momentum_params *p = params;
  /* lr is outside the velocity: changing it does not change what the velocity remembers. */
  fray_momentum_step(p->lr, p->momentum, 1.0, n, mean[0], w, state[0]);
}

static const struct fray_algorithm_ops ops = {
    .formula = "v = momentum v - mean of D_k; w -= lr v",
    .use = "uneven cohorts that differ from round to round: the velocity averages over rounds; "
           "clients pay nothing",
    .avoid = "with lr 1 and a large momentum on few rounds: the effective step is "
             "lr / (1 - momentum)",
    .server_vectors = 1,
    .touches = {.server = 2},
    .step = step};

extern const struct fray_choice fray_algorithm_fedavgm;
const struct fray_choice fray_algorithm_fedavgm = {
    .name = "fedavgm",
    .meaning = "server momentum: v = momentum v + (w - mean of the clients' models); w -= lr v",
    .source = "Hsu et al. 2019, arXiv 1909.06335; Reddi et al. 2021, arXiv 2003.00295",
    .table = &table,
    .impl = &ops,
};
