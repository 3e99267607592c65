/* FedNoRo: clients whose losses by class stand out are taken for noisy; from then on they learn
 * from the received model more than from their labels, and count for less the further they go. */
#include "fed/step/server_step.h"
#include "fray/base/size.h"
#include "fray/fed/client.h"
#include "fray/fed/federation.h"
#include "fray/fed/noisy_clients.h"
#include "fray/metric/mixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PAPER, AUTHORS };
static const char *const compat_names[] = {"none", "authors", NULL};

/* Defaults are those of the paper's experiments, 100 rounds of 20 clients; begin and end count as
 * there, from the rounds that are over. */
struct params {
  int64_t warmup, begin, end;
  double lambda, temperature;
  int compat;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "warmup", struct params, warmup, .def = 10, .min = 1, .max = 1000000,
               .unit = "rounds",
               .help = "rounds before clients are judged by their losses: enough to learn what is "
                       "easy, too few to learn wrong labels by heart"),
    FRAY_FIELD(REAL, "lambda", struct params, lambda, .def = 0.8, .min = 0, .max = 1,
               .unit = "share",
               .help = "of the loss of clients called noisy, how much is the distance to what the "
                       "received model says, once the ramp is at its end"),
    FRAY_FIELD(INT, "begin", struct params, begin, .def = 10, .min = 0, .max = 1000000,
               .unit = "rounds", .help = "rounds after which the ramp of lambda begins"),
    FRAY_FIELD(INT, "end", struct params, end, .def = 49, .min = 1, .max = 1000000,
               .unit = "rounds", .help = "rounds after which lambda is all of it; above begin"),
    FRAY_FIELD(REAL, "temperature", struct params, temperature, .def = 0.8, .min = 0.01, .max = 100,
               .help = "of what the received model says: below 1 it is made surer than it is"),
    FRAY_FIELD(ENUM, "compat", struct params, compat, .names = compat_names, .def_text = "none",
               .help = "authors: as their code, distances of models are sums of those of their "
                       "tensors; the paper has one norm of all"),
};
static FRAY_TABLE(table, "fednoro", struct params, fields, .help = "");

/* Fits of the mixture; the set of clients that most of them name is called noisy. */
enum { VOTES = 9 };

/* What a client says in the round that it is judged by: samples whose label is wrong, which goes
 * into the report and nowhere else, and the mean loss of each class. */
enum { WRONG_LABELS, NUMBERS };
/* The server's: whether clients are judged yet, and what was found; then 1 for each client that is
 * called noisy. */
enum { JUDGED, SEEN, WRONG, CALLED, RIGHT, FIRST };

static bool is_judged(const double *server) {
  return server[JUDGED] > 0;
}

static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  const struct params *p = params;
  const struct fray_choice *loss = training->local.loss.choice;
  FRAY_CHECK(fray_loss_of(loss) == FRAY_LOSS_OF_LABELS, err, INPUT,
             "training.server: fednoro compares losses by class, but training.local.loss is %s, of "
             "%s: a sample is of no one class there",
             loss->name, fray_loss_of_words(fray_loss_of(loss)));
  FRAY_CHECK(loss == fray_loss_default(FRAY_LOSS_OF_LABELS), err, INPUT,
             "training.server: the loss of fednoro is %s of adjusted logits, but "
             "training.local.loss is %s: two corrections of one fault",
             fray_loss_default(FRAY_LOSS_OF_LABELS)->name, loss->name);
  FRAY_CHECK(p->end > p->begin, err, INPUT,
             "training.server.end: the ramp of lambda ends after %lld rounds, but begins after "
             "%lld: it must end later",
             (long long)p->end, (long long)p->begin);
  return FRAY_OK;
}

/* The second stage is what the method is for. */
static bool idle(const void *params, const struct fray_training_config *training,
                 const struct fray_roster *roster, size_t cohort, char *words, size_t size) {
  const struct params *p = params;
  (void)roster, (void)cohort;
  if (training->rounds > p->warmup + 1)
    return false;
  snprintf(words, size,
           "training.server: after %lld round%s of warm-up fednoro judges its clients, but there "
           "are %lld in all: nobody trains as a noisy client",
           (long long)p->warmup, p->warmup == 1 ? "" : "s", (long long)training->rounds);
  return true;
}

/* ---- clients ---- */

/* What the objective needs; lambda 0: labels alone. By its labels as damage left them, a client
 * knows no others. */
struct own {
  double *log_prior; /* (classes) -inf where it has none */
  double lambda;
};

/* Loss of the received model in each sample with a label, without dropout and with the damage of
 * no epoch. Plain cross-entropy, without the adjustment: by that of a client, rare classes would be
 * suspicious. */
static enum fray_status losses(struct fray_visit *visit, double *nll, struct fray_err *err) {
  struct fray_trainer *t = visit->trainer;
  struct fray_arena *arena = fray_visit_arena(visit);
  const struct fray_pass pass = {.w = visit->global, .arena = arena, .flops = &t->flops};
  const size_t n = visit->data.n_labelled, size = (size_t)t->config->batch;
  const size_t classes = fray_model_classes(t->model);
  const struct fray_arena_place mark = fray_arena_mark(arena);
  for (size_t at = 0; at < n; at += size) {
    struct fray_batch batch;
    struct fray_forward forward;
    const size_t here = FRAY_MIN(size, n - at);
    const struct fray_samples some = fray_samples_slice(&visit->data, at, here, here, classes);
    FRAY_TRY(fray_batch_load(t->features, t->n_modalities, &some, arena, &batch, err));
    FRAY_TRY(fray_model_forward(t->model, &batch, &pass, &forward, err));
    fray_classify(here, classes, forward.logits, some.label, nll + at, NULL);
    fray_arena_rewind(arena, mark);
  }
  return FRAY_OK;
}

/* What the server judges by, of the model that it sent: all clients are asked about the same one.
 */
static enum fray_status report(struct fray_visit *visit, struct fray_err *err) {
  const struct fray_samples *data = &visit->data;
  double *nll;
  FRAY_ALLOC(nll, fray_visit_arena(visit), data->n_labelled, err);
  FRAY_TRY(losses(visit, nll, err));
  fray_class_means(data->n_labelled, nll, data->label, fray_model_classes(visit->trainer->model),
                   visit->number + NUMBERS);
  /* Held against the truth, which nothing else looks at. */
  for (size_t i = 0; visit->truth && i < data->n_labelled; i++)
    visit->number[WRONG_LABELS] += data->label[i] != visit->truth[data->sample[i]];
  return FRAY_OK;
}

/* Whether a client is called noisy it learns from the server's numbers, which came with the model.
 */
static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  const struct params *p = params;
  const size_t classes = fray_model_classes(visit->trainer->model);
  const double done = (double)visit->round - 1; /* the paper's t: rounds before this one */
  struct own *own;
  FRAY_CHECK(!visit->data.labels, err, INPUT,
             "training.server: fednoro is of one label per sample, but the data have sets of "
             "classes");
  FRAY_ALLOC_ZERO(own, fray_visit_arena(visit), 1, err);
  FRAY_ALLOC(own->log_prior, fray_visit_arena(visit), classes, err);
  fray_log_priors(visit->data.n_labelled, visit->data.label, classes, own->log_prior);
  if (is_judged(visit->server) && visit->server[FIRST + visit->client] > 0)
    own->lambda = p->lambda * fray_ramp(done, (double)p->begin, (double)p->end);
  visit->own = own;
  return is_judged(visit->server) || done < (double)p->warmup ? FRAY_OK : report(visit, err);
}

/* The scenario's loss of adjusted logits, in place of that of the logits: a client is not paid for
 * saying what its labels are mostly. Classes that it does not hold get no gradient. adjusted (n,
 * classes). */
static enum fray_status by_labels(struct fray_visit *visit, const struct fray_batch *batch,
                                  const struct fray_forward *forward, float *adjusted, double *loss,
                                  float *dlogits, struct fray_err *err) {
  const struct own *own = visit->own;
  const struct fray_objective of = {&visit->local->loss, visit->trainer->class_weight};
  struct fray_forward other = *forward;
  for (size_t i = 0; i < forward->n * forward->classes; i++)
    adjusted[i] = (float)(forward->logits[i] + own->log_prior[i % forward->classes]);
  other.logits = adjusted;
  return fray_model_loss(&of, batch, &other, fray_visit_arena(visit), loss, dlogits, err);
}

/* Mixes in what the received model, the teacher, says of the batch: without dropout, of the samples
 * as the training shows them. It is asked in each step again, since batches differ from epoch to
 * epoch. */
static enum fray_status by_teacher(const struct params *p, struct fray_visit *visit,
                                   const struct fray_batch *batch,
                                   const struct fray_forward *forward, const float *adjusted,
                                   double *loss, float *dlogits, struct fray_err *err) {
  const size_t n = forward->n;
  struct fray_trainer *t = visit->trainer;
  struct fray_arena *arena = fray_visit_arena(visit);
  const struct fray_pass pass = {.w = visit->global, .arena = arena, .flops = &t->flops};
  const double lambda = ((const struct own *)visit->own)->lambda;
  struct fray_forward teacher;
  double *soft;
  float *slope;
  FRAY_TRY(fray_model_forward(t->model, batch, &pass, &teacher, err));
  FRAY_ALLOC(soft, arena, n * teacher.classes, err);
  FRAY_ALLOC(slope, arena, n * teacher.classes, err);
  fray_soften(n, teacher.classes, teacher.logits, p->temperature, soft);
  const double apart = fray_divergence(n, teacher.classes, soft, adjusted, slope);
  /* What the model adds by itself goes back through it whole. */
  *loss = lambda * apart + (1 - lambda) * (*loss - forward->pull) + forward->pull;
  for (size_t i = 0; i < n * teacher.classes; i++)
    dlogits[i] = (float)(lambda * slope[i] + (1 - lambda) * dlogits[i]);
  return FRAY_OK;
}

/* In the warm-up and for clean clients labels are all there is. */
static enum fray_status objective(const void *params, struct fray_visit *visit,
                                  const struct fray_batch *batch,
                                  const struct fray_forward *forward, double *loss, float *dlogits,
                                  float *dfused, struct fray_err *err) {
  float *adjusted;
  (void)dfused; /* what lies below the logits follows from their gradient */
  FRAY_ALLOC(adjusted, fray_visit_arena(visit), forward->n * forward->classes, err);
  FRAY_TRY(by_labels(visit, batch, forward, adjusted, loss, dlogits, err));
  if (((const struct own *)visit->own)->lambda == 0)
    return FRAY_OK;
  return by_teacher(params, visit, batch, forward, adjusted, loss, dlogits, err);
}

/* ---- the server ---- */

/* They are in checkpoints: a run that goes on after the warm-up knows whom it called noisy. */
static size_t server_numbers(const void *params, const struct fray_roster *roster) {
  (void)params;
  return FIRST + roster->clients;
}

/* Once, in the first round after the warm-up that anybody came to: who is called noisy stays it, as
 * in the paper. */
static enum fray_status told(const void *params, const struct fray_server_round *round, size_t n,
                             const struct fray_member *member, struct fray_arena *arena,
                             struct fray_err *err) {
  const struct params *p = params;
  const size_t classes = round->classes;
  double *number = round->number, *loss;
  uint8_t *noisy;
  size_t agreeing;
  if (is_judged(number) || round->round <= (size_t)p->warmup)
    return FRAY_OK;
  FRAY_ALLOC(loss, arena, n * classes, err);
  FRAY_ALLOC(noisy, arena, n, err);
  for (size_t i = 0; i < n; i++)
    memcpy(loss + i * classes, member[i].number + NUMBERS, classes * sizeof *loss);
  fray_scale_class_losses(n, classes, loss);
  /* By the trial's seed: another one starts elsewhere, another number of ranks does not. */
  struct fray_rng rng = fray_rng_for(round->seed, "fednoro", 0, round->round, 0);
  FRAY_TRY(fray_mixture_vote(n, classes, loss, VOTES, &rng, arena, noisy, &agreeing, err));
  number[JUDGED] = 1;
  for (size_t i = 0; i < n; i++) {
    const bool is_wrong = member[i].number[WRONG_LABELS] > 0;
    number[FIRST + member[i].client] = noisy[i];
    number[SEEN]++;
    number[WRONG] += is_wrong;
    number[CALLED] += noisy[i];
    number[RIGHT] += is_wrong && noisy[i];
  }
  return FRAY_OK;
}

/* Distances matter where there is somebody to keep away from. */
static enum fray_products products(const void *params, const struct fray_server_round *round) {
  const struct params *p = params;
  if (round && !(is_judged(round->number) && round->number[CALLED] > 0))
    return FRAY_PRODUCTS_NONE;
  return p->compat == AUTHORS ? FRAY_PRODUCTS_BY_TENSOR : FRAY_PRODUCTS_WHOLE;
}

/* One norm of all parameters, or the sum of those of each tensor: as many parts as there are. */
static double apart(const struct fray_server_round *round, size_t a, size_t b) {
  double sum = 0;
  for (size_t part = 0; part < round->parts; part++)
    sum += sqrt(fray_update_distance2(round, part, a, b));
  return sum;
}

/* A noisy client's distance is that to the nearest one which is not; without any such it is 0, and
 * samples alone decide. */
static double away(const struct fray_server_round *round, size_t n,
                   const struct fray_member *member, size_t i) {
  const double *noisy = round->number + FIRST;
  double least = INFINITY;
  if (!round->product || !(noisy[member[i].client] > 0))
    return 0;
  for (size_t j = 0; j < n; j++)
    if (!(noisy[member[j].client] > 0))
      least = fmin(least, apart(round, i, j));
  return isinf(least) ? 0 : least;
}

/* Updates lie as far apart as models do: all began at the received one. Distances go where weights
 * will be. */
static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  double most = 0, sum = 0;
  (void)params;
  for (size_t i = 0; i < n; i++) {
    weight[i] = away(round, n, member, i);
    most = fmax(most, weight[i]);
  }
  for (size_t i = 0; i < n; i++) {
    weight[i] = (double)member[i].samples * fray_closeness(weight[i], most);
    sum += weight[i];
  }
  for (size_t i = 0; i < n; i++)
    weight[i] /= sum;
}

/* A client is wrong if any of its labels is: a bound on how many would be a choice of ours. */
static size_t found(const void *params, const double *number, struct fray_found *out) {
  (void)params;
  out[0] = (struct fray_found){.of = "clients",
                               .seen = number[SEEN],
                               .wrong = number[WRONG],
                               .called = number[CALLED],
                               .right = number[RIGHT]};
  return is_judged(number); /* a trial that ended in the warm-up found nothing */
}

/* Nothing is kept with clients: whom it calls noisy the server tells them with the model. */
static const struct fray_algorithm_ops ops = {
    .formula =
        "clients: cross-entropy of logits + log of their own class shares; after `warmup` rounds "
        "they send the mean loss of each class at w, which the server scales to 0 .. 1 and "
        "splits by a mixture of two Gaussians (the majority of 9 fits); then noisy clients: "
        "(1 - l) of that loss + l KL(softmax(z / temperature) || their adjusted softmax), z "
        "the logits of w, l = lambda exp(-5 (1 - t')^2) with t' from 0 to 1 between begin "
        "and end; weights n_k exp(-d_k / max d), d_k the distance of w_k to the nearest "
        "client that is not noisy, 0 for those",
    .use = "a minority of clients with many wrong labels (40 % of clients, half of their labels in "
           "the paper), rare classes",
    .avoid = "no wrong labels, or such that are spread over all clients alike: there are no two "
             "groups, but some clients are called noisy; clients that are hard for another reason "
             "look noisy; partial participation and sets of classes (refused); secure aggregation, "
             "which hides single updates",
    .numbers = NUMBERS,
    .numbers_per_class = 1,
    .server_numbers = server_numbers,
    .needs_everybody = true,
    .check = check,
    .idle = idle,
    .begin = begin,
    .objective = objective,
    .told = told,
    .products = products,
    .weigh = weigh,
    .singles = "losses of each client and distances of their updates",
    .found = found,
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_fednoro;
const struct fray_choice fray_algorithm_fednoro = {
    .name = "fednoro",
    .meaning =
        "clients with many wrong labels are told by their losses of each class; then they learn "
        "from the received model rather than from their labels, and weigh less the further "
        "they go",
    .source = "Wu et al. 2023, arXiv 2305.05230, Alg. 1; judged by what clients say in the round "
              "after the warm-up",
    .table = &table,
    .impl = &ops,
};
