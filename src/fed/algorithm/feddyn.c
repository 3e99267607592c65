/* FedDyn: each client's loss is bent, by what its earlier updates add up to, until the minima of
 * clients and of the federation are the same.
 *
 * The paper keeps G_k = -alpha S_k and h = -alpha (mean of S_k over all clients), S_k the sum of a
 * client's updates. The sums themselves are kept here: then its authors' code, which has another
 * alpha for each client, is the same method. */
#include "fray/fed/algorithm.h"
#include "fray/fed/federation.h"
#include "fray/tensor/vec.h"

#include <string.h>

enum { PAPER, AUTHORS };
static const char *const compat_names[] = {"none", "authors", NULL};

struct params {
  double alpha;
  int compat, keep;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "alpha", struct params, alpha, .def = 0.01, .min = 1e-8, .max = 1000,
               .help = "weight of half the squared distance to the received model; the paper has "
                       "0.1, 0.01 and 0.001"),
    FRAY_FIELD(ENUM, "compat", struct params, compat, .names = compat_names, .def_text = "none",
               .help = "authors: as their code, whose alpha is divided by a client's samples and "
                       "multiplied by their mean over all clients, and stands past clipping, "
                       "beside weight decay"),
    FRAY_KEEP_FIELD(struct params, keep),
};
/* Of both the paper knows nothing: alpha is the pull, and h what the server remembers. */
static const char *const apart[] = {
    "mu",
    "alpha is its pull to the received model, and with another one what a client keeps is no "
    "gradient of its loss",
    "momentum",
    "its server moves by the mean of the models and what it keeps of all updates; with a server's "
    "momentum beside these the minimum is no longer that of the clients' mean loss",
    NULL};
static FRAY_TABLE(table, "feddyn", struct params, fields, .help = "", .elsewhere = apart);

/* Vectors: the mean of S_k over all clients, which stays with the server, and S_k. The number is
 * the mean number of samples over all clients. */
enum { MEAN = 0, SUM = 0, SAMPLES = 0 };

/* S_k is the gradient of a client's loss where its training ended, if that is where plain steps
 * lead; the authors clip and decay beside it. */
static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  const struct params *p = params;
  struct fray_local_config local = training->local;
  char why[160];
  if (p->compat == AUTHORS)
    local.weight_decay = local.clip_norm = 0;
  FRAY_CHECK(fray_optimiser_is_plain(&local, why, sizeof why), err, INPUT,
             "training.server: feddyn%s needs plain steps, lr times the gradient, but "
             "training.local has %s: what a client keeps is no gradient of its loss otherwise; "
             "take sgd with momentum%s 0",
             p->compat == AUTHORS ? " with compat: authors" : "", why,
             p->compat == AUTHORS ? "" : ", weight_decay and clip_norm");
  FRAY_CHECK(fray_aggregation_is_mean(&training->aggregation), err, INPUT,
             "training.aggregation.rule: %s mixes updates or leaves some out, but what the server "
             "of feddyn keeps is the mean of what its clients keep: it goes with the mean only",
             fray_aggregation_name(&training->aggregation));
  FRAY_CHECK(!fray_compression_is_on(&training->compression), err, INPUT,
             "training.compression: what the server of feddyn keeps is the sum of all that was "
             "trained, and what %s changes of it would stay there for ever",
             training->compression.kind.choice->name);
  return FRAY_OK;
}

/* Each client counts once, whatever its samples: the paper's objective is the mean over clients. */
static double weight(const void *params, const struct fray_visit_facts *facts) {
  (void)params, (void)facts;
  return 1.0;
}

/* One number, where alpha depends on what others hold. */
static size_t server_numbers(const void *params, const struct fray_roster *roster) {
  (void)roster;
  return ((const struct params *)params)->compat == AUTHORS ? 1 : 0;
}

/* Clients without samples count among the N, as they do where h is divided by it. */
static void start(const void *params, const struct fray_roster *roster, size_t n,
                  float *const *state, double *number) {
  double samples = 0;
  (void)n, (void)state;
  if (((const struct params *)params)->compat != AUTHORS)
    return;
  for (size_t c = 0; c < roster->clients; c++)
    samples += roster->samples[c];
  number[SAMPLES] = samples / (double)roster->clients;
}

/* Clients with few samples make few steps, so the authors hold them more tightly. */
static double alpha_of(const struct params *p, const struct fray_visit *v) {
  return p->compat == AUTHORS ? p->alpha * v->server[SAMPLES] / (double)v->data.n_labelled
                              : p->alpha;
}

/* A loop of its own, compiled for each vector level: it goes over four vectors in every step, which
 * is what the method costs. */
static FRAY_DISPATCH void bend(size_t n, float alpha, const float *restrict w,
                               const float *restrict global, const float *restrict sum,
                               float *restrict grad) {
  for (size_t i = 0; i < n; i++)
    grad[i] += alpha * ((w[i] - global[i]) + sum[i]);
}

/* alpha (v - w + S_k). The authors leave alpha v to the optimiser's weight decay, past clipping:
 * the weights that it is of are set aside in what becomes the update when training is over. */
static void gradient(const void *params, struct fray_visit *visit) {
  const struct params *p = params;
  const float alpha = (float)alpha_of(p, visit);
  const float *restrict sum = visit->kept[SUM], *restrict w = visit->w;
  const float *restrict global = visit->global;
  float *restrict grad = visit->grad;
  if (p->compat == AUTHORS) {
    for (size_t i = 0; i < visit->total; i++)
      grad[i] += alpha * (sum[i] - global[i]);
    memcpy(visit->up[0], w, visit->total * sizeof *w);
    return;
  }
  bend(visit->total, alpha, w, global, sum, grad);
}

/* alpha v of the authors, at the weights before the step, where their optimiser decays. */
static void stepped(const void *params, struct fray_visit *visit) {
  const struct params *p = params;
  const float a = (float)(visit->local->lr * alpha_of(p, visit));
  const float *restrict before = visit->up[0];
  if (p->compat == AUTHORS)
    for (size_t i = 0; i < visit->total; i++)
      visit->w[i] -= a * before[i];
}

/* Each client adds up its own way, wherever the server went in the meantime. */
static enum fray_status end(const void *params, struct fray_visit *visit, struct fray_err *err) {
  (void)params, (void)err;
  for (size_t i = 0; i < visit->total; i++)
    visit->kept[SUM][i] += visit->up[0][i];
  return FRAY_OK;
}

/* w = mean of w_k - h / alpha. The mean of S_k is over all clients, 1 / N: those who did not come
 * keep theirs. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  const double share = (double)round->updates / (double)round->clients;
  (void)params;
  if (round->updates == 0) /* no mean of models, from which the served one would be made */
    return;
  for (size_t i = 0; i < n; i++) {
    const double sum = (double)state[MEAN][i] + share * (double)mean[0][i];
    w[i] = (float)((double)w[i] + (double)mean[0][i] + sum);
    state[MEAN][i] = (float)sum;
  }
}

/* As scaffold's, the correction moves every weight in every step. */
static const struct fray_algorithm_ops ops = {
    .formula = "clients: g + alpha (v - w) - G_k; G_k -= alpha D_k. Server: h -= (alpha / N) sum "
               "of D_k; w = mean of w_k - h / alpha, unweighted, N all clients",
    .use = "uneven clients that take part again and again; the served model, not the mean of the "
           "cohort's, is what is evaluated",
    .avoid = "clients that are seen once (G_k is never used); momentum, Adam, a rule that leaves "
             "updates out; large models of many clients (a model of state each)",
    .server_vectors = 1,
    .client_vectors = 1,
    .server_numbers = server_numbers,
    .start = start,
    .keep = offsetof(struct params, keep),
    .every_block = true,
    .check = check,
    .weight = weight,
    .gradient = gradient,
    .stepped = stepped,
    .end = end,
    .touches = {.step = 5, .visit = 3, .server = 2},
    .step = step};

extern const struct fray_choice fray_algorithm_feddyn;
const struct fray_choice fray_algorithm_feddyn = {
    .name = "feddyn",
    .meaning = "dynamic regularisation: clients descend their loss, bent by the sum of their "
               "earlier updates and held near the received model; unweighted",
    .source = "Acar et al. 2021, arXiv 2111.04263, Alg. 1",
    .table = &table,
    .impl = &ops,
};
