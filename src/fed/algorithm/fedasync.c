/* FedAsync: the server mixes in each client's model when it comes, the less the older the model is
 * that the client had received. */
#include "fed/step/server_step.h"

#include "fray/fed/algorithm.h"
#include "fray/fed/federation.h"

#include <math.h>
#include <stdio.h>

/* By how much the server trusts an old model less. Constant is the plain method; a hinge lets
 * models of the usual age pass whole and punishes stragglers alone. */
enum { CONSTANT, POLYNOMIAL, HINGE };
static const char *const laws[] = {"constant", "polynomial", "hinge", NULL};

struct params {
  double alpha, a, b, rho;
  int staleness;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "alpha", struct params, alpha, .def = 0.6, .min = 0, .max = 1,
               .open_min = true,
               .help = "share of a client's model in the mixture, if it is fresh"),
    FRAY_FIELD(ENUM, "staleness", struct params, staleness, .names = laws, .def_text = "polynomial",
               .help = "factor s of alpha for a model that is x server updates old: constant 1; "
                       "polynomial (1 + x)^-a; hinge 1 up to b, then 1 / (a (x - b) + 1)"),
    FRAY_FIELD(REAL, "a", struct params, a, .optional = true, .min = 0, .max = 1000,
               .open_min = true, .help = "default 0.5 (polynomial) or 10 (hinge)"),
    FRAY_FIELD(REAL, "b", struct params, b, .def = 4, .min = 0, .max = 1e6,
               .help = "age up to which a hinge does nothing"),
    FRAY_FIELD(REAL, "rho", struct params, rho, .def = 0.005, .min = 0, .max = 1000,
               .help = "weight of half the squared distance of a client to the received model"),
};
/* a and b mean something for their own laws only; a default for each would be two keys. */
static FRAY_TABLE(table, "fedasync", struct params, fields, .help = "");

/* One answer is no cohort: there is nothing to take a median of. */
static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  (void)params;
  FRAY_CHECK(fray_aggregation_is_mean(&training->aggregation), err, INPUT,
             "training.aggregation.rule: %s needs a cohort, but fedasync moves the server with "
             "each answer alone",
             fray_aggregation_name(&training->aggregation));
  return FRAY_OK;
}

/* Each answer is a round of its own. */
static size_t arrivals(const void *params) {
  (void)params;
  return 1;
}

/* The paper's s; its hinge is 1 / (a (x - b) + 1), which some codes write otherwise. */
static double factor(const struct params *p, double age) {
  if (p->staleness == POLYNOMIAL)
    return pow(1 + age, -(isnan(p->a) ? 0.5 : p->a));
  if (p->staleness == HINGE && age > p->b)
    return 1 / ((isnan(p->a) ? 10 : p->a) * (age - p->b) + 1);
  return 1;
}

/* The pull to the model that was received, which keeps a client from running away meanwhile. */
static void gradient(const void *params, struct fray_visit *visit) {
  const struct params *p = params;
  const float rho = (float)p->rho;
  if (rho > 0)
    fray_pull_back(visit, rho);
}

/* w <- (1 - a) w + a w_k is w + a (w_k - w): the update is the distance to the model of now. */
static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  const struct params *p = params;
  (void)round;
  for (size_t i = 0; i < n; i++)
    weight[i] = p->alpha * factor(p, (double)member[i].staleness);
}

/* The weight is in the mean already; there is one answer, so the mean is that answer. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)params, (void)round, (void)state;
  for (size_t i = 0; i < n; i++)
    w[i] += mean[0][i];
}

/* At the first step a client is where the received model is, so that nothing pulls. */
static bool idle(const void *params, const struct fray_training_config *training,
                 const struct fray_roster *roster, size_t cohort, char *words, size_t size) {
  const struct params *p = params;
  (void)cohort;
  snprintf(
      words, size,
      "training.server: rho %g has no effect: every client makes one step a round, at the model "
      "that it received",
      p->rho);
  return p->rho > 0 && fray_visits_are_one_step(&training->local, roster);
}

/* No vectors of the server: what an old client pushes against is the present model itself. */
static const struct fray_algorithm_ops ops = {
    .formula = "no rounds: w += alpha s(x) (w_k - w) for each model as it comes, x the server's "
               "updates since its client received one, s the factor of `staleness`",
    .use = "clients whose speeds differ much: nobody waits for the slow",
    .avoid =
        "secure aggregation, since each model is seen; the fast come more often, so their data "
        "weigh more (participation.csv says how much)",
    .arrivals = arrivals,
    .from_present = true,
    .check = check,
    .idle = idle,
    .weigh = weigh,
    .singles = "each model as it comes",
    .gradient = gradient,
    .pulls = true,
    .touches = {.step = 4},
    .step = step};

extern const struct fray_choice fray_algorithm_fedasync;
const struct fray_choice fray_algorithm_fedasync = {
    .name = "fedasync",
    .meaning = "no cohorts: clients are always at work on the simulated clock, and the server "
               "mixes in each model as it comes, by its age",
    .source = "Xie et al. 2019, arXiv 1903.03934",
    .table = &table,
    .impl = &ops,
};
