/* The operations of a model, counted while one sample of zeros passes it.
 *
 * Counted and not computed from a formula, so that an encoder that is added needs none. */
#include "trial.h"

#include "fray/base/size.h"
#include "fray/nn/touched.h"
#include "fray/tensor/blas.h"

#include <stdlib.h>

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
  /* The row of a sample that lacks a modality. */
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

/* Modalities outside of the mask are absent, so their encoders make no product. */
static enum fray_status encode_sample(const struct fray_model *model, const struct fray_pass *pass,
                                      const struct fray_session *session, unsigned mask,
                                      struct fray_encoded **encoded, double *flops,
                                      struct fray_err *err) {
  struct fray_batch batch;
  FRAY_TRY(fill_sample(session, mask, pass->arena, &batch, err));
  /* The counter of products runs on; the difference is this pass. */
  const double before = fray_gemm_flops();
  FRAY_TRY(fray_model_encode(model, &batch, pass, encoded, err));
  *flops = fray_gemm_flops() - before;
  return FRAY_OK;
}

/* Each modality alone gives the price of its encoder, all together that of a pass. */
static enum fray_status pass_sample(const struct fray_model *model, const float *w,
                                    const struct fray_session *session, struct fray_arena *arena,
                                    struct fray_model_size *out, struct fray_err *err) {
  const size_t n = session->dataset->n_modalities;
  const struct fray_pass pass = {.w = w, .arena = arena};
  struct fray_encoded *encoded;
  double encode;
  float *logits;
  FRAY_ALLOC(logits, arena, fray_model_classes(model), err);
  for (size_t m = 0; m < n; m++)
    FRAY_TRY(encode_sample(model, &pass, session, 1u << m, &encoded, &out->modality[m], err));
  FRAY_TRY(encode_sample(model, &pass, session, (1u << n) - 1, &encoded, &encode, err));
  const double before = fray_gemm_flops();
  struct fray_heard heard;
  FRAY_TRY(fray_model_most_said(model)
               ? fray_model_hear(model, encoded, NULL, &pass, &heard, err)
               : fray_model_classify(model, encoded, NULL, &pass, logits, err));
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
  void *memory = calloc(params->total + ALIGNMENT / sizeof(float), sizeof(float));
  /* Two operations, a multiplication and an addition, for each parameter: what remains if there is
   * no memory for the weights. */
  *out = (struct fray_model_size){.parameters = params->total,
                                  .pass = 2.0 * (double)params->count,
                                  .by_rows = fray_touched_spares(params)};
  if (!memory)
    return FRAY_OK; /* each parameter is taken to be used once */
  /* As aligned as weights are elsewhere, of which calloc promises less; zeros from an arena would
   * touch every page. */
  float *w = (float *)((char *)memory + (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) % ALIGNMENT);
  enum fray_status status = pass_sample(model, w, session, &arena, out, err);
  fray_arena_free(&arena);
  free(memory);
  return status;
}

/* Zeros as weights, too: the products are the same. */
enum fray_status fray_model_measure(const struct fray_cell *cell,
                                    const struct fray_session *session, struct fray_model_size *out,
                                    struct fray_err *err) {
  struct fray_model *model = NULL;
  FRAY_TRY(fray_cell_model(cell, session, &model, err));
  enum fray_status status = measure_model(model, session, out, err);
  fray_model_free(model);
  return status;
}
