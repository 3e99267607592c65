/* Absent inputs as zeros of full length, as FedMultimodal encodes them: the one mode in which
 * absence costs as much as presence, kept for comparison with it. */
#include "model_parts.h"

#include <string.h>

/* Features being put together: n samples of full length, zeros at first. Full length whatever the
 * batch's longest sample, since an absent input must look the same in every batch. */
struct filling {
  struct fray_feature_batch batch;
  float *x;
  int32_t *length; /* NULL unless sequences or tokens */
  size_t size;     /* values of a sample */
};

static enum fray_status all_zeros(const struct fray_feature_shape *shape, size_t n,
                                  struct fray_arena *arena, struct filling *out,
                                  struct fray_err *err) {
  *out = (struct filling){.size = fray_feature_size(shape)};
  FRAY_ALLOC_ZERO(out->x, arena, n * out->size, err);
  if (fray_feature_has_length(shape->kind)) {
    FRAY_ALLOC(out->length, arena, n, err);
    for (size_t i = 0; i < n; i++)
      out->length[i] = (int32_t)shape->time;
  }
  out->batch =
      (struct fray_feature_batch){.n = n, .time = shape->time, .x = out->x, .length = out->length};
  return FRAY_OK;
}

/* Sample `from` of the given features at place `to`. The batch may have been cut to its longest
 * sample; what is left of a full-length place stays zero. */
static void put_sample(struct filling *out, size_t to, const struct fray_feature_batch *given,
                       size_t from) {
  const size_t size = out->size / out->batch.time * given->time;
  memcpy(out->x + to * out->size, given->x + from * size, size * sizeof *out->x);
  if (out->length)
    out->length[to] = given->length[from];
}

/* Nobody absent, the usual case at a rate of 0: the batch is taken as it is, without a copy. */
static bool any_absent(const int32_t *row, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (row[i] < 0)
      return true;
  return false;
}

enum fray_status find_training_input(const struct fray_model *model, const struct fray_batch *batch,
                                     size_t m, struct fray_arena *arena, struct training_input *out,
                                     struct fray_err *err) {
  const int32_t *row = batch->row[m];
  *out = (struct training_input){.feature = batch->feature[m], .row = row};
  if (!model->fill_zeros || !any_absent(row, batch->n))
    return FRAY_OK;
  struct filling filling;
  int32_t *identity;
  FRAY_TRY(all_zeros(&model->encoder[m].shape, batch->n, arena, &filling, err));
  FRAY_ALLOC(identity, arena, batch->n, err);
  for (size_t i = 0; i < batch->n; i++) {
    identity[i] = (int32_t)i;
    if (row[i] >= 0)
      put_sample(&filling, i, &batch->feature[m], (size_t)row[i]);
  }
  *out = (struct training_input){.feature = filling.batch, .row = identity};
  return FRAY_OK;
}

/* In evaluation one sample of zeros is enough: it is encoded once, and all absent ones share its
 * row. In training they may not, as their gradients must come back apart. */
enum fray_status append_zero_sample(const struct model_encoder *encoder,
                                    const struct fray_feature_batch *given,
                                    struct fray_arena *arena, struct fray_feature_batch *out,
                                    struct fray_err *err) {
  struct filling filling;
  FRAY_TRY(all_zeros(&encoder->shape, given->n + 1, arena, &filling, err));
  for (size_t i = 0; i < given->n; i++)
    put_sample(&filling, i, given, i);
  *out = filling.batch;
  return FRAY_OK;
}
