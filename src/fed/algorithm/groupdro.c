/* Group DRO: groups of clients whose loss is large come to count more. */
#include "fed/step/server_step.h"
#include "fray/fed/federation.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct params {
  double eta;
  const char *group;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "group", struct params, group, .required = true,
               .help = "group column of the shards; each client must be of one group"),
    FRAY_FIELD(REAL, "eta", struct params, eta, .def = 0.01, .min = 0, .max = 1000,
               .help = "how fast groups with a large loss gain weight; 0: all groups weigh alike"),
};
static FRAY_TABLE(table, "groupdro", struct params, fields, .help = "");

/* Given by the scenario, looked up in the data: see fray_federation_roster. */
static const char *group(const void *params) {
  return ((const struct params *)params)->group;
}

/* Three rows of a number for each group: q, and what the round at hand has of it, which is kept
 * only because there is no other place: samples, and the sum of their losses. */
enum { ROWS = 3 };
struct groups {
  size_t n;
  double *q, *samples, *loss;
};

/* The rows lie one behind the other, as a checkpoint holds them. */
static struct groups groups_of(size_t n, double *number) {
  return (struct groups){.n = n, .q = number, .samples = number + n, .loss = number + 2 * n};
}

static size_t server_numbers(const void *params, const struct fray_roster *roster) {
  (void)params;
  return ROWS * roster->groups;
}

/* Alike, over the groups that have a client which can train. */
static void start(const void *params, const struct fray_roster *roster, size_t n,
                  float *const *state, double *number) {
  double sum = 0;
  (void)params, (void)n, (void)state;
  for (size_t c = 0; c < roster->clients; c++)
    if (roster->samples[c] > 0)
      number[roster->group[c]] = 1;
  for (size_t g = 0; g < roster->groups; g++)
    sum += number[g];
  for (size_t g = 0; g < roster->groups; g++)
    number[g] /= sum;
}

/* Mean loss at the received model, over all samples: the group's loss is that of the model which
 * the round began with. */
static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  (void)params;
  return fray_visit_loss(visit, visit->global, &visit->number[0], err);
}

/* Members come in the order of their clients, so the sums are the same on every rank. */
static void see(struct groups g, size_t n, const struct fray_member *member) {
  memset(g.samples, 0, 2 * g.n * sizeof *g.samples);
  for (size_t i = 0; i < n; i++) {
    g.samples[member[i].group] += (double)member[i].samples;
    g.loss[member[i].group] += (double)member[i].samples * member[i].number[0];
  }
}

/* q_g exp(eta L_g) of the groups that are there, then normalised over all. By logarithms, relative
 * to the largest, so that none overflows; and no group that has clients falls to 0, from where no
 * loss could raise it again. */
static void raise_groups(double eta, struct groups g) {
  double top = -INFINITY, sum = 0;
  for (size_t i = 0; i < g.n; i++) {
    const double gain = g.samples[i] > 0 ? eta * g.loss[i] / g.samples[i] : 0;
    g.q[i] = log(g.q[i]) + gain; /* -inf of a group without clients */
    top = fmax(top, g.q[i]);
  }
  for (size_t i = 0; i < g.n; i++) {
    g.q[i] = isinf(g.q[i]) ? 0 : fmax(exp(g.q[i] - top), DBL_MIN);
    sum += g.q[i];
  }
  for (size_t i = 0; i < g.n; i++)
    g.q[i] /= sum;
}

/* The new q decides already: q_g n_k / n_g, over the groups that are there. All of it could have
 * vanished beside the others; then their samples decide. */
static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  const struct params *p = params;
  const struct groups g = groups_of(round->groups, round->number);
  double sum = 0, samples = 0;
  see(g, n, member);
  raise_groups(p->eta, g);
  for (size_t i = 0; i < n; i++) {
    const size_t of = (size_t)member[i].group;
    weight[i] = g.q[of] * ((double)member[i].samples / g.samples[of]);
    sum += weight[i];
    samples += (double)member[i].samples;
  }
  for (size_t i = 0; i < n; i++)
    weight[i] = sum > 0 ? weight[i] / sum : (double)member[i].samples / samples;
}

/* One group has all the weight from the start to the end. */
static bool idle(const void *params, const struct fray_training_config *training,
                 const struct fray_roster *roster, size_t cohort, char *words, size_t size) {
  const struct params *p = params;
  (void)training, (void)cohort;
  for (size_t c = 1; c < roster->clients; c++)
    if (roster->group[c] != roster->group[0])
      return false;
  snprintf(words, size,
           "training.server: all clients are of one group of '%.80s': groupdro is fedavg there",
           p->group);
  return true;
}

/* As fedavg: all that differs are the weights. */
static const struct fray_algorithm_ops ops = {
    .idle = idle,
    .formula = "q_g = q_g exp(eta L_g) for the groups g in the cohort, L_g their mean loss at w, "
               "normalised; w += sum q_g (n_k / n_g) D_k, renormalised, n_g their samples",
    .use = "a group column whose worst group is what matters, groups of any size",
    .avoid = "groups that few cohorts have; a group whose labels are wrong gains all the weight; "
             "secure aggregation, which hides single losses",
    .numbers = 1,
    .server_numbers = server_numbers,
    .start = start,
    .group = group,
    .begin = begin,
    .weigh = weigh,
    .singles = "the loss of each client, before it weighs updates",
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_groupdro;
const struct fray_choice fray_algorithm_groupdro = {
    .name = "groupdro",
    .meaning = "groups of clients weigh more as their loss at the received model is larger, so "
               "that the worst group decides",
    .source = "Sagawa et al. 2020, arXiv 1911.08731, Alg. 1, of groups of clients and cohorts",
    .table = &table,
    .impl = &ops,
};
