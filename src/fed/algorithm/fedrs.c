/* FedRS: classes that a client does not hold are not pushed down by its training as if they were
 * nowhere. */
#include "fed/step/server_step.h"
#include "fray/fed/federation.h"

#include <string.h>

struct params {
  double alpha;
  bool bias;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "alpha", struct params, alpha, .def = 0.5, .min = 0, .max = 1,
               .help = "share of the logits of classes that a client does not hold, in its "
                       "training; 1 leaves them as they are; FedMultimodal's code has 0.9"),
    FRAY_FIELD(BOOL, "bias", struct params, bias, .def = 0,
               .help = "the bias of the classes trains as well, and is scaled with the logits; "
                       "the paper has none: it then keeps its value"),
};
static FRAY_TABLE(table, "fedrs", struct params, fields, .help = "");

/* The data may have sets of classes as well as the loss; begin finds that. */
static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  (void)params;
  FRAY_CHECK(fray_loss_of(training->local.loss.choice) == FRAY_LOSS_OF_LABELS, err, INPUT,
             "training.server: fedrs scales the softmax over the classes that a client holds, but "
             "training.local.loss is %s, of %s: a class beside others is neither "
             "held nor missing",
             training->local.loss.choice->name,
             fray_loss_of_words(fray_loss_of(training->local.loss.choice)));
  return FRAY_OK;
}

/* What hooks need of a client: the factor of each class, and the bias of the classes. */
struct own {
  float *factor; /* (classes) */
  size_t classes;
  const struct fray_param *bias;
};

/* Classes by the labels as damage left them: what the client believes to hold. */
static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  const struct params *p = params;
  const struct fray_model *model = visit->trainer->model;
  struct own *own;
  FRAY_CHECK(!visit->data.labels, err, INPUT,
             "training.server: fedrs is of one label per sample, but the data have sets of "
             "classes");
  FRAY_ALLOC(own, fray_visit_arena(visit), 1, err);
  own->classes = fray_model_classes(model);
  own->bias = fray_model_class_bias(model);
  FRAY_ALLOC(own->factor, fray_visit_arena(visit), own->classes, err);
  for (size_t c = 0; c < own->classes; c++)
    own->factor[c] = (float)p->alpha;
  for (size_t i = 0; i < visit->data.n_labelled; i++)
    own->factor[visit->data.label[i]] = 1;
  visit->own = own;
  return FRAY_OK;
}

/* The scenario's loss of the scaled logits, in place of that of the logits. */
static enum fray_status objective(const void *params, struct fray_visit *visit,
                                  const struct fray_batch *batch,
                                  const struct fray_forward *forward, double *loss, float *dlogits,
                                  float *dfused, struct fray_err *err) {
  const struct params *p = params;
  const struct own *own = visit->own;
  const struct fray_objective of = {&visit->local->loss, visit->trainer->class_weight};
  const float *bias = p->bias ? NULL : visit->w + own->bias->offset;
  struct fray_forward scaled = *forward;
  float *logits;
  (void)dfused; /* what lies below the logits follows from their gradient */
  FRAY_ALLOC(logits, fray_visit_arena(visit), forward->n * own->classes, err);
  for (size_t i = 0; i < forward->n; i++)
    for (size_t c = 0; c < own->classes; c++) {
      const float logit = forward->logits[i * own->classes + c];
      logits[i * own->classes + c] = own->factor[c] * (bias ? logit - bias[c] : logit);
    }
  scaled.logits = logits;
  FRAY_TRY(fray_model_loss(&of, batch, &scaled, fray_visit_arena(visit), loss, dlogits, err));
  for (size_t i = 0; i < forward->n; i++)
    for (size_t c = 0; c < own->classes; c++)
      dlogits[i * own->classes + c] *= own->factor[c];
  return FRAY_OK;
}

/* A bias that takes no part has no gradient, so that clipping does not count it ... */
static void gradient(const void *params, struct fray_visit *visit) {
  const struct fray_param *bias = ((const struct own *)visit->own)->bias;
  if (!((const struct params *)params)->bias)
    memset(visit->grad + bias->offset, 0, bias->size * sizeof *visit->grad);
}

/* ... and neither decay nor momentum moves it. */
static void stepped(const void *params, struct fray_visit *visit) {
  const struct fray_param *bias = ((const struct own *)visit->own)->bias;
  if (!((const struct params *)params)->bias)
    memcpy(visit->w + bias->offset, visit->global + bias->offset, bias->size * sizeof *visit->w);
}

/* As fedavg: classes that a client does not hold are missing from its training alone. */
static const struct fray_algorithm_ops ops = {
    .formula = "clients train with logits alpha_c w_c.h, alpha_c 1 for classes that they hold, "
               "else alpha, without bias; plain logits at test; the server as fedavg",
    .use = "clients that lack classes (small Dirichlet alpha, few classes each); stateless and as "
           "cheap as fedavg",
    .avoid = "sets of classes (refused); wrong labels make a client seem to hold what it does "
             "not, missing ones the reverse; clients that hold all classes: it is fedavg there, "
             "but for the bias",
    .check = check,
    .begin = begin,
    .objective = objective,
    .gradient = gradient,
    .stepped = stepped,
    .touches = {.losses = 1},
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_fedrs;
const struct fray_choice fray_algorithm_fedrs = {
    .name = "fedrs",
    .meaning = "restricted softmax: in a client's training the logits of classes that it does not "
               "hold are scaled down, so that their weights are not driven away",
    .source = "Li & Zhan 2021, FedRS, KDD",
    .table = &table,
    .impl = &ops,
};
