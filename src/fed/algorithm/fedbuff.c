/* FedBuff: updates are gathered as they come, and each so many of them move the server, the less
 * the older the model is that an update was made from. */
#include "fray/fed/algorithm.h"
#include "fray/fed/federation.h"

#include <math.h>

/* lr is that of the server; clients have their own. */
struct params {
  int64_t buffer;
  double lr;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "buffer", struct params, buffer, .def = 10, .min = 1, .max = 1000000,
               .help = "updates after which the server is moved"),
    FRAY_FIELD(REAL, "lr", struct params, lr, .def = 1.0, .min = 1e-8, .max = 100,
               .help = "server step size"),
};
static FRAY_TABLE(table, "fedbuff", struct params, fields, .help = "");

/* A rule that looks at single updates gives them no weights, and with them no ages. */
static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  (void)params;
  FRAY_CHECK(fray_aggregation_is_mean(&training->aggregation), err, INPUT,
             "training.aggregation.rule: %s is unweighted, but fedbuff weighs updates by the age "
             "of their models",
             fray_aggregation_name(&training->aggregation));
  return FRAY_OK;
}

/* A client may be among them twice, if it is fast. */
static size_t arrivals(const void *params) {
  return (size_t)((const struct params *)params)->buffer;
}

/* 1 / sqrt(1 + x), x in server updates at arrival, divided by how many there are: a code that adds
 * without dividing takes lr / buffer for this lr. Not by samples, as in the paper. */
static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  (void)params, (void)round;
  for (size_t i = 0; i < n; i++)
    weight[i] = 1 / sqrt(1 + (double)member[i].staleness) / (double)n;
}

/* A client is told its age when it is asked for its update: the server has counted its own moves.
 */
static double own_weight(const void *params, const struct fray_server_round *round,
                         const struct fray_member *self, double *number) {
  (void)params, (void)round, (void)number;
  return 1 / sqrt(1 + (double)self->staleness);
}

static double scale(const void *params, const struct fray_server_round *round, double weights,
                    const double *number) {
  (void)params, (void)weights, (void)number;
  return 1 / (double)round->updates;
}

/* Updates are as they were made, from the models that were received. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  const struct params *p = params;
  (void)round, (void)state;
  for (size_t i = 0; i < n; i++)
    w[i] = (float)((double)w[i] + p->lr * (double)mean[0][i]);
}

/* Only the sum over a buffer reaches the server, never a single update. */
static const struct fray_algorithm_ops ops = {
    .formula = "no rounds: after `buffer` updates w += (lr / buffer) sum of D_k / sqrt(1 + x), D_k "
               "from the model that was received, x the server's updates since",
    .use = "as fedasync, where single updates must not be seen, or move the model too much",
    .avoid = "a buffer of about as many as there are clients at work: it waits for the slow again; "
             "the fast weigh more, as with fedasync",
    .arrivals = arrivals,
    .check = check,
    .weigh = weigh,
    .sums = {.weight = own_weight, .scale = scale},
    .step = step};

extern const struct fray_choice fray_algorithm_fedbuff;
const struct fray_choice fray_algorithm_fedbuff = {
    .name = "fedbuff",
    .meaning = "no cohorts: clients are always at work on the simulated clock, and each `buffer` "
               "updates move the server, weighed by the age of their models",
    .source = "Nguyen et al. 2022, arXiv 2106.06639",
    .table = &table,
    .impl = &ops,
};
