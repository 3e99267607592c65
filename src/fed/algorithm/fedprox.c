/* FedProx: a client is held near the model that it received. */
#include "fed/step/server_step.h"
#include "fray/fed/federation.h"

#include <stdio.h>

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
  fray_pull_back(visit, (float)p->mu);
}

/* In its first step a client is where it was received, so there is nothing to pull. */
static bool idle(const void *params, const struct fray_training_config *training,
                 const struct fray_roster *roster, size_t cohort, char *words, size_t size) {
  const struct params *p = params;
  (void)cohort;
  snprintf(
      words, size,
      "training.server: mu %g has no effect: every client makes one step a round, at the model "
      "that it received",
      p->mu);
  return p->mu > 0 && fray_visits_are_one_step(&training->local, roster);
}

/* As fedavg: all that differs happens with the clients. */
static const struct fray_algorithm_ops ops = {
    .formula = "clients: g + mu (w_k - w); the server as fedavg",
    .use = "clients that make many steps on uneven data, where fedavg drifts; stateless",
    .avoid = "one local step, where it is fedavg; a large mu leaves clients where they began",
    .idle = idle,
    .gradient = gradient,
    .pulls = true,
    .touches = {.step = 4},
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_fedprox;
const struct fray_choice fray_algorithm_fedprox = {
    .name = "fedprox",
    .meaning = "fedavg, where clients minimise their loss + mu / 2 x the squared distance to the "
               "received model",
    .source = "Li et al. 2020, arXiv 1812.06127, Alg. 2; weights by samples",
    .table = &table,
    .impl = &ops,
};
