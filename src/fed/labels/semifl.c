/* SemiFL: clients train on samples without a label, which the received model gives them where it is
 * sure; the server trains on labelled ones of its own. */
#include "fed/step/server_step.h"
#include "fray/base/size.h"
#include "fray/fed/client.h"
#include "fray/fed/federation.h"
#include "fray/fed/sample_choice.h"

#include <string.h>

/* SemiFL divides a loss by the samples that are sure, and not by those of the batch as FixMatch
 * does: here batches are made of the former alone, so that is their mean. */
enum { FILL_SURE, FILL_REPEATS };
static const char *const fill_names[] = {"sure", "repeats", NULL};

struct params {
  double threshold, mix, beta;
  const char *server_set;
  int fill;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "threshold", struct params, threshold, .def = 0.95, .min = 0, .max = 1,
               .help = "a sample without a label gets that of the received model where its largest "
                       "probability reaches this"),
    FRAY_FIELD(REAL, "mix", struct params, mix, .def = 1, .min = 0, .max = 1000,
               .help = "weight of the loss of mixed samples, of clients that gave labels; 0: none"),
    FRAY_FIELD(REAL, "beta", struct params, beta, .def = 0.75, .min = 1e-3, .max = 1000,
               .help = "both parameters of the beta distribution of the share with which samples "
                       "are mixed"),
    FRAY_FIELD(STRING, "server_set", struct params, server_set, .optional = true,
               .help = "a client whose labelled samples are the server's: it takes part in no "
                       "round, and after each the server trains on them"),
    FRAY_FIELD(ENUM, "fill", struct params, fill, .names = fill_names, .def_text = "sure",
               .help = "what a client trains on beside its samples with a label: sure: those that "
                       "the received model is sure of, with the label that it gives; repeats: its "
                       "own labelled samples once more, as many as it is sure of others (none "
                       "where it has no label): what the larger volume does by itself"),
};
static FRAY_TABLE(table, "semifl", struct params, fields, .help = "");

/* What keys alone do not say, whether the data have sets of classes, begin finds: the loss of the
 * scenario's may be the default of the data. */
static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  struct fray_model_config model = {0};
  fray_missing_shape(&training->missing, &model);
  FRAY_CHECK(((const struct params *)params)->mix == 0 || !model.prototypes.stand_in, err, INPUT,
             "training.server: semifl mixes samples of two classes, of which %s would tell one by "
             "what stands in where a modality is absent: set mix: 0, or take another "
             "training.missing",
             training->missing.kind.choice->name);
  FRAY_CHECK(fray_loss_of(training->local.loss.choice) == FRAY_LOSS_OF_LABELS, err, INPUT,
             "training.server: semifl gives a sample the one class that a model is sure of, but "
             "training.local.loss is %s, of %s: no class is the largest there",
             training->local.loss.choice->name,
             fray_loss_of_words(fray_loss_of(training->local.loss.choice)));
  FRAY_CHECK(fray_aggregation_is_mean(&training->aggregation), err, INPUT,
             "training.aggregation.rule: %s takes all updates alike, but clients of semifl in "
             "which no sample is sure send nothing: it goes with the mean only",
             fray_aggregation_name(&training->aggregation));
  return FRAY_OK;
}

/* Looked up where clients are known: see fray_federation_roster. */
static const char *server_client(const void *params) {
  return ((const struct params *)params)->server_set;
}

/* What mixing needs: all samples of the client with what labels they have or were given, whether
 * the model was sure or not. */
struct own {
  struct fray_samples all;
  float *grad; /* (total) of the mixed batch; NULL: nothing is mixed */
};

/* Positions of those that are sure, in their order. `sure` begins where the labels end. */
static void list_sure(const struct fray_samples *data, const uint8_t *sure, uint32_t *out) {
  for (size_t i = data->n_labelled, k = 0; i < data->n; i++)
    if (sure[i - data->n_labelled])
      out[k++] = (uint32_t)i;
}

/* As many positions of samples with a label: all of them as often as one another, but for the last
 * lap, which is a part of an order drawn for the visit. */
static enum fray_status list_repeats(struct fray_visit *visit, size_t n, uint32_t *out,
                                     struct fray_err *err) {
  const size_t labelled = visit->data.n_labelled;
  struct fray_rng rng = fray_rng_for(visit->seed, "semifl/repeats", visit->source, visit->round, 0);
  uint32_t *order;
  FRAY_ALLOC(order, fray_visit_arena(visit), labelled, err);
  for (size_t i = 0; i < labelled; i++)
    order[i] = (uint32_t)i;
  fray_rng_shuffle(&rng, order, labelled);
  /* In laps: no sample comes a third time before all have come twice. */
  for (size_t k = 0; k < n; k++)
    out[k] = order[k % labelled];
  return FRAY_OK;
}

/* Those with a label of their own, then n more, at these positions. */
static enum fray_status gather(struct fray_visit *visit, const int32_t *label, size_t n_more,
                               const uint32_t *more, struct fray_err *err) {
  const struct fray_samples *data = &visit->data;
  struct fray_arena *arena = fray_visit_arena(visit);
  const size_t labelled = data->n_labelled, n = labelled + n_more;
  uint32_t *sample;
  uint8_t *present;
  int32_t *of;
  FRAY_ALLOC(sample, arena, n, err);
  FRAY_ALLOC(present, arena, n, err);
  FRAY_ALLOC(of, arena, n, err);
  for (size_t k = 0; k < n; k++) {
    const size_t i = k < labelled ? k : more[k - labelled];
    sample[k] = data->sample[i];
    present[k] = data->present[i];
    of[k] = label[i];
  }
  visit->data = (struct fray_samples){.n = n,
                                      .n_labelled = n,
                                      .sample = sample,
                                      .label = of,
                                      .present = present,
                                      .signal = data->signal};
  return FRAY_OK;
}

/* Once per visit: labels stay as the received model gave them. A client that has labels for all its
 * samples trains as ever. */
static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  const struct params *p = params;
  struct fray_arena *arena = fray_visit_arena(visit);
  const size_t labelled = visit->data.n_labelled, open = visit->data.n - labelled;
  const size_t classes = fray_model_classes(visit->trainer->model);
  struct own *own;
  float *probability;
  int32_t *label;
  uint32_t *more;
  uint8_t *sure;
  FRAY_CHECK(!visit->data.labels, err, INPUT,
             "training.server: semifl is of one label per sample, but the data have sets of "
             "classes");
  if (open == 0) /* nothing to give: no mixing either */
    return FRAY_OK;
  FRAY_ALLOC_ZERO(own, arena, 1, err);
  FRAY_ALLOC(probability, arena, open * classes, err);
  FRAY_ALLOC(sure, arena, open, err);
  FRAY_ALLOC(label, arena, visit->data.n, err);
  if (labelled)
    memcpy(label, visit->data.label, labelled * sizeof *label);
  FRAY_TRY(fray_visit_probabilities(visit, visit->global, labelled, open, probability, err));
  size_t n = fray_sure(open, classes, probability, p->threshold, label + labelled, sure);
  /* Partners of a mix may be samples that the model was not sure of. */
  own->all = visit->data;
  own->all.label = label;
  FRAY_ALLOC(more, arena, n, err);
  /* The model is asked either way: what it would add is the volume. */
  if (p->fill == FILL_REPEATS) {
    n = labelled ? n : 0;
    own->all.n = labelled; /* no label that a model gave, not even in a mix */
    FRAY_TRY(list_repeats(visit, n, more, err));
  } else {
    list_sure(&visit->data, sure, more);
  }
  FRAY_TRY(gather(visit, label, n, more, err));
  if (p->mix > 0 && n > 0)
    FRAY_ALLOC_ZERO(own->grad, arena, visit->total, err);
  visit->own = own;
  return FRAY_OK;
}

/* As many partners as the batch has samples, of all that the client has, with replacement. */
static enum fray_status draw_partners(struct fray_visit *visit, const struct fray_samples *all,
                                      struct fray_rng *rng, size_t n, struct fray_batch *out,
                                      struct fray_err *err) {
  struct fray_arena *arena = fray_visit_arena(visit);
  uint32_t *sample;
  uint8_t *present;
  int32_t *label;
  FRAY_ALLOC(sample, arena, n, err);
  FRAY_ALLOC(present, arena, n, err);
  FRAY_ALLOC(label, arena, n, err);
  for (size_t i = 0; i < n; i++) {
    const size_t from = (size_t)fray_rng_below(rng, all->n);
    sample[i] = all->sample[from];
    present[i] = all->present[from];
    label[i] = all->label[from];
  }
  const struct fray_samples drawn = {.n = n,
                                     .n_labelled = n,
                                     .sample = sample,
                                     .label = label,
                                     .present = present,
                                     .signal = visit->data.signal};
  return fray_batch_load(visit->trainer->features, visit->trainer->n_modalities, &drawn, arena, out,
                         err);
}

/* x = share x + (1 - share) y in one modality, where both samples have it and over the steps that
 * both have; words have no mean and stay. */
static void mix_rows(const struct fray_feature_shape *shape, size_t n, double share, float *x,
                     const struct fray_feature_batch *a, const int32_t *row_a,
                     const struct fray_feature_batch *b, const int32_t *row_b) {
  const size_t width = shape->height * shape->width * shape->channels;
  if (shape->kind == FRAY_FEATURE_TOKENS)
    return;
  for (size_t i = 0; i < n; i++) {
    if (row_a[i] < 0 || row_b[i] < 0)
      continue;
    /* Each batch packs the samples that have the modality, so a sample has a row in either. */
    const size_t p = (size_t)row_a[i], q = (size_t)row_b[i];
    const size_t steps =
        a->length ? (size_t)FRAY_MIN(a->length[p], b->length[q]) : FRAY_MIN(a->time, b->time);
    float *to = x + p * a->time * width;
    const float *with = b->x + q * b->time * width;
    for (size_t k = 0; k < steps * width; k++)
      to[k] = (float)(share * (double)to[k] + (1 - share) * (double)with[k]);
  }
}

/* The batch with its values mixed; labels, lengths and presence are its own. */
static enum fray_status mix_batch(struct fray_visit *visit, const struct fray_batch *batch,
                                  const struct fray_batch *partner, double share,
                                  struct fray_batch *out, struct fray_err *err) {
  const struct fray_trainer *t = visit->trainer;
  struct fray_arena *arena = fray_visit_arena(visit);
  struct fray_feature_batch *feature;
  FRAY_ALLOC(feature, arena, t->n_modalities, err);
  /* A copy: what the cache holds, and the batch itself, stay as they are. */
  for (size_t m = 0; m < t->n_modalities; m++) {
    const struct fray_feature_shape *shape = fray_features_shape(t->features, m);
    const struct fray_feature_batch *a = &batch->feature[m];
    const size_t size = a->n * a->time * shape->height * shape->width * shape->channels;
    float *x;
    feature[m] = *a;
    if (a->n == 0)
      continue;
    FRAY_ALLOC(x, arena, size, err);
    memcpy(x, a->x, size * sizeof *x);
    mix_rows(shape, batch->n, share, x, a, batch->row[m], &partner->feature[m], partner->row[m]);
    feature[m].x = x;
  }
  *out = *batch;
  out->feature = feature;
  return FRAY_OK;
}

/* Mixed steps draw their dropout where no step of the training does. */
#define MIXED_STEPS ((size_t)1 << 31)

/* Its gradient waits until that of the batch is there, which begins with zeros. */
static enum fray_status objective(const void *params, struct fray_visit *visit,
                                  const struct fray_batch *batch,
                                  const struct fray_forward *forward, double *loss, float *dlogits,
                                  float *dfused, struct fray_err *err) {
  const struct params *p = params;
  const struct fray_objective of = {&visit->local->loss, visit->trainer->class_weight};
  const struct fray_model *model = visit->trainer->model;
  const struct own *own = visit->own;
  (void)dlogits, (void)dfused;
  if (!own || !own->grad) /* the visit gave no labels, or nothing is to be mixed */
    return FRAY_OK;
  /* One share for a batch, as in the authors' code; keyed by client, round and step like batches.
   */
  struct fray_rng rng =
      fray_rng_for(visit->seed, "mixup", visit->source, visit->round, visit->step);
  const double x = fray_rng_gamma(&rng, p->beta), y = fray_rng_gamma(&rng, p->beta);
  const double share = x + y > 0 ? x / (x + y) : 0.5; /* both may vanish where beta is small */
  /* Bare: what a mixed sample lacks or is drawn to is of one class or the other; the samples
   * themselves have had those losses in the batch. */
  const struct fray_pass pass = {.train = true,
                                 .bare = true,
                                 .seed = visit->seed,
                                 .who = visit->source,
                                 .when = visit->round,
                                 .step = MIXED_STEPS + visit->step,
                                 .w = visit->w,
                                 .grad = own->grad,
                                 .arena = fray_visit_arena(visit),
                                 .flops = &visit->trainer->flops};
  struct fray_batch partner, mixed;
  struct fray_forward f;
  float *d, *scratch;
  FRAY_TRY(draw_partners(visit, &own->all, &rng, batch->n, &partner, err));
  FRAY_TRY(mix_batch(visit, batch, &partner, share, &mixed, err));
  FRAY_TRY(fray_model_forward(model, &mixed, &pass, &f, err));
  FRAY_ALLOC(d, pass.arena, forward->n * forward->classes, err);
  FRAY_ALLOC(scratch, pass.arena, forward->n * forward->classes, err);
  *loss += p->mix * fray_mixed_loss(&of, f.n, f.classes, f.logits, batch->label, partner.label,
                                    share, d, scratch);
  for (size_t i = 0; i < f.n * f.classes; i++)
    d[i] *= (float)p->mix;
  memset(own->grad, 0, visit->total * sizeof *own->grad);
  return fray_model_backward(model, &f, d, NULL, &pass, err);
}

/* Before clipping, which then sees the gradient of both losses. */
static void gradient(const void *params, struct fray_visit *visit) {
  const struct own *own = visit->own;
  (void)params;
  if (!own || !own->grad)
    return;
  for (size_t i = 0; i < visit->total; i++)
    visit->grad[i] += own->grad[i];
}

/* All clients alike, as in the paper; who had nothing to learn from says nothing. */
static double weight(const void *params, const struct fray_visit_facts *facts) {
  (void)params;
  return facts->steps > 0 ? 1 : 0;
}

/* As many steps as the received model would have it make. Its own: a training without the labels
 * comes to other models, which are sure of others. */
static struct fray_volume volume(const void *params) {
  return ((const struct params *)params)->fill == FILL_SURE
             ? (struct fray_volume){"fill", fill_names[FILL_REPEATS]}
             : (struct fray_volume){NULL, NULL};
}

/* The server's own training is the driver's: it knows of samples, and no method of them. */
static const struct fray_algorithm_ops ops = {
    .formula = "once per round, clients give samples without a label the class of the received "
               "model where its p >= threshold, and train on them with loss + mix loss of mixed "
               "samples (share lambda ~ Beta); nobody sure: nothing is sent; w = mean of w_k, "
               "unweighted; then the server trains w on its own labelled samples",
    .use = "clients without labels, and a server with some; damage with redraw: epoch makes "
           "training harder than what labels are given on",
    .avoid = "a first model that is sure of wrong classes, which it then teaches; rare classes; "
             "sets of classes (refused)",
    .needs_unlabelled = true,
    .check = check,
    .server_client = server_client,
    .begin = begin,
    .objective = objective,
    .gradient = gradient,
    .weight = weight,
    .volume = volume,
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_semifl;
const struct fray_choice fray_algorithm_semifl = {
    .name = "semifl",
    .meaning = "samples without a label get one from the received model where it is sure; the "
               "server trains on labelled samples of its own after each round",
    .source = "Diao et al. 2022, arXiv 2106.01432, Alg. 1",
    .table = &table,
    .impl = &ops,
};
