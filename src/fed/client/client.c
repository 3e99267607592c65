/* What a rank needs to train a client: its workspace, and samples as a batch of the model. */
#include "fray/fed/client.h"

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
  /* Each modality packs the samples that have it: what is absent costs an encoder nothing, and row
   * says where a sample went. */
  for (size_t m = 0; m < n_modalities; m++) {
    int32_t *row;
    size_t count = 0;
    FRAY_ALLOC(row, arena, n, err);
    for (size_t i = 0; i < n; i++) {
      row[i] = samples->present[i] >> m & 1 ? (int32_t)count : -1;
      if (row[i] >= 0)
        having[count++] = samples->sample[i];
    }
    /* No sample has it: feature[m] stays zeros, and no encoder is asked. */
    if (count)
      FRAY_TRY(fray_features_batch(features, m, having, count, samples->signal, arena, &feature[m],
                                   err));
    rows[m] = row;
  }
  *out = (struct fray_batch){.n = n,
                             .feature = feature,
                             .row = rows,
                             .label = samples->label,
                             .words = fray_features_words(features),
                             .sample = samples->sample};
  return FRAY_OK;
}

/* Of those that lack it a linear model sees zeros, which lie nowhere. */
enum fray_status fray_batch_load_in_place(struct fray_features *features,
                                          const struct fray_samples *samples, const uint32_t *ahead,
                                          size_t n_ahead, struct fray_arena *arena,
                                          struct fray_batch *out, struct fray_err *err) {
  const size_t n = samples->n;
  struct fray_feature_batch *feature;
  struct fray_apart *apart;
  const int32_t **rows;
  uint32_t *sample;
  int32_t *row;
  for (size_t i = 0; i < n; i++)
    if (!(samples->present[i] & 1u))
      return fray_batch_load(features, 1, samples, arena, out, err);
  FRAY_ALLOC_ZERO(feature, arena, 1, err);
  FRAY_ALLOC(apart, arena, 1, err);
  FRAY_ALLOC(rows, arena, 1, err);
  FRAY_ALLOC(row, arena, n, err);
  FRAY_ALLOC(sample, arena, n + n_ahead, err);
  for (size_t i = 0; i < n; i++) {
    row[i] = (int32_t)i;
    sample[i] = samples->sample[i];
  }
  for (size_t i = 0; i < n_ahead; i++)
    sample[n + i] = ahead[i];
  FRAY_TRY(
      fray_features_in_place(features, 0, sample, n, n_ahead, samples->signal, arena, apart, err));
  feature[0] = (struct fray_feature_batch){.n = n, .time = 1};
  rows[0] = row;
  *out = (struct fray_batch){.n = n,
                             .feature = feature,
                             .row = rows,
                             .label = samples->label,
                             .words = fray_features_words(features),
                             .sample = samples->sample,
                             .apart = apart};
  return FRAY_OK;
}

/* Everything a visit needs beside its batches, once for all clients of this rank. */
enum fray_status fray_trainer_start(struct fray_trainer *trainer, const struct fray_model *model,
                                    struct fray_features *features, size_t n_modalities,
                                    const struct fray_local_config *config, struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(model);
  *trainer = (struct fray_trainer){.model = model,
                                   .features = features,
                                   .config = config,
                                   .n_modalities = n_modalities,
                                   .keep.large_pages = true,
                                   .step.large_pages = true};
  FRAY_ALLOC_ZERO(trainer->w, &trainer->keep, params->total, err);
  FRAY_ALLOC_ZERO(trainer->grad, &trainer->keep, params->total, err);
  /* Whether rows may rest is asked in each visit: it hangs on the method that visits. */
  if (fray_touched_spares(params))
    FRAY_TRY(fray_touched_new(params, &trainer->keep, &trainer->touched, err));
  return fray_optimiser_new(params, config, &trainer->keep, &trainer->optimiser, err);
}

void fray_trainer_end(struct fray_trainer *trainer) {
  fray_arena_free(&trainer->keep);
  fray_arena_free(&trainer->step);
}
