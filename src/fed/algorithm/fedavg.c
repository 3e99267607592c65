/* FedAvg: the model moves by the mean update, whole. */
#include "fed/step/server_step.h"

/* No vector of the server, none of the clients: a checkpoint holds the model alone. */
static const struct fray_algorithm_ops ops = {
    .formula = "w += sum p_k D_k, p_k = n_k / the samples of the cohort",
    .use = "a first run, and as what others are compared with",
    .avoid = "many local steps on clients that hold different classes: their models drift apart",
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_fedavg;
const struct fray_choice fray_algorithm_fedavg = {
    .name = "fedavg",
    .meaning = "the sample-weighted mean of the clients' models replaces the global model",
    .source = "McMahan et al. 2017, arXiv 1602.05629, Alg. 1",
    .impl = &ops,
};
