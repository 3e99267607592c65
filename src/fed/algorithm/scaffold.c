/* SCAFFOLD: each client's steps are corrected by how its gradients differ from those of all. */
#include "fray/fed/algorithm.h"
#include "fray/fed/federation.h"
#include "fray/tensor/vec.h"

struct params {
  int64_t option;
  double lr;
  bool compat;
  int keep;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "option", struct params, option, .def = 2, .min = 1, .max = 2,
               .help = "a client's control: 1, its gradient at the received model (one more pass "
                       "over its samples); 2, the mean of the gradients along its steps"),
    FRAY_FIELD(REAL, "lr", struct params, lr, .def = 1.0, .min = 1e-8, .max = 100,
               .help = "server step size"),
    FRAY_FIELD(BOOL, "compat", struct params, compat, .def = 0,
               .help =
                   "as FedMultimodal runs it: option 2 with any optimiser, though (w - w_k) / (K "
                   "lr) is then no mean gradient, and w -= lr (c - c_k) after each step, past "
                   "momentum and clipping"),
    FRAY_KEEP_FIELD(struct params, keep),
};
/* What other methods do against the drift that the controls take away already. */
static const char *const apart[] = {
    "mu",
    "with a pull to the received model the controls are no gradients of the clients' losses any "
    "more, and two corrections of one drift work against each other",
    "momentum",
    "the server's momentum goes on with updates of rounds before, which the controls of this round "
    "correct anew: two corrections of one drift",
    NULL};
static FRAY_TABLE(table, "scaffold", struct params, fields, .help = "", .elsewhere = apart);

/* Vectors: the server's c, which goes down; c_k, which a client keeps; and its change, which goes
 * up.
 */
enum { C = 0, C_K = 0, CHANGE = 1 };

/* Option 2 reads a client's mean gradient off the way that it went, (w - w_k) / (K lr): true of
 * plain SGD alone. */
static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  const struct params *p = params;
  char why[160];
  FRAY_CHECK(!p->compat || p->option == 2, err, INPUT,
             "training.server: compat is FedMultimodal's scaffold, which has option 2");
  FRAY_CHECK(
      p->option == 1 || p->compat || fray_optimiser_is_plain(&training->local, why, sizeof why),
      err, INPUT,
      "training.server: scaffold with option 2 needs plain steps, lr times the gradient, but "
      "training.local has %s: what a client keeps is no mean of its gradients otherwise; take sgd "
      "with momentum, weight_decay and clip_norm 0, or option 1, or compat for what FedMultimodal "
      "does",
      why);
  return FRAY_OK;
}

/* Unweighted, in both means. */
static double weight(const void *params, const struct fray_visit_facts *facts) {
  (void)params, (void)facts;
  return 1.0;
}

/* c - c_k: towards where all clients' gradients point, away from where this one's do. The same in
 * all steps of a visit, so it is formed once, where the change goes up from: a step reads one
 * vector for two, to the same bits. */
static FRAY_DISPATCH void subtract(size_t n, const float *restrict c, const float *restrict c_k,
                                   float *restrict out) {
  for (size_t i = 0; i < n; i++)
    out[i] = c[i] - c_k[i];
}

static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  (void)params, (void)err;
  subtract(visit->total, visit->down[C], visit->kept[C_K], visit->up[CHANGE]);
  return FRAY_OK;
}

/* v += a (c - c_k) */
static FRAY_DISPATCH void add(size_t n, float a, const float *restrict difference,
                              float *restrict v) {
  for (size_t i = 0; i < n; i++)
    v[i] += a * difference[i];
}

/* In every step: with the loop above all that a step has beyond that of fedavg. */
static void correct(const struct fray_visit *visit, float a, float *v) {
  add(visit->total, a, visit->up[CHANGE], v);
}

/* The paper corrects the gradient, FedMultimodal's code the weights after the step: with plain SGD
 * and no clipping that is the same. */
static void gradient(const void *params, struct fray_visit *visit) {
  const struct params *p = params;
  if (!p->compat)
    correct(visit, 1, visit->grad);
}

static void stepped(const void *params, struct fray_visit *visit) {
  const struct params *p = params;
  if (p->compat)
    correct(visit, -(float)visit->local->lr, visit->w);
}

/* c_k cancels: c_k+ - c_k = -c - (w_k - w) / (K lr), and no large numbers are subtracted. way: 1 /
 * (K lr). In one pass, as the four vectors are more than a core's nearest caches hold. */
static FRAY_DISPATCH void turn(size_t n, double way, const float *restrict c,
                               const float *restrict update, float *restrict change,
                               float *restrict c_k) {
  for (size_t i = 0; i < n; i++) {
    change[i] = (float)(-(double)c[i] - (double)update[i] * way);
    c_k[i] += change[i];
  }
}

/* The gradient at the received model, in `change`, is the new control: what goes up is by how much
 * it differs from the old one, which it then replaces. */
static FRAY_DISPATCH void take(size_t n, float *restrict change, float *restrict c_k) {
  for (size_t i = 0; i < n; i++) {
    change[i] -= c_k[i];
    c_k[i] += change[i];
  }
}

/* The client's new control, and how it differs from the old one: the server adds differences, so
 * that c stays the mean of all controls without any other being known. */
static enum fray_status end(const void *params, struct fray_visit *visit, struct fray_err *err) {
  const struct params *p = params;
  float *c_k = visit->kept[C_K], *change = visit->up[CHANGE];
  if (p->option == 1) {
    /* Into `change` at once: it is the vector that goes up. */
    FRAY_TRY(fray_visit_gradient(visit, visit->global, change, err));
    take(visit->total, change, c_k);
  } else { /* steps really made: the last batch may be short, and a client may be cut off */
    const double way = 1.0 / ((double)visit->step * visit->local->lr);
    turn(visit->total, way, visit->down[C], visit->up[0], change, c_k);
  }
  return FRAY_OK;
}

/* c is the mean of c_k over all clients, those that never came too: 1 / N, not 1 / updates. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  const struct params *p = params;
  /* mean[CHANGE] is over the updates that came; those who did not come did not change. */
  const double share = (double)round->updates / (double)round->clients;
  for (size_t i = 0; i < n; i++) {
    w[i] = (float)((double)w[i] + p->lr * (double)mean[0][i]);
    state[C][i] = (float)((double)state[C][i] + share * (double)mean[CHANGE][i]);
  }
}

/* Corrections move every weight in every step, so every block is stepped, also those whose modality
 * a batch lacks. */
static const struct fray_algorithm_ops ops = {
    .formula = "clients: y -= lr (g - c_k + c); c_k+ = c_k - c - D_k / (K local lr), "
               "K steps (option 1: the gradient at w). Server: w += lr mean of D_k, unweighted; "
               "c += (1 / N) sum of (c_k+ - c_k), N all clients",
    .use = "uneven clients that take part again and again, many local steps",
    .avoid = "clients that are seen once; momentum, Adam, clipping or decay with option 2 "
             "(refused); a rule other than the mean (refused); twice the bytes, and a model of "
             "state for each client",
    .server_vectors = 1,
    .down = 1,
    .up = 1,
    .client_vectors = 1,
    .keep = offsetof(struct params, keep),
    .every_block = true,
    .check = check,
    .weight = weight,
    .begin = begin,
    .gradient = gradient,
    .stepped = stepped,
    .end = end,
    .touches = {.step = 3, .visit = 8, .server = 3},
    .step = step};

extern const struct fray_choice fray_algorithm_scaffold;
const struct fray_choice fray_algorithm_scaffold = {
    .name = "scaffold",
    .meaning = "control variates: clients step along g - c_k + c, where c_k is a client's mean "
               "gradient and c the mean of all c_k; unweighted",
    .source = "Karimireddy et al. 2020, arXiv 1910.06378, Alg. 1",
    .table = &table,
    .impl = &ops,
};
