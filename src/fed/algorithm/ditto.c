/* Ditto: beside the federation each client trains a model of its own, which is held near the one
 * that it receives. */
#include "fed/step/server_step.h"

#include <math.h>
#include <string.h>

struct params {
  double lambda;
  int keep;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "lambda", struct params, lambda, .def = 1.0, .min = 0, .max = 1000,
               .help =
                   "weight of half the squared distance of a client's own model to the received "
                   "one; 0: trained alone"),
    FRAY_KEEP_FIELD(struct params, keep),
};
static FRAY_TABLE(table, "ditto", struct params, fields, .help = "");

/* g(v) + lambda (v - w): w is the received model and stays, though the client trains it as well. */
static void pull(const void *params, struct fray_visit *visit) {
  const struct params *p = params;
  fray_pull_back(visit, (float)p->lambda);
}

/* On the batches of the visit. It begins as the model of the first round, whenever the client comes
 * first: v_k is its own, and not what others learnt meanwhile. */
static enum fray_status end(const void *params, struct fray_visit *visit, struct fray_err *err) {
  float *own = visit->kept[0];
  bool finite;
  (void)params;
  if (!visit->came)
    memcpy(own, visit->initial ? visit->initial : visit->global, visit->total * sizeof *own);
  FRAY_TRY(fray_visit_train(visit, own, pull, &finite, err));
  if (!finite) /* spoils the visit, as an update that is not finite does */
    own[0] = NAN;
  return FRAY_OK;
}

static void personal(const void *params, const struct fray_own_model *of, float *w) {
  (void)params;
  memcpy(w, of->came ? of->kept[0] : of->initial, of->table->total * sizeof *w);
}

/* The global part is FedAvg's: nothing of a client's own model goes up. */
static const struct fray_algorithm_ops ops = {
    .formula =
        "as fedavg, and beside it v -= lr (g(v) + lambda (v - w)) on the same batches: v_k is "
        "client k's own model, w the received one, held fixed",
    .use = "clients whose data differ so much that each wants a model of its own; judged on their "
           "own samples",
    .avoid = "clients that are judged by others' samples or were never seen: they have no model of "
             "their own; twice the training, and a model of state for each client",
    .client_vectors = 1,
    .keep = offsetof(struct params, keep),
    .end = end,
    .personal = personal,
    .touches = {.step = 4},
    .trains_twice = true,
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_ditto;
const struct fray_choice fray_algorithm_ditto = {
    .name = "ditto",
    .meaning = "fedavg, and beside it a model of each client's own, pulled towards the received "
               "one; own models are judged on their clients' own samples",
    .source = "Li et al. 2021, arXiv 2012.04221",
    .table = &table,
    .impl = &ops,
};
