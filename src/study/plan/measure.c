/* The speed of one kind of trial, from a few clients and one block of samples.
 *
 * Processor time is measured and not that of the clock, since all ranks of a machine measure at
 * once. */
#include "forecast.h"

#include "fray/base/arena_touched.h"
#include "fray/base/machine.h"
#include "fray/base/size.h"
#include "fray/fed/exact.h"

#include <math.h>
#include <string.h>

enum { CONDITIONS = 9, UPDATES = 2 };

struct subject {
  const struct fray_cell *cell;
  const struct fray_session *session;
  const struct fray_partition *partition;
  struct fray_comm *self;
  struct fray_model *model;
  struct fray_trainer trainer;
  struct fray_local_config local; /* of one epoch */
  struct fray_arena keep, work, answers;
  size_t total;
  float *w, *mean, *update[UPDATES];
  float **down, **kept, **up; /* vectors that the cell's algorithm exchanges and keeps */
  float *kept_samples;        /* of the client at hand */
  double *server, *number;    /* likewise */
  struct fray_client client;
  struct fray_samples panel;
  size_t conditions;
  /* Where sums are of integers on a public grid; NULL else. */
  uint64_t *values; /* (total) */
  uint64_t *stream; /* (masks) seeds of the masks of a client; NULL where none are made */
  size_t masks;
};

/* The first samples of a client, at most so many. Unlabelled samples train nothing and would make
 * the speed look better than it is. The lists lie in s->work and last until the next client. */
static enum fray_status make_client(struct subject *s, size_t c, size_t most,
                                    struct fray_err *err) {
  const struct fray_dataset *d = s->session->dataset;
  const struct fray_partition *p = s->partition;
  const size_t classes = d->n_classes, room = p->first[c + 1] - p->first[c];
  uint32_t *sample;
  uint8_t *present, *labels = NULL;
  int32_t *label;
  size_t n = 0;
  fray_arena_reset(&s->work);
  FRAY_ALLOC(sample, &s->work, room + 1, err);
  FRAY_ALLOC(present, &s->work, room + 1, err);
  FRAY_ALLOC(label, &s->work, room + 1, err);
  if (d->multi_label)
    FRAY_ALLOC(labels, &s->work, (room + 1) * classes, err);
  for (size_t i = p->first[c]; i < p->first[c + 1] && n < most; i++) {
    if (!fray_is_labelled(d, p->sample[i]))
      continue;
    sample[n] = p->sample[i];
    present[n] = d->present[sample[n]];
    if (labels)
      memcpy(labels + n * classes, d->labels + sample[n] * classes, classes);
    label[n] = labels ? 0 : d->label[sample[n]];
    n++;
  }
  FRAY_ALLOC_ZERO(s->kept_samples, &s->work,
                  n * fray_algorithm_of(&s->cell->config.training.server)->sample_floats + 1, err);
  s->client = (struct fray_client){.source = p->source[c],
                                   .data = {.n = n,
                                            .n_labelled = n,
                                            .sample = sample,
                                            .label = label,
                                            .labels = labels,
                                            .present = present}};
  return FRAY_OK;
}

/* With what the algorithm adds: one that passes over the samples once more takes as much longer.
 * What a client keeps begins as the model each time, so that it does not run away over hundreds of
 * calls: zeros would be a client that was never there before, which some methods spare work. Seed,
 * round and work are fixed: what is drawn does not matter, how long it takes does. Local-only
 * training has no algorithm. */
static enum fray_status train_client(struct subject *s, struct fray_err *err) {
  const struct fray_variant *algorithm = &s->cell->config.training.server.algorithm;
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  struct fray_client_result result;
  for (unsigned k = 0; k < ops->client_vectors; k++)
    memcpy(s->kept[k], s->w, s->total * sizeof **s->kept);
  struct fray_visit visit = {.algorithm = s->cell->local_only ? NULL : algorithm,
                             .source = s->client.source,
                             .seed = 1,
                             .round = 1,
                             .data = s->client.data,
                             .work = 1,
                             .global = s->w,
                             .down = (const float *const *)s->down,
                             .came = true,
                             .server = s->server,
                             .kept = s->kept,
                             .kept_samples = s->kept_samples,
                             .up = s->up,
                             .number = s->number};
  return fray_client_visit(&s->trainer, &visit, &result, err);
}

/* Masks are most of a round with small data: as many of each client as there are clients. */
static enum fray_status add_integers(struct subject *s, struct fray_err *err) {
  const struct fray_secure_config *config = &s->cell->config.training.secure;
  const struct fray_secure_masks masks = fray_secure_masks_of(s->stream);
  (void)err;
  for (int k = 0; k < UPDATES; k++) {
    fray_secure_quantise(config, s->total, s->update[k], 1, s->values);
    /* Those of the client, and what the server takes off it, which is one where nobody falls out.
     */
    if (s->masks)
      fray_secure_mask(&masks, 0, s->masks + 1, s->total, s->values);
  }
  fray_secure_decode(config, s->total, s->values, 1, s->mean);
  return FRAY_OK;
}

/* Exact sums cost as much as a step of a small model, so they are measured like one. */
static enum fray_status add_updates(struct subject *s, struct fray_err *err) {
  if (s->values)
    return add_integers(s, err);
  static const double weight[UPDATES] = {0.5, 0.5};
  return fray_exact_sum(s->self, s->total, UPDATES, (const float *const *)s->update, weight,
                        UPDATES, &s->work, s->mean, err);
}

/* The same samples under every condition: what another one costs is the difference. */
static enum fray_status evaluate_block(struct subject *s, struct fray_err *err) {
  struct fray_samples under[CONDITIONS];
  struct fray_evaluation evaluation;
  for (size_t k = 0; k < CONDITIONS; k++)
    under[k] = s->panel;
  const struct fray_evaluation_task task = {.model = s->model,
                                            .features = s->session->features,
                                            .n_modalities = s->session->dataset->n_modalities,
                                            .conditions = s->conditions,
                                            .w = s->w,
                                            .under = under};
  fray_arena_reset(&s->work);
  fray_arena_reset(&s->answers);
  FRAY_TRY(fray_evaluate_begin(&task, &s->work, &s->answers, &evaluation, err));
  return fray_evaluate_range(&task, 0, s->panel.n, &s->work, &evaluation, err);
}

/* Processor seconds of one call: the mean of calls for so long, after one that fills the caches;
 * that one itself where it takes as long. */
static enum fray_status
/* The first call pays for pages and caches that the others find ready: unless it took the whole
 * budget, its time does not count. */
time_calls(struct subject *s, enum fray_status (*call)(struct subject *s, struct fray_err *err),
           double budget, double *seconds, struct fray_err *err) {
  double start = fray_cpu_seconds();
  FRAY_TRY(call(s, err));
  *seconds = fray_cpu_seconds() - start;
  if (*seconds >= budget)
    return FRAY_OK;
  /* The clock bounds how long people wait; the processor says what it cost. */
  const double end = fray_seconds() + budget;
  start = fray_cpu_seconds();
  for (int n = 1;; n++) {
    FRAY_TRY(call(s, err));
    *seconds = (fray_cpu_seconds() - start) / n;
    if (fray_seconds() >= end)
      return FRAY_OK;
  }
}

/* Larger and larger beginnings of clients, spread over all of them. The stride spreads the clients
 * over all, since neighbours are often alike; a sixteenth of the budget for each leaves time for
 * several. 0 when no client could be trained. */
static enum fray_status measure_training(struct subject *s, double budget, double *per_sample,
                                         struct fray_err *err) {
  const struct fray_partition *p = s->partition;
  const double start = fray_seconds();
  double seconds = 0, samples = 0;
  size_t most = (size_t)s->local.batch;
  for (size_t k = 0; k < p->n_clients && fray_seconds() - start < budget; k++) {
    const size_t stride = FRAY_MAX(p->n_clients / 64, (size_t)1);
    double one;
    FRAY_TRY(make_client(s, k * stride % p->n_clients, most, err));
    if (s->client.data.n == 0)
      continue;
    FRAY_TRY(time_calls(s, train_client, budget / 16, &one, err));
    seconds += one;
    samples += (double)s->client.data.n;
    most = most > SIZE_MAX / 2 ? most : 2 * most;
  }
  *per_sample = samples > 0 ? seconds / samples : 0;
  return FRAY_OK;
}

/* The first block of the test samples: the time depends on shapes, and hardly on which samples
 * these are. Nothing is damaged, so every modality costs what it can; held and present are one
 * array. */
static enum fray_status make_panel(struct subject *s, struct fray_err *err) {
  const struct fray_partition *p = s->partition;
  const size_t n = FRAY_MIN(p->n_test, (size_t)FRAY_EVALUATION_BLOCK);
  return fray_trial_list_samples(s->session->dataset, p->test, n, &s->keep, &s->panel, err);
}

/* What one condition more costs is the difference over eight of them, as a single one would drown
 * in noise; where noise makes it negative it is 0. */
static enum fray_status measure_evaluation(struct subject *s, double budget, struct fray_speed *out,
                                           struct fray_err *err) {
  double once, often;
  if (s->panel.n == 0)
    return FRAY_OK;
  s->conditions = 1;
  FRAY_TRY(time_calls(s, evaluate_block, budget, &once, err));
  s->conditions = CONDITIONS;
  FRAY_TRY(time_calls(s, evaluate_block, budget, &often, err));
  out->evaluated = once / (double)s->panel.n;
  out->again = fmax(often - once, 0.0) / (CONDITIONS - 1) / (double)s->panel.n;
  return FRAY_OK;
}

static enum fray_status make_vectors(struct subject *s, size_t n, float ***out,
                                     struct fray_err *err) {
  FRAY_ALLOC(*out, &s->keep, n + 1, err);
  for (size_t k = 0; k < n; k++)
    FRAY_ALLOC_ZERO((*out)[k], &s->keep, s->total, err);
  return FRAY_OK;
}

/* What goes with vectors. Whom the numbers of a server are of does not matter: they are 1. */
static enum fray_status make_numbers(struct subject *s, struct fray_err *err) {
  const struct fray_variant *algorithm = &s->cell->config.training.server.algorithm;
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  const struct fray_roster roster = {.clients = s->partition->n_clients, .groups = 1};
  const size_t n = fray_server_numbers(algorithm, &roster);
  FRAY_ALLOC_ZERO(s->number, &s->keep, fray_client_numbers(ops, s->session->dataset->n_classes) + 1,
                  err);
  FRAY_ALLOC(s->server, &s->keep, n + 1, err);
  for (size_t i = 0; i < n; i++)
    s->server[i] = 1;
  return FRAY_OK;
}

/* Any seeds take equally long. */
static enum fray_status make_masks(struct subject *s, struct fray_err *err) {
  const struct fray_secure_config *config = &s->cell->config.training.secure;
  if (!fray_secure_is_on(config) || s->cell->local_only)
    return FRAY_OK;
  s->masks = fray_secure_hides(config) ? fray_cell_invited(s->cell) : 0;
  FRAY_ALLOC(s->values, &s->keep, s->total, err);
  FRAY_ALLOC_ZERO(s->stream, &s->keep, s->masks + 1, err);
  return FRAY_OK;
}

/* One epoch is enough: the speed of a step does not depend on how many there are. */
static enum fray_status start(struct subject *s, struct fray_err *err) {
  FRAY_TRY(fray_cell_model(s->cell, s->session, &s->model, err));
  const struct fray_param_table *params = fray_model_params(s->model);
  s->total = params->total;
  s->local = s->cell->config.training.local;
  s->local.epochs = 1;
  FRAY_ALLOC_ZERO(s->w, &s->keep, s->total, err);
  FRAY_ALLOC_ZERO(s->mean, &s->keep, s->total, err);
  for (int k = 0; k < UPDATES; k++)
    FRAY_ALLOC_ZERO(s->update[k], &s->keep, s->total, err);
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&s->cell->config.training.server);
  FRAY_TRY(make_vectors(s, ops->server_vectors, &s->down, err));
  FRAY_TRY(make_vectors(s, ops->client_vectors, &s->kept, err));
  FRAY_TRY(make_vectors(s, 1 + ops->up, &s->up, err));
  FRAY_TRY(make_numbers(s, err));
  FRAY_TRY(make_masks(s, err));
  fray_param_init(params, 1, s->w);
  return fray_trainer_start(&s->trainer, s->model, s->session->features,
                            s->session->dataset->n_modalities, &s->local, err);
}

/* Half of the time for training, which is most of a study; a tenth for judging. The numbers of the
 * budget do not add up to all of it: filling the caches takes the rest. */
static enum fray_status measure(struct subject *s, double seconds, struct fray_speed *out,
                                struct fray_err *err) {
  double adding;
  FRAY_TRY(start(s, err));
  FRAY_TRY(make_panel(s, err));
  /* For the speed alone any standards do that keep values small; whose they are does not matter. */
  FRAY_TRY(fray_features_learn_alone(s->session->features, &s->panel, err));
  FRAY_TRY(measure_training(s, 0.5 * seconds, &out->trained, err));
  FRAY_TRY(measure_evaluation(s, 0.1 * seconds, out, err));
  FRAY_TRY(time_calls(s, add_updates, 0.05 * seconds, &adding, err));
  out->update = adding / UPDATES;
  return FRAY_OK;
}

/* Everything that it made goes again: the next kind must find the memory that a run would. The
 * members of s that were not reached are zeros, which may be released. */
static void release(struct subject *s) {
  fray_trainer_end(&s->trainer);
  fray_model_free(s->model);
  fray_arena_free(&s->keep);
  fray_arena_free(&s->work);
  fray_arena_free(&s->answers);
}

enum fray_status fray_speed_measure(const struct fray_cell *cell, const struct fray_trial *trial,
                                    struct fray_session *session, struct fray_comm *self,
                                    double seconds, struct fray_speed *out, struct fray_err *err) {
  struct subject s = {.cell = cell, .session = session, .self = self, .work.large_pages = true};
  *out = (struct fray_speed){0};
  FRAY_TRY(fray_session_partition(session, cell, trial->partition_seed, &s.partition, err));
  enum fray_status status = measure(&s, seconds, out, err);
  release(&s);
  return status;
}

/* ---- memory ---- */

/* The samples with the most features of a list, with a label if they are to train: out has room for
 * `most`. By insertion: few are wanted, and equal ones stay where they are. */
static size_t take_longest(const struct subject *s, const uint32_t *from, size_t n, size_t most,
                           bool labelled, double *size, uint32_t *out) {
  const struct fray_session *session = s->session;
  size_t taken = 0;
  for (size_t i = 0; i < n && most > 0; i++) {
    double mine = 0;
    if (labelled && !fray_is_labelled(session->dataset, from[i]))
      continue;
    for (size_t m = 0; m < session->dataset->n_modalities; m++)
      mine += (double)fray_features_steps(session->features, m, from[i]) *
              (double)fray_feature_size(fray_features_shape(session->features, m));
    if (taken == most && mine <= size[most - 1])
      continue;
    size_t at = taken < most ? taken++ : most - 1;
    for (; at > 0 && size[at - 1] < mine; at--) {
      size[at] = size[at - 1];
      out[at] = out[at - 1];
    }
    size[at] = mine;
    out[at] = from[i];
  }
  return taken;
}

/* They and what the data say of them, in the arena that is kept. */
static enum fray_status make_longest(struct subject *s, const uint32_t *from, size_t n, size_t most,
                                     bool labelled, struct fray_samples *out,
                                     struct fray_err *err) {
  const size_t room = FRAY_MIN(n, most) + 1;
  double *size;
  uint32_t *sample;
  FRAY_ALLOC(size, &s->keep, room, err);
  FRAY_ALLOC(sample, &s->keep, room, err);
  const size_t taken = take_longest(s, from, n, most, labelled, size, sample);
  return fray_trial_list_samples(s->session->dataset, sample, taken, &s->keep, out, err);
}

/* Bytes of a block's tokens, as they are kept where an encoder rests. */
static enum fray_status count_tokens(struct subject *s, double *bytes, struct fray_err *err) {
  const struct fray_pass pass = {.w = s->w, .arena = &s->work};
  struct fray_encoded *encoded;
  struct fray_batch batch;
  *bytes = 0;
  fray_arena_reset(&s->work);
  FRAY_TRY(fray_batch_load(s->session->features, s->session->dataset->n_modalities, &s->panel,
                           &s->work, &batch, err));
  FRAY_TRY(fray_model_encode(s->model, &batch, &pass, &encoded, err));
  for (size_t m = 0; m < fray_model_modalities(s->model); m++)
    *bytes += (double)fray_model_kept_bytes(encoded, m);
  return FRAY_OK;
}

/* One step and one block, of the longest samples that there are, as nobody could add up what the
 * layers of a model take on their way. */
static enum fray_status rehearse(struct subject *s, struct fray_rehearsed *out,
                                 struct fray_err *err) {
  const struct fray_partition *p = s->partition;
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&s->cell->config.training.server);
  const size_t batch = FRAY_MIN((size_t)s->local.batch, s->cell->outlook->largest);
  struct fray_samples train, tests;
  FRAY_TRY(make_longest(s, p->sample, p->first[p->n_clients], batch, true, &train, err));
  FRAY_TRY(make_longest(s, p->test, p->n_test, FRAY_EVALUATION_BLOCK, false, &tests, err));
  FRAY_TRY(make_longest(s, p->dev, p->n_dev, FRAY_EVALUATION_BLOCK, false, &s->panel, err));
  FRAY_TRY(fray_features_learn_alone(s->session->features, p->n_test ? &tests : &s->panel, err));
  s->client = (struct fray_client){.source = p->source[0], .data = train};
  FRAY_ALLOC_ZERO(s->kept_samples, &s->keep, train.n * ops->sample_floats + 1, err);
  s->conditions = 1;
  if (train.n > 0)
    FRAY_TRY(train_client(s, err));
  /* In the order of a round: pieces of an arena that are too small for what comes next stay. */
  FRAY_TRY(add_updates(s, err));
  for (int k = 0; k < 2; k++) {
    if (s->panel.n > 0)
      FRAY_TRY(evaluate_block(s, err));
    s->panel = tests;
  }
  out->block = (double)(fray_arena_touched(&s->work) + fray_arena_touched(&s->answers));
  if (s->panel.n == 0)
    return FRAY_OK;
  FRAY_TRY(count_tokens(s, &out->tokens, err));
  out->tokens /= (double)s->panel.n;
  return FRAY_OK;
}

/* What the process holds more than before, beside what was counted, are libraries that were first
 * touched. Vectors of the model and features are counted elsewhere. */
enum fray_status fray_memory_rehearse(const struct fray_cell *cell, const struct fray_trial *trial,
                                      struct fray_session *session, struct fray_comm *self,
                                      struct fray_rehearsed *out, struct fray_err *err) {
  struct subject s = {.cell = cell, .session = session, .self = self, .work.large_pages = true};
  const double before = (double)fray_memory_peak();
  const double held = (double)fray_features_held(session->features);
  *out = (struct fray_rehearsed){0};
  FRAY_TRY(fray_session_partition(session, cell, trial->partition_seed, &s.partition, err));
  enum fray_status status = start(&s, err);
  if (status == FRAY_OK)
    status = rehearse(&s, out, err);
  out->step = (double)fray_arena_touched(&s.trainer.step);
  const double more = (double)fray_features_held(session->features) - held;
  const double counted = out->step + out->block + more + (double)fray_arena_touched(&s.keep) +
                         (double)fray_arena_touched(&s.trainer.keep);
  out->touched = fmax((double)fray_memory_peak() - before - counted, 0);
  release(&s);
  return status;
}

struct fray_duration fray_speed_duration(const struct fray_speed *speed,
                                         const struct fray_trial_amounts *a) {
  static const double files = 0.01; /* a part and two models, to a disk that is not far */
  return (struct fray_duration){.training =
                                    speed->trained * a->trained + speed->update * a->updates,
                                .evaluation = speed->evaluated * a->evaluated,
                                .judging = speed->evaluated * a->judged + speed->again * a->again,
                                .files = files};
}
