/* FedAvg: the model moves by the mean update, whole. */
#include "fray/fed/algorithm.h"

static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)params, (void)round, (void)state;
  /* A mean of differences from w: added, it is the mean of the clients' models. */
  for (size_t i = 0; i < n; i++)
    w[i] += mean[0][i];
}

/* No vector of the server, none of the clients: a checkpoint holds the model alone. */
static const struct fray_algorithm_ops ops = {.step = step};

extern const struct fray_choice fray_algorithm_fedavg;
const struct fray_choice fray_algorithm_fedavg = {
    .name = "fedavg",
    .meaning = "the sample-weighted mean of the clients' models replaces the global model",
    .source = "McMahan et al. 2017, arXiv 1602.05629, Alg. 1",
    .impl = &ops,
};
