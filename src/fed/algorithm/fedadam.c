/* FedAdam: the server steps along the mean update as Adam does along a gradient. */
#include "fed/step/server_step.h"

static const struct fray_field fields[] = {FRAY_ADAPTIVE_LR, FRAY_ADAPTIVE_BETA1(0.9),
                                           FRAY_ADAPTIVE_BETA2, FRAY_ADAPTIVE_TAU,
                                           FRAY_ADAPTIVE_V0};
static FRAY_TABLE(table, "fedadam", struct fray_adaptive_params, fields, .help = "");

/* A mean that forgets: old rounds count less and less. */
static double second(double beta2, double v, double square) {
  return beta2 * v + (1 - beta2) * square;
}

/* m first, so that the step of a round already has its update in it. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)round;
  fray_adaptive_step(params, n, mean[0], w, state, second);
}

static const struct fray_algorithm_ops ops = {
    .formula = "D = mean of D_k; m = beta1 m + (1 - beta1) D; v = beta2 v + (1 - beta2) D^2; w += "
               "lr m / (sqrt v + tau), without bias correction",
    .use = "weights whose gradients differ much in size: words, embeddings, rare classes",
    .avoid = "with few rounds or an lr that was not tuned: steps are as long as lr says, however "
             "small the update",
    .server_vectors = FRAY_ADAPTIVE_VECTORS,
    .start = fray_adaptive_start,
    .touches = {.server = 4},
    .step = step};

extern const struct fray_choice fray_algorithm_fedadam;
const struct fray_choice fray_algorithm_fedadam = {
    .name = "fedadam",
    .meaning = "server Adam on the mean update, without bias correction: each weight has a step of "
               "its own length",
    .source = "Reddi et al. 2021, arXiv 2003.00295, Alg. 2",
    .table = &table,
    .impl = &ops,
};
