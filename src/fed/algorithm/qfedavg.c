/* q-FedAvg: clients whose loss is large move the model more. */
#include "fed/step/server_step.h"
#include "fray/fed/federation.h"
#include "fray/tensor/vec.h"

#include <math.h>

/* With q between 0 and 1 large losses count more than small ones, but less than in proportion. */
struct params {
  double q;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "q", struct params, q, .def = 0.1, .min = 0, .max = 100,
               .help = "how much more clients with a large loss count; 0 is the unweighted mean; "
                       "the paper has 0.001 to 15"),
};
static FRAY_TABLE(table, "qfedavg", struct params, fields, .help = "");

/* What a client says: F_k at the received model, and the squared length of its update. */
enum { LOSS, SQUARE, NUMBERS };

/* Before the first step, at the model that was received: the loss that training leaves would reward
 * clients for descending it. */
static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  (void)params;
  return fray_visit_loss(visit, visit->global, &visit->number[LOSS], err);
}

/* The server cannot form it: it sees the updates as a sum. */
static void measure(const void *params, struct fray_visit *visit) {
  (void)params;
  visit->number[SQUARE] = fray_vec_norm2(visit->total, visit->up[0]);
}

static enum fray_status end(const void *params, struct fray_visit *visit, struct fray_err *err) {
  (void)err;
  measure(params, visit);
  return FRAY_OK;
}

/* With L = 1 / lr: w -= sum F^q L (w - w_k) / sum (q F^(q-1) L^2 ||D||^2 + L F^q). A loss of 0 is
 * held above it by the authors' 1e-10, for q below 1. All powers are of losses over the largest
 * one: the quotient is the same, and no power overflows. */
static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  const double q = ((const struct params *)params)->q;
  double top = 1e-10, sum = 0;
  for (size_t i = 0; i < n; i++)
    top = fmax(top, member[i].number[LOSS]);
  for (size_t i = 0; i < n; i++) {
    const double loss = fmax(member[i].number[LOSS], 1e-10) / top;
    weight[i] = pow(loss, q);
    sum += weight[i] + q * pow(loss, q - 1) * member[i].number[SQUARE] / (top * round->local_lr);
  }
  for (size_t i = 0; i < n; i++)
    weight[i] /= sum;
}

/* The quotient's two sums, of which a client knows its own terms. Not over the largest loss, which
 * nobody knows here. */
static double own_weight(const void *params, const struct fray_server_round *round,
                         const struct fray_member *self, double *number) {
  const double q = ((const struct params *)params)->q;
  const double loss = fmax(self->number[LOSS], 1e-10), weight = pow(loss, q);
  number[0] = weight + q * pow(loss, q - 1) * self->number[SQUARE] / round->local_lr;
  return weight;
}

static double scale(const void *params, const struct fray_server_round *round, double weights,
                    const double *number) {
  (void)params, (void)round, (void)weights;
  return number[0] > 0 ? 1 / number[0] : 0; /* 0: of losses too small for the grid */
}

/* The weights have the step size in them: they do not sum to 1. */
static const struct fray_algorithm_ops ops = {
    .formula = "L = 1 / local lr, F_k the mean loss of client k at w: w += sum F_k^q L D_k / sum "
               "(q F_k^(q-1) L^2 ||D_k||^2 + L F_k^q); no sample counts",
    .use = "fairness between clients: the larger q, the more the worst-off decide; stateless, and "
           "two sums are all that the server needs",
    .avoid = "wrong labels or attackers: they have the largest losses and are raised by it, and a "
             "robust rule removes whom it raises; a large q makes steps short",
    .numbers = NUMBERS,
    .coded = measure,
    .begin = begin,
    .end = end,
    .weigh = weigh,
    .sums = {.n = 1, .weight = own_weight, .scale = scale},
    .touches = {.visit = 1},
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_qfedavg;
const struct fray_choice fray_algorithm_qfedavg = {
    .name = "qfedavg",
    .meaning = "fair averaging: clients weigh as their loss at the received model to the power of "
               "q, with steps that shrink accordingly",
    .source = "Li et al. 2020, arXiv 1905.10497, Alg. 2",
    .table = &table,
    .impl = &ops,
};
