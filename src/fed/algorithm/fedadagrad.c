/* FedAdagrad: the server's steps shrink as updates add up. */
#include "fed/step/server_step.h"

static const struct fray_field fields[] = {FRAY_ADAPTIVE_LR, FRAY_ADAPTIVE_BETA1(0),
                                           FRAY_ADAPTIVE_TAU, FRAY_ADAPTIVE_V0};
static FRAY_TABLE(table, "fedadagrad", struct fray_adaptive_params, fields, .help = "");

/* A sum: v never falls, so steps of a weight only grow shorter. */
static double second(double beta2, double v, double square) {
  (void)beta2;
  return v + square;
}

/* beta1 is 0 unless it is given: m is then the update itself. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)round;
  fray_adaptive_step(params, n, mean[0], w, state, second);
}

static const struct fray_algorithm_ops ops = {
    .formula = "as fedadam, with v += D^2 and beta1 0",
    .use = "sparse features and convex problems, where steps should die out by themselves",
    .avoid = "long trainings of deep models: steps only ever shrink",
    .server_vectors = FRAY_ADAPTIVE_VECTORS,
    .start = fray_adaptive_start,
    .touches = {.server = 4},
    .step = step};

extern const struct fray_choice fray_algorithm_fedadagrad;
const struct fray_choice fray_algorithm_fedadagrad = {
    .name = "fedadagrad",
    .meaning = "server Adagrad: each weight's step shrinks with the root of all squared updates "
               "that it has had",
    .source = "Reddi et al. 2021, arXiv 2003.00295, Alg. 2",
    .table = &table,
    .impl = &ops,
};
