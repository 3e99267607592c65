/* FedMultimodal's FedOpt, whose pseudo-gradient is divided by the clients' step size. */
#include "fed/step/server_step.h"

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "lr", struct fray_momentum_params, lr, .def = 0.025, .min = 1e-8, .max = 100,
               .help = "server step size; the effective step is lr / training.local.lr"),
    FRAY_FIELD(REAL, "momentum", struct fray_momentum_params, momentum, .def = 0.9, .min = 0,
               .max = 0.9999, .help = "momentum of the server's velocity"),
};
static FRAY_TABLE(table, "fedopt", struct fray_momentum_params, fields, .help = "");

static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  const struct fray_momentum_params *p = params;
  /* The velocity is in units of a gradient, so lr is that of FedMultimodal's scripts. */
  fray_momentum_step(p->lr, p->momentum, 1.0 / round->local_lr, n, mean[0], w, state[0]);
}

/* One vector, the velocity: a checkpoint holds it, since a run that went on without would take
 * another way. */
static const struct fray_algorithm_ops ops = {
    .formula = "v = momentum v - mean of D_k / local lr; w -= lr v",
    .use = "to repeat FedMultimodal's FedOpt with the numbers of its scripts",
    .avoid = "elsewhere: fedavgm is the same in the literature's terms",
    .server_vectors = 1,
    .touches = {.server = 2},
    .step = step};

extern const struct fray_choice fray_algorithm_fedopt;
const struct fray_choice fray_algorithm_fedopt = {
    .name = "fedopt",
    .meaning = "compat: server SGD with momentum on (w - mean) / local lr, as FedMultimodal's "
               "FedOpt; the same as fedavgm with lr / local lr",
    .source = "Feng et al. 2023, arXiv 2306.09486 (code)",
    .table = &table,
    .impl = &ops,
};
