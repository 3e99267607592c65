/* What a model costs: floating-point operations of a sample, and of a batch.
 *
 * Everything is put together from single samples, so that a number never depends on who shares a
 * batch: padding to the longest of a batch is work of the program, not of the method. */
#include "model_parts.h"

/* An encoder without operations of its own passes values on. */
static struct fray_flops of_sample(const struct model_encoder *encoder, size_t time) {
  return encoder->ops->flops ? encoder->ops->flops(encoder->plan, time) : (struct fray_flops){0};
}

/* Samples without lengths are all alike. */
struct fray_flops encoder_flops(const struct model_encoder *encoder,
                                const struct fray_feature_batch *in) {
  struct fray_flops sum = {0};
  if (!in->length)
    fray_flops_add(&sum, of_sample(encoder, 1), (double)in->n);
  for (size_t i = 0; in->length && i < in->n; i++)
    fray_flops_add(&sum, of_sample(encoder, (size_t)in->length[i]), 1);
  return sum;
}

/* A head of one part sees every sample; that of a modality the samples that have it. below: the
 * gradient of the fused vector is made, as something there learns. */
static struct fray_flops head_flops(const struct model_head *head, bool below,
                                    const size_t *tokens) {
  struct fray_flops sum = {0};
  const size_t seen = head->units > 0 ? head->units : head->in;
  for (size_t k = 0; k < head->n_parts; k++) {
    if (head->each && tokens[k] == 0)
      continue;
    if (head->units > 0)
      fray_flops_add(&sum, fray_flops_product(1, head->in, head->units, below), 1);
    fray_flops_add(&sum, fray_flops_product(1, seen, head->classes, below || head->units > 0), 1);
  }
  return sum;
}

/* tokens (modalities): of one sample; 0 where it has none. */
static struct fray_flops join_flops(const struct fray_model *model, const size_t *tokens) {
  struct fray_flops sum = {0};
  const bool below = learns_below_head(model);
  if (model->by_token) { /* the head sees each token; sums of tokens are no products */
    fray_flops_add(&sum, head_flops(&model->head, below, tokens), (double)tokens[model->heard]);
    return sum;
  }
  sum = head_flops(&model->head, below, tokens);
  if (model->fusion_ops->flops)
    fray_flops_add(&sum, model->fusion_ops->flops(model->fusion, tokens), 1);
  return sum;
}

/* By the rows of the batch, and not by who is there in the data: what compat models encode as zeros
 * has tokens too. */
struct fray_flops joined_flops(const struct fray_model *model, size_t n,
                               const struct fray_fusion_input *in) {
  struct fray_flops sum = {0};
  size_t tokens[FRAY_MODEL_MODALITIES];
  for (size_t i = 0; i < n; i++) {
    for (size_t m = 0; m < model->modalities; m++) {
      const size_t *first = in[m].tokens && in[m].row[i] >= 0 ? in[m].tokens->first : NULL;
      tokens[m] = first ? first[in[m].row[i] + 1] - first[in[m].row[i]] : 0;
    }
    fray_flops_add(&sum, join_flops(model, tokens), 1);
  }
  return sum;
}

/* The same as a pass counts it, from lengths instead of features: a plan knows no features yet.
 * Where a model encodes zeros in the place of what is absent, its passes count those as well, and a
 * sample does not. */
struct fray_flops fray_model_flops(const struct fray_model *model, const size_t *steps) {
  struct fray_flops sum = {0};
  size_t tokens[FRAY_MODEL_MODALITIES] = {0};
  for (size_t m = 0; m < model->modalities; m++) {
    const struct model_encoder *e = &model->encoder[m];
    if (steps[m] == 0)
      continue;
    tokens[m] = e->ops->tokens ? e->ops->tokens(e->plan, steps[m]) : 1;
    fray_flops_add(&sum, of_sample(e, steps[m]), 1);
  }
  fray_flops_add(&sum, join_flops(model, tokens), 1);
  return sum;
}

/* All rows of a sample: those that are compared are as many as would stand in. */
struct fray_flops fray_model_rebuilding_flops(const struct fray_model *model) {
  struct fray_flops sum = {0};
  if (model->rebuild)
    fray_flops_add(&sum, rebuild_flops(model),
                   (double)model->modalities - (model->rebuild_weight > 0 ? 0 : 1));
  return sum;
}

bool fray_model_encodes_zeros(const struct fray_model *model) {
  return model->never_rest;
}
