/* What a trial costs, from what it passes through its model. docs/decisions/0020-teams.md */
#include "cost.h"

#include "fray/base/size.h"
#include "fray/fed/local_only.h"
#include "fray/fed/schedule.h"
#include "fray/tensor/blas.h"
#include "teams.h"

#include <math.h>
#include <stdlib.h>

/* Seconds of a core that multiplies at 100 GFLOP/s; the parameters' share as `fray bench` shows it
 * for the model vector-784: half a step of 0.12 ms and 1.3 ms for ten updates of 109,386. */
static const double per_flop = 1e-11, per_step = 0.5e-9, per_update = 1.2e-9;
/* Files of a trial: its part and two models. */
static const double per_trial = 5e-3;
/* A backward pass makes two products for each one of the forward pass. */
enum { TRAINING_PASSES = 3 };

/* Rounds that are evaluated; the last one always is. */
static double evaluations_of(const struct fray_scenario *config) {
  const int64_t rounds = config->training.rounds, every = config->evaluate.every;
  return (double)(rounds / every + (rounds % every != 0));
}

/* Clients that take part, summed over the rounds. */
static enum fray_status count_places(const struct fray_training_config *training,
                                     const struct fray_partition *p, double *places,
                                     size_t *local_epochs, struct fray_err *err) {
  const size_t rounds = (size_t)training->rounds;
  struct fray_arena arena = {0};
  struct fray_cohort_schedule cohorts;
  enum fray_status status = FRAY_OK;
  *places = (double)rounds * (double)fray_amount_of(training->clients_per_round, p->n_clients);
  if (training->cohorts)
    status =
        fray_cohorts_read(training->cohorts, rounds, p->name, p->n_clients, &arena, &cohorts, err);
  if (training->cohorts && status == FRAY_OK)
    *places = (double)cohorts.first[rounds];
  if (status == FRAY_OK)
    *local_epochs =
        fray_local_only_epochs(training, p->n_clients, training->cohorts ? &cohorts : NULL);
  fray_arena_free(&arena);
  return status;
}

/* Each client trains as long as it would in the federation, and answers its own samples. */
static void amounts_of_local_only(const struct fray_cell *cell, const struct fray_partition *p,
                                  double epochs, struct fray_trial_amounts *out) {
  const double batch = (double)cell->config.training.local.batch;
  for (size_t c = 0; c < p->n_clients; c++) {
    const size_t n = p->first[c + 1] - p->first[c];
    if (p->n_own == 0 || p->own_first[c + 1] == p->own_first[c])
      continue; /* it has nothing to be tested on and is not trained */
    out->trained += epochs * (double)n;
    out->steps += epochs * ceil((double)n / batch);
  }
  out->judged = (double)p->n_own;
}

static void amounts_of_rounds(const struct fray_cell *cell, const struct fray_partition *p,
                              double places, struct fray_trial_amounts *out) {
  const struct fray_scenario *config = &cell->config;
  const double epochs = (double)config->training.local.epochs, clients = (double)p->n_clients;
  double steps = 0; /* of all clients, one epoch each */
  for (size_t c = 0; c < p->n_clients; c++)
    steps += ceil((double)(p->first[c + 1] - p->first[c]) / (double)config->training.local.batch);
  out->updates = places;
  out->trained = places * epochs * (double)p->first[p->n_clients] / clients;
  out->steps = places * epochs * steps / clients;
  /* Of the rounds about one in four is a new best one, if only those are tested. */
  const double tested = config->evaluate.test == FRAY_TEST_EVERY ? 1 : 0.25;
  out->evaluated = evaluations_of(config) * ((double)p->n_dev + tested * (double)p->n_test);
  out->judged = 2.0 * (double)(p->n_test + p->n_own); /* the selected and the last model */
}

static double share_left(const struct fray_cell *cell, const struct fray_model_size *size) {
  double left = 0, all = 0;
  for (size_t m = 0; cell->is_known && m < FRAY_MAX_MODALITIES; m++)
    if (size->modality[m] > 0 && !isnan(cell->left[m])) {
      left += size->modality[m] * cell->left[m];
      all += size->modality[m];
    }
  return all > 0 ? left / all : 1;
}

enum fray_status fray_trial_count(const struct fray_cell *cell, const struct fray_partition *p,
                                  const struct fray_model_size *size,
                                  struct fray_trial_amounts *out, struct fray_err *err) {
  double places;
  size_t epochs;
  *out = (struct fray_trial_amounts){0};
  FRAY_TRY(count_places(&cell->config.training, p, &places, &epochs, err));
  if (cell->local_only)
    amounts_of_local_only(cell, p, (double)epochs, out);
  else
    amounts_of_rounds(cell, p, places, out);
  out->trained *= share_left(cell, size);
  /* Beside the trial's own condition there is a clean one where it differs, and those of `tests`.
   */
  out->again = out->judged * (double)(cell->n_conditions + (cell->n_entries > 0));
  return FRAY_OK;
}

double fray_amounts_cost(const struct fray_trial_amounts *a, const struct fray_model_size *m) {
  const double flops =
      m->pass * (TRAINING_PASSES * a->trained + a->evaluated + a->judged) + m->classify * a->again;
  const double p = (double)m->parameters;
  return per_flop * flops + per_step * p * a->steps + per_update * p * a->updates + per_trial;
}

/* One sample of zeros, as long as samples get, with the modalities of the mask. */
static enum fray_status fill_sample(const struct fray_session *session, unsigned mask,
                                    struct fray_arena *arena, struct fray_batch *out,
                                    struct fray_err *err) {
  const size_t n = session->dataset->n_modalities;
  struct fray_feature_batch *feature;
  const int32_t **row;
  int32_t *zero, *none;
  FRAY_ALLOC(feature, arena, n, err);
  FRAY_ALLOC(row, arena, n, err);
  FRAY_ALLOC_ZERO(zero, arena, 1, err);
  FRAY_ALLOC(none, arena, 1, err);
  *none = -1;
  for (size_t m = 0; m < n; m++) {
    const struct fray_feature_shape *shape = fray_features_shape(session->features, m);
    const bool is_there = mask >> m & 1;
    float *x;
    int32_t *length;
    FRAY_ALLOC_ZERO(x, arena, fray_feature_size(shape), err);
    FRAY_ALLOC(length, arena, 1, err);
    *length = (int32_t)shape->time;
    feature[m] = (struct fray_feature_batch){is_there, shape->time, x,
                                             fray_feature_has_length(shape->kind) ? length : NULL};
    row[m] = is_there ? zero : none;
  }
  *out = (struct fray_batch){.n = 1, .feature = feature, .row = row};
  return FRAY_OK;
}

static enum fray_status encode_sample(const struct fray_model *model, const float *w,
                                      const struct fray_session *session, unsigned mask,
                                      struct fray_arena *arena, struct fray_encoded **encoded,
                                      double *flops, struct fray_err *err) {
  struct fray_batch batch;
  FRAY_TRY(fill_sample(session, mask, arena, &batch, err));
  const double before = fray_gemm_flops();
  FRAY_TRY(fray_model_encode(model, w, &batch, arena, encoded, err));
  *flops = fray_gemm_flops() - before;
  return FRAY_OK;
}

static enum fray_status pass_sample(const struct fray_model *model, const float *w,
                                    const struct fray_session *session, struct fray_arena *arena,
                                    struct fray_model_size *out, struct fray_err *err) {
  const size_t n = session->dataset->n_modalities;
  struct fray_encoded *encoded;
  double encode;
  float *logits;
  FRAY_ALLOC(logits, arena, fray_model_classes(model), err);
  for (size_t m = 0; m < n; m++)
    FRAY_TRY(encode_sample(model, w, session, 1u << m, arena, &encoded, &out->modality[m], err));
  FRAY_TRY(encode_sample(model, w, session, (1u << n) - 1, arena, &encoded, &encode, err));
  const double before = fray_gemm_flops();
  FRAY_TRY(fray_model_classify(model, w, encoded, NULL, arena, logits, err));
  out->classify = fray_gemm_flops() - before;
  out->pass = encode + out->classify;
  return FRAY_OK;
}

/* Large embeddings are never looked at: the system gives their pages when they are. */
static enum fray_status measure_model(const struct fray_model *model,
                                      const struct fray_session *session,
                                      struct fray_model_size *out, struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(model);
  enum { ALIGNMENT = 64 };
  struct fray_arena arena = {0};
  char *memory = calloc(params->total + ALIGNMENT / sizeof(float), sizeof(float));
  *out = (struct fray_model_size){.parameters = params->total, .pass = 2.0 * (double)params->count};
  if (!memory)
    return FRAY_OK; /* each parameter is taken to be used once */
  float *w = (float *)(memory + (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT);
  enum fray_status status = pass_sample(model, w, session, &arena, out, err);
  fray_arena_free(&arena);
  free(memory);
  return status;
}

enum fray_status fray_model_measure(const struct fray_cell *cell,
                                    const struct fray_session *session, struct fray_model_size *out,
                                    struct fray_err *err) {
  struct fray_model *model = NULL;
  FRAY_TRY(fray_cell_model(cell, session, &model, err));
  enum fray_status status = measure_model(model, session, out, err);
  fray_model_free(model);
  return status;
}

enum fray_status fray_trial_cost(const struct fray_study *study, const struct fray_trial *trial,
                                 struct fray_session *session, double *cost, struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[trial->cell];
  const struct fray_partition *partition;
  struct fray_trial_amounts amounts;
  struct fray_model_size size;
  FRAY_TRY(fray_session_partition(session, cell, trial->partition_seed, &partition, err));
  FRAY_TRY(fray_session_model_size(session, cell, &size, err));
  FRAY_TRY(fray_trial_count(cell, partition, &size, &amounts, err));
  *cost = fray_amounts_cost(&amounts, &size);
  return FRAY_OK;
}
