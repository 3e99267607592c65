/* Co-teaching: two networks, each of which learns from the samples that the other finds easy, so
 * that neither strengthens its own errors about wrong labels. */
#include "fray/base/rng.h"
#include "fray/fed/federation.h"
#include "fray/fed/sample_choice.h"

#include <string.h>

enum { PAPER, AUTHORS };
static const char *const compat_names[] = {"none", "authors", NULL};
enum { BY_LOSS, BY_CHANCE };
static const char *const choice_names[] = {"loss", "random", NULL};

struct params {
  double tau, exponent;
  int64_t ramp;
  int compat, choice;
};

/* The paper counts epochs of one training. Clients of a federation come when they are asked, so
 * rounds are counted here, and all who train in one leave out the same share. */
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "tau", struct params, tau, .def = 0.2, .min = 0, .max = 1, .open_max = true,
               .unit = "share",
               .help = "share of a batch, that of the largest losses, which teaches nothing: about "
                       "that of wrong labels; 0 is fedavg"),
    FRAY_FIELD(INT, "ramp", struct params, ramp, .def = 10, .min = 1, .max = 1000000,
               .unit = "rounds",
               .help = "rounds until tau is reached, in equal parts: networks learn what is easy "
                       "first, and wrong labels late"),
    FRAY_FIELD(ENUM, "compat", struct params, compat, .names = compat_names, .def_text = "none",
               .help = "authors: as their code, which begins with all samples, jumps to tau after "
                       "the ramp, and divides the loss by the count of samples once more"),
    FRAY_FIELD(REAL, "exponent", struct params, exponent, .def = 1, .min = 1e-3, .max = 100,
               .help = "with compat: authors, the ramp leads to tau to this power"),
    FRAY_FIELD(ENUM, "choice", struct params, choice, .names = choice_names, .def_text = "loss",
               .help = "which samples of a batch teach: loss: those of small loss by the other "
                       "network; random: as many, drawn, the same for both networks: what the "
                       "smaller volume does by itself"),
};
/* What gives samples of large loss new labels, which are then no longer those to be left out. */
#define TWICE                                                                                      \
  "it leaves out samples of large loss, and giving them new labels would correct the same fault "  \
  "once more"
static const char *const apart[] = {"iterations",      TWICE, "finetune",   TWICE,
                                    "relabel_ratio",   TWICE, "confidence", TWICE,
                                    "clean_threshold", TWICE, NULL};
static FRAY_TABLE(table, "coteaching", struct params, fields, .help = "", .elsewhere = apart);

/* The second network: a vector of the server, sent with the model; its update goes up beside. */
enum { SECOND_DOWN = 0, SECOND_UP = 1 };
/* What was left out in the first network's training, of the samples of a round: a client's numbers,
 * and the server's. A sample is seen once in each epoch. */
enum { SEEN, WRONG, CALLED, RIGHT, NUMBERS };
/* Dropout of the second network draws for steps that the first never makes. */
#define SECOND_STEPS ((size_t)1 << 31)

/* Labels are compared one by one: a set may be wrong in one class and right in others. */
static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  const struct params *p = params;
  FRAY_CHECK(fray_loss_of(training->local.loss.choice) == FRAY_LOSS_OF_LABELS, err, INPUT,
             "training.server: coteaching leaves out samples whose one label may be wrong, but "
             "training.local.loss is %s, of %s",
             training->local.loss.choice->name,
             fray_loss_of_words(fray_loss_of(training->local.loss.choice)));
  FRAY_CHECK(p->compat == AUTHORS || p->exponent == 1, err, INPUT,
             "training.server.exponent: %g has no effect without compat: authors", p->exponent);
  return FRAY_OK;
}

/* What hooks need of a visit beside the first network, which is the trainer's. */
struct own {
  float *w, *grad; /* (total) of the second network */
  struct fray_optimiser optimiser;
};

/* Both networks train in one visit; the second brings an optimiser of its own. */
static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  struct fray_arena *arena = fray_visit_arena(visit);
  struct own *own;
  (void)params;
  FRAY_CHECK(!visit->data.labels, err, INPUT,
             "training.server: coteaching is of one label per sample, but the data have sets of "
             "classes");
  FRAY_ALLOC_ZERO(own, arena, 1, err);
  FRAY_ALLOC(own->w, arena, visit->total, err);
  FRAY_ALLOC(own->grad, arena, visit->total, err); /* zeros before each backward pass */
  /* Not where the client left it: both are models of the federation. */
  memcpy(own->w, visit->down[SECOND_DOWN], visit->total * sizeof *own->w);
  FRAY_TRY(fray_optimiser_new(fray_model_params(visit->trainer->model), visit->local, arena,
                              &own->optimiser, err));
  fray_optimiser_restart(&own->optimiser);
  visit->own = own;
  return FRAY_OK;
}

/* The samples of small loss by these logits. By cross-entropy whatever the loss: the order is that
 * of the label's probability. */
static enum fray_status choose(struct fray_visit *visit, const struct fray_forward *by,
                               const int32_t *label, size_t keep, uint8_t **out,
                               struct fray_err *err) {
  struct fray_arena *arena = fray_visit_arena(visit);
  double *nll;
  uint32_t *scratch;
  FRAY_ALLOC(nll, arena, by->n, err);
  FRAY_ALLOC(scratch, arena, by->n, err);
  FRAY_ALLOC(*out, arena, by->n, err);
  fray_classify(by->n, by->classes, by->logits, label, nll, NULL);
  fray_keep_smallest(by->n, nll, keep, scratch, *out);
  return FRAY_OK;
}

/* As many samples, whatever their losses: those of the smallest draws, so that a smaller share
 * keeps some of what a larger one does. Keyed as the batches are, and one choice for both. */
static enum fray_status draw(struct fray_visit *visit, size_t n, size_t keep, uint8_t **out,
                             struct fray_err *err) {
  struct fray_arena *arena = fray_visit_arena(visit);
  struct fray_rng rng =
      fray_rng_for(visit->seed, "coteaching/random", visit->source, visit->round, visit->step);
  double *at;
  uint32_t *scratch;
  FRAY_ALLOC(at, arena, n, err);
  FRAY_ALLOC(scratch, arena, n, err);
  FRAY_ALLOC(*out, arena, n, err);
  for (size_t i = 0; i < n; i++)
    at[i] = fray_rng_uniform(&rng);
  fray_keep_smallest(n, at, keep, scratch, *out);
  return FRAY_OK;
}

/* Mean loss over the chosen samples, in their order: over all of them it is the loss of the batch
 * to the byte. */
static enum fray_status learn(struct fray_visit *visit, const struct fray_forward *f,
                              const int32_t *label, const uint8_t *chosen, size_t keep,
                              double scale, double *loss, float *dlogits, struct fray_err *err) {
  const struct fray_objective objective = {&visit->local->loss, visit->trainer->class_weight};
  const size_t classes = f->classes;
  struct fray_arena *arena = fray_visit_arena(visit);
  float *logits, *slope;
  int32_t *of;
  FRAY_ALLOC(logits, arena, keep * classes, err);
  FRAY_ALLOC(slope, arena, keep * classes, err);
  FRAY_ALLOC(of, arena, keep, err);
  for (size_t i = 0, k = 0; i < f->n; i++)
    if (chosen[i]) {
      memcpy(logits + k * classes, f->logits + i * classes, classes * sizeof *logits);
      of[k++] = label[i];
    }
  *loss =
      scale * fray_loss(&objective, &(struct fray_truth){keep, classes, of, NULL}, logits, slope);
  /* What the model adds by itself goes back through it whole: it knows of no choice. */
  *loss += f->pull;
  memset(dlogits, 0, f->n * classes * sizeof *dlogits);
  for (size_t i = 0, k = 0; i < f->n; i++)
    if (chosen[i]) {
      for (size_t c = 0; c < classes; c++)
        dlogits[i * classes + c] = (float)scale * slope[k * classes + c];
      k++;
    }
  return FRAY_OK;
}

/* Held against the truth, which nothing else looks at. */
static void count(struct fray_visit *visit, size_t n, const int32_t *label, const uint8_t *chosen) {
  if (!visit->truth || !visit->number)
    return;
  for (size_t i = 0; i < n; i++) {
    const bool is_wrong = label[i] != visit->truth[visit->data.sample[visit->position[i]]];
    visit->number[SEEN]++;
    visit->number[WRONG] += is_wrong;
    visit->number[CALLED] += !chosen[i];
    visit->number[RIGHT] += is_wrong && !chosen[i];
  }
}

static double left_out(const struct params *p, size_t round) {
  return p->compat == AUTHORS
             ? fray_left_out_by_authors((int64_t)round, p->tau, p->ramp, p->exponent)
             : fray_left_out((int64_t)round, p->tau, p->ramp);
}

/* The choices are made before either network moves. The first goes on as any training does; the
 * second takes its step here. */
static enum fray_status objective(const void *params, struct fray_visit *visit,
                                  const struct fray_batch *batch,
                                  const struct fray_forward *forward, double *loss, float *dlogits,
                                  float *dfused, struct fray_err *err) {
  const struct params *p = params;
  const struct fray_model *model = visit->trainer->model;
  struct own *own = visit->own;
  const struct fray_pass pass = {.train = true,
                                 .seed = visit->seed,
                                 .who = visit->source,
                                 .when = visit->round,
                                 .step = SECOND_STEPS + visit->step,
                                 .w = own->w,
                                 .grad = own->grad,
                                 .arena = fray_visit_arena(visit),
                                 .flops = &visit->trainer->flops};
  const size_t keep = fray_stay(forward->n, left_out(p, visit->round));
  const double scale = p->compat == AUTHORS ? 1 / (double)keep : 1;
  struct fray_forward second;
  uint8_t *easy_first, *easy_second;
  double second_loss;
  float *dsecond;
  (void)dfused; /* what lies below the logits follows from their gradient */
  FRAY_TRY(fray_model_forward(model, batch, &pass, &second, err));
  FRAY_ALLOC(dsecond, pass.arena, second.n * second.classes, err);
  /* Both are asked before either learns, on the same samples. */
  /* Neither network is asked then, but both learn: costs are those of the method. */
  if (p->choice == BY_CHANCE) {
    FRAY_TRY(draw(visit, forward->n, keep, &easy_first, err));
    easy_second = easy_first;
  } else {
    FRAY_TRY(choose(visit, forward, batch->label, keep, &easy_first, err));
    FRAY_TRY(choose(visit, &second, batch->label, keep, &easy_second, err));
  }
  count(visit, forward->n, batch->label, easy_second);
  visit->teaches = easy_second;
  FRAY_TRY(learn(visit, forward, batch->label, easy_second, keep, scale, loss, dlogits, err));
  FRAY_TRY(
      learn(visit, &second, batch->label, easy_first, keep, scale, &second_loss, dsecond, err));
  /* Backward adds, and nobody else clears this one. */
  memset(own->grad, 0, visit->total * sizeof *own->grad);
  FRAY_TRY(fray_model_backward(model, &second, dsecond, NULL, &pass, err));
  fray_optimiser_step(&own->optimiser, second.used, own->w, own->grad);
  return FRAY_OK;
}

/* A second network that is not finite spoils the visit, as the first would. */
static enum fray_status end(const void *params, struct fray_visit *visit, struct fray_err *err) {
  const struct own *own = visit->own;
  (void)params, (void)err;
  for (size_t i = 0; i < visit->total; i++)
    visit->up[SECOND_UP][i] = own->w[i] - visit->down[SECOND_DOWN][i];
  return FRAY_OK;
}

/* The server's numbers are in checkpoints: a run that goes on has found the same. */
static size_t server_numbers(const void *params, const struct fray_roster *roster) {
  (void)params, (void)roster;
  return NUMBERS;
}

/* By their samples, as fedavg's. The numbers are those of the last round that anybody took part
 * in. */
static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  size_t samples = 0;
  (void)params;
  memset(round->number, 0, NUMBERS * sizeof *round->number);
  for (size_t i = 0; i < n; i++) {
    samples += member[i].samples;
    for (size_t k = 0; k < NUMBERS; k++)
      round->number[k] += member[i].number[k];
  }
  for (size_t i = 0; i < n; i++)
    weight[i] = (double)member[i].samples / (double)samples;
}

/* All that it asks of the numbers are their sums. */
static double own_weight(const void *params, const struct fray_server_round *round,
                         const struct fray_member *self, double *number) {
  (void)params, (void)round;
  memcpy(number, self->number, NUMBERS * sizeof *number);
  return (double)self->samples;
}

static double scale(const void *params, const struct fray_server_round *round, double weights,
                    const double *number) {
  (void)params;
  memcpy(round->number, number, NUMBERS * sizeof *number);
  return weights > 0 ? 1 / weights : 0;
}

/* Shares are formed where they are written, so that one of nothing stays empty. */
static size_t found(const void *params, const double *number, struct fray_found *out) {
  (void)params;
  out[0] = (struct fray_found){.of = "samples",
                               .seen = number[SEEN],
                               .wrong = number[WRONG],
                               .called = number[CALLED],
                               .right = number[RIGHT]};
  return number[SEEN] > 0; /* a trial whose rounds nobody came to found nothing */
}

/* Each network is averaged as fedavg's. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)params, (void)round;
  for (size_t i = 0; i < n; i++) {
    w[i] += mean[0][i];
    state[SECOND_DOWN][i] += mean[SECOND_UP][i];
  }
}

/* The choice is the method; the share that is left out is its volume. */
static struct fray_volume volume(const void *params) {
  const struct params *p = params;
  return p->tau > 0 && p->choice == BY_LOSS
             ? (struct fray_volume){"choice", choice_names[BY_CHANCE]}
             : (struct fray_volume){NULL, NULL};
}

/* Nothing is kept with clients: both networks come with each round. */
static const struct fray_algorithm_ops ops = {
    .formula = "clients train two networks: each batch, either learns from the (1 - R) B samples "
               "of least loss by the other, R = min(t / ramp, 1) tau in round t; both are averaged "
               "as fedavg's; the first is judged",
    .use = "many wrong labels that look alike in all clients, with a rough idea of their share",
    .avoid = "rare classes and hard samples, whose losses are large as well; twice the bytes and "
             "the arithmetic; sets of classes (refused)",
    .server_vectors = 1,
    .models = 1,
    .down = 1,
    .up = 1,
    .numbers = NUMBERS,
    .server_numbers = server_numbers,
    .weigh = weigh,
    .sums = {.n = NUMBERS, .weight = own_weight, .scale = scale},
    .found = found,
    .volume = volume,
    .check = check,
    .begin = begin,
    .objective = objective,
    .end = end,
    .touches = {.visit = 5, .server = 3, .losses = 2},
    .trains_twice = true,
    .step = step};

extern const struct fray_choice fray_algorithm_coteaching;
const struct fray_choice fray_algorithm_coteaching = {
    .name = "coteaching",
    .meaning = "two networks, each of which learns from the samples of small loss by the other, so "
               "that wrong labels teach less",
    .source = "Han et al. 2018, arXiv 1804.06872, Alg. 1, in each client; T counts rounds",
    .table = &table,
    .impl = &ops,
};
