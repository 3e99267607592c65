/* FedAvg: the model moves by the mean update, whole. */
#include "fray/fed/server.h"

static void step(const void *params, double local_lr, size_t round, size_t n, const float *mean,
                 float *w, float *state) {
  (void)params, (void)local_lr, (void)round, (void)state;
  for (size_t i = 0; i < n; i++)
    w[i] += mean[i];
}

static const struct fray_server_ops ops = {.state = 0, .step = step};

extern const struct fray_choice fray_server_fedavg;
const struct fray_choice fray_server_fedavg = {
    .name = "fedavg",
    .meaning = "the sample-weighted mean of the clients' models replaces the global model",
    .source = "McMahan et al. 2017, arXiv 1602.05629, Alg. 1",
    .impl = &ops,
};
