/* FedYogi: as FedAdam, with a second moment that follows slowly. */
#include "fed/step/server_step.h"

static const struct fray_field fields[] = {FRAY_ADAPTIVE_LR, FRAY_ADAPTIVE_BETA1(0.9),
                                           FRAY_ADAPTIVE_BETA2, FRAY_ADAPTIVE_TAU,
                                           FRAY_ADAPTIVE_V0};
static FRAY_TABLE(table, "fedyogi", struct fray_adaptive_params, fields, .help = "");

/* Moves towards the square by a share of the square, so that v falls no faster than it rises. */
static double second(double beta2, double v, double square) {
  return v > square ? v - (1 - beta2) * square : v < square ? v + (1 - beta2) * square : v;
}

/* With the same m as fedadam: the two differ in v alone. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)round;
  fray_adaptive_step(params, n, mean[0], w, state, second);
}

static const struct fray_algorithm_ops ops = {
    .formula = "as fedadam, with v -= (1 - beta2) D^2 sign(v - D^2)",
    .use = "as fedadam, where updates are sparse or their size changes from round to round: v "
           "falls slowly, so steps do not jump",
    .avoid = "as fedadam",
    .server_vectors = FRAY_ADAPTIVE_VECTORS,
    .start = fray_adaptive_start,
    .touches = {.server = 4},
    .step = step};

extern const struct fray_choice fray_algorithm_fedyogi;
const struct fray_choice fray_algorithm_fedyogi = {
    .name = "fedyogi",
    .meaning = "server Yogi: as fedadam, but the second moment moves by a share of the new square "
               "and falls slowly",
    .source = "Reddi et al. 2021, arXiv 2003.00295, Alg. 2",
    .table = &table,
    .impl = &ops,
};
