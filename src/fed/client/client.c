/* Local training of one client: batches in drawn order, a step of the optimiser on each. */
#include "fray/fed/client.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

enum fray_status fray_batch_load(struct fray_features *features, size_t n_modalities,
                                 const struct fray_samples *samples, struct fray_arena *arena,
                                 struct fray_batch *out, struct fray_err *err) {
  const size_t n = samples->n;
  struct fray_feature_batch *feature;
  const int32_t **rows;
  uint32_t *having;
  FRAY_ALLOC_ZERO(feature, arena, n_modalities, err);
  FRAY_ALLOC(rows, arena, n_modalities, err);
  FRAY_ALLOC(having, arena, n, err);
  for (size_t m = 0; m < n_modalities; m++) {
    int32_t *row;
    size_t count = 0;
    FRAY_ALLOC(row, arena, n, err);
    for (size_t i = 0; i < n; i++) {
      row[i] = samples->present[i] >> m & 1 ? (int32_t)count : -1;
      if (row[i] >= 0)
        having[count++] = samples->sample[i];
    }
    if (count)
      FRAY_TRY(fray_features_batch(features, m, having, count, arena, &feature[m], err));
    rows[m] = row;
  }
  *out = (struct fray_batch){.n = n, .feature = feature, .row = rows, .label = samples->label};
  return FRAY_OK;
}

enum fray_status fray_trainer_start(struct fray_trainer *trainer, const struct fray_model *model,
                                    struct fray_features *features, size_t n_modalities,
                                    const struct fray_local_config *config, struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(model);
  *trainer = (struct fray_trainer){
      .model = model, .features = features, .config = config, .n_modalities = n_modalities};
  FRAY_ALLOC_ZERO(trainer->w, &trainer->keep, params->total, err);
  FRAY_ALLOC_ZERO(trainer->grad, &trainer->keep, params->total, err);
  return fray_optimiser_new(params, config, &trainer->keep, &trainer->optimiser, err);
}

void fray_trainer_end(struct fray_trainer *trainer) {
  fray_arena_free(&trainer->keep);
  fray_arena_free(&trainer->step);
}

/* The class sets of a batch: rows order[0..n-1] of the client's. */
static enum fray_status load_sets(const struct fray_client *client, const uint32_t *order, size_t n,
                                  size_t classes, struct fray_arena *arena, const uint8_t **out,
                                  struct fray_err *err) {
  uint8_t *labels;
  FRAY_ALLOC(labels, arena, n * classes, err);
  for (size_t i = 0; i < n; i++)
    memcpy(labels + i * classes, client->data.labels + order[i] * classes, classes);
  *out = labels;
  return FRAY_OK;
}

/* One optimiser step on the batch at positions order[0..n-1] of the client. */
static enum fray_status train_batch(struct fray_trainer *t, const struct fray_client *client,
                                    const uint32_t *order, size_t n, struct fray_pass pass,
                                    struct fray_client_result *result, struct fray_err *err) {
  struct fray_arena *arena = &t->step;
  uint32_t *sample;
  uint8_t *present;
  int32_t *label;
  FRAY_ALLOC(sample, arena, n, err);
  FRAY_ALLOC(present, arena, n, err);
  FRAY_ALLOC(label, arena, n, err);
  for (size_t i = 0; i < n; i++) {
    sample[i] = client->data.sample[order[i]];
    present[i] = client->data.present[order[i]];
    label[i] = client->data.label[order[i]];
  }
  struct fray_batch batch;
  const struct fray_samples drawn = {.n = n,
                                     .n_labelled = n,
                                     .sample = sample,
                                     .label = label,
                                     .present = present,
                                     .signal = client->data.signal};
  FRAY_TRY(fray_batch_load(t->features, t->n_modalities, &drawn, arena, &batch, err));
  if (client->data.labels)
    FRAY_TRY(load_sets(client, order, n, fray_model_classes(t->model), arena, &batch.labels, err));
  const struct fray_objective objective = {&t->config->loss, t->positive_weight};
  struct fray_step step;
  FRAY_TRY(fray_model_step(t->model, &batch, &objective, &pass, &step, err));
  const double norm = fray_optimiser_step(&t->optimiser, step.used, t->w, t->grad);
  result->loss_sum += step.loss;
  result->sample_loss_sum += step.loss * (double)n;
  result->batches++;
  result->samples += n;
  result->finite = isfinite(step.loss) && isfinite(norm);
  return FRAY_OK;
}

static enum fray_status train_epoch(struct fray_trainer *t, const struct fray_client *client,
                                    uint64_t seed, size_t round, size_t epoch,
                                    const uint32_t *given, struct fray_client_result *result,
                                    struct fray_err *err) {
  fray_arena_reset(&t->step);
  const size_t all = client->data.n_labelled;
  uint32_t *order;
  FRAY_ALLOC(order, &t->step, all, err);
  for (size_t i = 0; i < all; i++)
    order[i] = given ? given[i] : (uint32_t)i;
  if (!given) {
    struct fray_rng rng = fray_rng_for(seed, "batches", client->source, round, epoch);
    fray_rng_shuffle(&rng, order, all);
  }
  size_t size = (size_t)t->config->batch, per_epoch = (all + size - 1) / size;
  struct fray_arena_place mark = fray_arena_mark(&t->step);
  for (size_t b = 0; b < per_epoch && result->finite; b++) {
    size_t n = FRAY_MIN(size, all - b * size);
    struct fray_pass pass = {.train = true,
                             .seed = seed,
                             .who = client->source,
                             .when = round,
                             .step = epoch * per_epoch + b,
                             .w = t->w,
                             .grad = t->grad,
                             .arena = &t->step};
    FRAY_TRY(train_batch(t, client, order + b * size, n, pass, result, err));
    fray_arena_rewind(&t->step, mark);
  }
  return FRAY_OK;
}

enum fray_status fray_client_train(struct fray_trainer *trainer, const float *global,
                                   const struct fray_client *client, uint64_t seed, size_t round,
                                   const uint32_t *order, float *update,
                                   struct fray_client_result *result, struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(trainer->model);
  size_t n = params->total;
  memcpy(trainer->w, global, n * sizeof *global);
  fray_optimiser_restart(&trainer->optimiser);
  *result = (struct fray_client_result){.finite = true};
  for (size_t e = 0; e < (size_t)trainer->config->epochs && result->finite; e++)
    FRAY_TRY(train_epoch(trainer, client, seed, round, e, order, result, err));
  for (size_t i = 0; i < n; i++)
    update[i] = trainer->w[i] - global[i];
  result->finite = result->finite && isfinite(fray_vec_norm2(n, update));
  if (!result->finite)
    memset(update, 0, n * sizeof *update);
  return FRAY_OK;
}
