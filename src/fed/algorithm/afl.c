/* AFL: the server plays against a mixture of the clients that looks for the worst one. */
#include "fed/step/server_step.h"
#include "fray/fed/federation.h"

/* The paper has one gradient step a round and reports the mean of all models; this reports the
 * last, as everywhere here. */
struct params {
  double lr_lambda;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "lr_lambda", struct params, lr_lambda, .def = 0.1, .min = 0, .max = 1000,
               .help = "step size of the clients' weights towards those with a large loss; 0 is "
                       "the unweighted mean"),
};
static FRAY_TABLE(table, "afl", struct params, fields, .help = "");

/* lambda: the server's numbers, one a client. They are in checkpoints, so that a run that goes on
 * knows whom it had raised. */
static size_t server_numbers(const void *params, const struct fray_roster *roster) {
  (void)params;
  return roster->clients;
}

/* Alike, over those who can train: a weight of who never comes would be lost. */
static void start(const void *params, const struct fray_roster *roster, size_t n,
                  float *const *state, double *number) {
  size_t able = 0;
  (void)params, (void)n, (void)state;
  for (size_t c = 0; c < roster->clients; c++)
    able += roster->samples[c] > 0;
  for (size_t c = 0; c < roster->clients; c++)
    number[c] = roster->samples[c] > 0 ? 1.0 / (double)able : 0;
}

/* Mean loss at the received model, over all samples: lambda and w are moved from the same point. */
static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  (void)params;
  return fray_visit_loss(visit, visit->global, &visit->number[0], err);
}

/* Nearest point of the simplex (Michelot 1986): what lies below the level goes, and the level rises
 * until nothing does. The sum is at least 1, as losses are not negative, so the level is at least 0
 * and what is 0 can be left aside from the start. */
static void project(size_t n, double *v) {
  double level = 0;
  for (size_t left = n + 1;;) {
    double sum = 0;
    size_t above = 0;
    for (size_t c = 0; c < n; c++)
      if (v[c] > level) {
        sum += v[c];
        above++;
      }
    if (above == left || above == 0)
      break;
    left = above;
    level = (sum - 1) / (double)above;
  }
  for (size_t c = 0; c < n; c++)
    v[c] = v[c] > level ? v[c] - level : 0;
}

/* This round's weights are those that its model was made with; the losses move the next ones. Of an
 * update that does not count, as one that is not finite, the others take over the weight. */
static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  const struct params *p = params;
  double *lambda = round->number, all = 0, here = 0;
  for (size_t c = 0; c < round->clients; c++)
    all += lambda[c];
  for (size_t i = 0; i < n; i++)
    here += lambda[member[i].client];
  /* all == here to the bit where everybody counts: the same numbers in the same order. */
  for (size_t i = 0; i < n; i++)
    weight[i] = here > 0 ? lambda[member[i].client] * (all / here) : 1.0 / (double)n;
  if (p->lr_lambda == 0)
    return;
  for (size_t i = 0; i < n; i++)
    lambda[member[i].client] += p->lr_lambda * member[i].number[0];
  project(round->clients, lambda);
}

/* A mean under weights that sum to 1, so the mixture of the clients' models. */
static const struct fray_algorithm_ops ops = {
    .formula = "w += sum lambda_k D_k; lambda = nearest point of the simplex to lambda + lr_lambda "
               "F(w), F_k the mean loss of client k at the received w; every client every round",
    .use = "few clients, of which the worst-off is what matters",
    .avoid = "many clients or partial participation (refused); wrong labels or attackers, whose "
             "large losses take all the weight; secure aggregation, which hides single losses",
    .numbers = 1,
    .needs_everybody = true,
    .server_numbers = server_numbers,
    .start = start,
    .begin = begin,
    .weigh = weigh,
    .singles = "the loss of each client",
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_afl;
const struct fray_choice fray_algorithm_afl = {
    .name = "afl",
    .meaning = "agnostic learning: the clients' weights rise with their losses, so that the model "
               "serves the worst mixture of them; all clients in every round",
    .source = "Mohri et al. 2019, arXiv 1902.00146, Alg. 1; several local steps a round",
    .table = &table,
    .impl = &ops,
};
