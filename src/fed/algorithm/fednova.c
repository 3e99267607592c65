/* FedNova: updates are measured per local step before they are averaged, so that clients that make
 * more steps do not pull the model towards their own minimum. */
#include "fed/step/server_step.h"

#include "fray/fed/algorithm.h"
#include "fray/fed/federation.h"

#include <math.h>
#include <stdio.h>

struct params {
  double lr, mu;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "lr", struct params, lr, .def = 1.0, .min = 1e-8, .max = 100,
               .help = "server step size"),
    FRAY_FIELD(REAL, "mu", struct params, mu, .def = 0, .min = 0, .max = 1000,
               .help = "weight of half the squared distance to the received model; 0: no such "
                       "term"),
};
static FRAY_TABLE(table, "fednova", struct params, fields, .help = "");

/* What clipping, decay or Adam make of a gradient has no length that the paper gives, nor has
 * momentum together with the proximal term. */
static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  const struct params *p = params;
  char why[160];
  FRAY_CHECK(fray_optimiser_length(&training->local, 1, why, sizeof why) > 0, err, INPUT,
             "training.server: fednova divides by the length of a client's way, which is known of "
             "sgd with weight_decay and clip_norm 0 alone, but training.local has %s",
             why);
  FRAY_CHECK(p->mu == 0 || fray_optimiser_is_plain(&training->local, why, sizeof why), err, INPUT,
             "training.server: fednova with mu needs plain steps, but training.local has %s: the "
             "length of a client's way is not known with both",
             why);
  FRAY_CHECK(fray_aggregation_is_mean(&training->aggregation), err, INPUT,
             "training.aggregation.rule: %s judges updates by their lengths, which fednova divides "
             "by the clients' own: it goes with the mean only",
             fray_aggregation_name(&training->aggregation));
  return FRAY_OK;
}

/* ||a||_1 of tau steps: how many plain steps the way of a client is long. */
static double length_of_way(const struct params *p, const struct fray_visit *visit) {
  /* Steps really made: the last batch may be short, and a client may have been cut off. */
  const double tau = (double)visit->step, pull = p->mu * visit->local->lr;
  char why[160];
  if (pull > 0)
    return (1 - pow(1 - pull, tau)) / pull;
  return fray_optimiser_length(visit->local, tau, why, sizeof why);
}

static void gradient(const void *params, struct fray_visit *visit) {
  const struct params *p = params;
  const float mu = (float)p->mu;
  if (mu > 0)
    fray_pull_back(visit, mu);
}

static enum fray_status end(const void *params, struct fray_visit *visit, struct fray_err *err) {
  (void)err;
  visit->number[0] = length_of_way(params, visit);
  return FRAY_OK;
}

/* w += tau_eff sum p_k D_k / ||a_k||: weights that need not sum to 1. tau_eff is the cohort's mean
 * length, with a proximal term the mean number of steps (the paper's eq. 10 and its code). */
static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  const struct params *p = params;
  double samples = 0, effective = 0;
  (void)round;
  /* Shares of the cohort, not of all clients, as the paper's p_k of a round. */
  for (size_t i = 0; i < n; i++)
    samples += (double)member[i].samples;
  for (size_t i = 0; i < n; i++) {
    const double share = (double)member[i].samples / samples;
    effective += share * (p->mu > 0 ? (double)member[i].steps : member[i].number[0]);
    weight[i] = share / member[i].number[0];
  }
  for (size_t i = 0; i < n; i++)
    weight[i] *= effective;
}

/* The same of three sums: n_k D_k / ||a_k||, n_k, and n_k ||a_k||, of which a client knows its own.
 */
enum { SAMPLES, LENGTHS, SUMS };
static double own_weight(const void *params, const struct fray_server_round *round,
                         const struct fray_member *self, double *number) {
  const struct params *p = params;
  (void)round;
  number[SAMPLES] = (double)self->samples;
  number[LENGTHS] = (double)self->samples * (p->mu > 0 ? (double)self->steps : self->number[0]);
  return (double)self->samples / self->number[0];
}

static double scale(const void *params, const struct fray_server_round *round, double weights,
                    const double *number) {
  (void)params, (void)round, (void)weights;
  return number[SAMPLES] > 0 ? number[LENGTHS] / number[SAMPLES] / number[SAMPLES] : 0;
}

static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  const struct params *p = params;
  (void)round, (void)state;
  for (size_t i = 0; i < n; i++)
    w[i] = (float)((double)w[i] + p->lr * (double)mean[0][i]);
}

/* At the first step a client is where the received model is, so that nothing pulls. */
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

/* The pull to the received model reaches every block, also of a modality that a batch lacks: there
 * it is 0 for as long as the block rests. */
static const struct fray_algorithm_ops ops = {
    .formula = "w += lr a_eff sum p_k D_k / a_k, a_k how many steps the way of client k is long "
               "(plain SGD: its steps), a_eff = sum p_k a_k (with mu: of the steps)",
    .use = "clients whose numbers of steps differ: uneven samples, partial work",
    .avoid = "clients that make equally many steps, where it is fedavg; Adam, decay, clipping, "
             "whose lengths nobody knows, and robust rules, which judge by length (refused)",
    .numbers = 1,
    .check = check,
    .idle = idle,
    .gradient = gradient,
    .pulls = true,
    .end = end,
    .weigh = weigh,
    .sums = {.n = SUMS, .weight = own_weight, .scale = scale},
    .step = step};

extern const struct fray_choice fray_algorithm_fednova;
const struct fray_choice fray_algorithm_fednova = {
    .name = "fednova",
    .meaning = "normalised averaging: each update is divided by the length of its client's way, "
               "so that uneven numbers of steps do not move the minimum",
    .source = "Wang et al. 2020, arXiv 2007.07481",
    .table = &table,
    .impl = &ops,
};
