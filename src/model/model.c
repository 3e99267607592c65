/* Planning a model: which encoder for which modality, layout of the parameters. All that the
 * scenario can have wrong about it is found here, before anything is trained or written. */
#include "model_parts.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 40 }; /* leaves FRAY_PARAM_NAME room for ".head.classes.weight" behind it */

static const char *const kind_names[] = {[FRAY_FEATURE_SEQUENCE] = "sequences",
                                         [FRAY_FEATURE_IMAGE] = "images",
                                         [FRAY_FEATURE_VECTOR] = "vectors",
                                         [FRAY_FEATURE_TOKENS] = "words"};

/* Text like "images, vectors" of the kinds in the mask. 63 characters hold all four. */
static const char *kinds_text(unsigned kinds, char out[64]) {
  out[0] = '\0';
  for (size_t k = 0; k < FRAY_COUNT(kind_names); k++)
    if (kinds & (1u << k)) {
      strncat(out, *out ? ", " : "", 63 - strlen(out));
      strncat(out, kind_names[k], 63 - strlen(out));
    }
  return out;
}

/* The first encoder that says it is the one for this kind of feature. */
const struct fray_choice *fray_model_default_encoder(enum fray_feature_kind kind) {
  for (size_t i = 0; i < fray_encoders.n; i++) {
    const struct fray_encoder_ops *ops = fray_encoders.v[i]->impl;
    if (ops->preferred & (1u << kind))
      return fray_encoders.v[i];
  }
  return NULL;
}

/* The configured encoder of a modality, or the preferred one of its kind with default keys. */
static enum fray_status choose_encoder(const struct fray_model_config *config, const char *name,
                                       enum fray_feature_kind kind, struct fray_arena *arena,
                                       struct fray_variant *out, struct fray_err *err) {
  const struct fray_encoder_config *given = config->encoders.v;
  for (size_t k = 0; k < config->encoders.n; k++)
    if (strcmp(config->encoders.name[k], name) == 0) {
      *out = given[k].kind;
      return FRAY_OK;
    }
  *out = (struct fray_variant){.choice = fray_model_default_encoder(kind)};
  FRAY_CHECK(out->choice, err, INTERNAL, "no encoder is preferred for %s", kind_names[kind]);
  if (!out->choice->table)
    return FRAY_OK;
  /* No entry of `encoders` was read for it, so its keys are read here, all of them defaults. */
  out->params = fray_arena_zero(arena, 1, out->choice->table->size);
  FRAY_CHECK(out->params, err, MEMORY, "out of memory");
  return fray_schema_read(out->choice->table, NULL, "", out->params, arena, err);
}

/* A kind that the encoder does not take is refused here, by name of the modality, not where its
 * shape makes no sense to it. */
static enum fray_status plan_encoder(struct fray_model *model,
                                     const struct fray_model_config *config, size_t m,
                                     const struct fray_model_data *data, struct fray_err *err) {
  const char *name = data->names[m];
  const struct fray_feature_shape *shape = &data->shapes[m];
  struct model_encoder *encoder = &model->encoder[m];
  struct fray_variant variant;
  FRAY_TRY(choose_encoder(config, name, shape->kind, &model->arena, &variant, err));
  encoder->shape = *shape;
  encoder->ops = variant.choice->impl;
  char accepted[64]; /* said in the message, for somebody who has to choose another */
  FRAY_CHECK(encoder->ops->kinds & (1u << shape->kind), err, INPUT,
             "model.encoders.%s: encoder %s does not accept %s, which %s has; it accepts %s", name,
             variant.choice->name, kind_names[shape->kind], name,
             kinds_text(encoder->ops->kinds, accepted));
  const struct fray_model_part part = {.scope = {&model->params, name, (int)m},
                                       .width = model->width,
                                       .dropout = config->dropout,
                                       .vectors = data->vectors ? data->vectors[m] : NULL};
  encoder->offset = model->params.total;
  const enum fray_status status =
      encoder->ops->plan(variant.params, shape, &part, &encoder->plan, err);
  encoder->n = model->params.total - encoder->offset;
  return status == FRAY_OK ? FRAY_OK
                           : fray_at(err, "model.encoders.%s: %s", name, variant.choice->name);
}

/* Every configured modality must exist: an encoder for "acceleration" where the data have "acc"
 * would otherwise be left out in silence. */
static enum fray_status check_names(const struct fray_model_config *config,
                                    const struct fray_model_data *data, struct fray_err *err) {
  const size_t n_modalities = data->n_modalities;
  const char *const *names = data->names;
  FRAY_CHECK(n_modalities >= 1 && n_modalities <= FRAY_MODEL_MODALITIES, err, INPUT,
             "%zu modalities: a model takes 1 to %d", n_modalities, FRAY_MODEL_MODALITIES);
  for (size_t m = 0; m < n_modalities; m++)
    FRAY_CHECK(strlen(names[m]) <= MAX_NAME, err, INPUT,
               "modality name %.60s...: longer than %d characters", names[m], MAX_NAME);
  for (size_t k = 0; k < config->encoders.n; k++) {
    const char *name = config->encoders.name[k];
    bool found = false;
    for (size_t m = 0; m < n_modalities; m++)
      found |= strcmp(names[m], name) == 0;
    char list[512];
    FRAY_CHECK(found, err, INPUT, "model.encoders.%s: no such modality; %s", name,
               fray_there_are(name, names, n_modalities, list, sizeof list));
  }
  return FRAY_OK;
}

/* Encoders in the order of the modalities, then fusion, then head: the order of the tensors in the
 * flat vector and in kept models, so it is part of the format. */
static enum fray_status plan(struct fray_model *model, const struct fray_model_config *config,
                             const struct fray_model_data *data, struct fray_err *err) {
  model->params.arena = &model->arena;
  FRAY_ALLOC_ZERO(model->encoder, &model->arena, model->modalities, err);
  for (size_t m = 0; m < model->modalities; m++)
    FRAY_TRY(plan_encoder(model, config, m, data, err));
  /* Nothing is fused and so nothing of a fusion is planned: a kept model of single answers has the
   * same encoders, from which one of sequences may begin. */
  if (config->sequences) {
    FRAY_TRY(plan_per_token(model, config, data->names, err));
    return head_plan(&model->head, data->names, &model->params, err);
  }
  const struct fray_model_part part = {.scope = {&model->params, "fusion", FRAY_PARAM_SHARED},
                                       .width = model->width,
                                       .dropout = config->dropout};
  model->fusion_ops = config->fusion.choice->impl;
  FRAY_TRY(model->fusion_ops->plan(config->fusion.params, model->modalities, &part, &model->fused,
                                   &model->fusion, err));
  /* FedMultimodal's loop steps all parameters with whatever gradient they have, be it 0; and a
   * fusion that masks absent tokens gains nothing from encoding them. */
  model->never_rest = config->encode_absent_as_zeros;
  model->fill_zeros = config->encode_absent_as_zeros && !model->fusion_ops->masks_absent;
  model->head.each = model->fusion_ops->head_each;
  model->head.n_parts = model->head.each ? model->modalities : 1;
  model->head.in = model->fused / model->head.n_parts;
  model->below_head = model->params.n;
  FRAY_CHECK((!config->prototypes.kept && config->rebuild_units == 0) ||
                 !config->encode_absent_as_zeros,
             err, INPUT,
             "model.encode_absent_as_zeros: zeros would stand where training.missing puts tokens");
  model->rebuild_weight = config->rebuild_weight;
  FRAY_TRY(plan_rebuild(model, (size_t)config->rebuild_units, err));
  model->use = config->prototypes;
  if (config->prototypes.kept)
    FRAY_TRY(plan_prototypes(model, data->names, err));
  model->head.linear = model_is_linear(model);
  return head_plan(&model->head, data->names, &model->params, err);
}

enum fray_status fray_model_new(const struct fray_model_config *config,
                                const struct fray_model_data *data, struct fray_model **out,
                                struct fray_err *err) {
  FRAY_TRY(check_names(config, data, err));
  FRAY_CHECK(data->n_classes >= 2 && data->n_classes <= INT16_MAX, err, INPUT,
             "%zu classes: a model takes 2 to %d", data->n_classes, INT16_MAX);
  struct fray_model *model = calloc(1, sizeof *model);
  FRAY_CHECK(model, err, MEMORY, "out of memory");
  model->modalities = data->n_modalities;
  model->width = (size_t)config->hidden;
  model->head = (struct model_head){
      .units = (size_t)config->head, .classes = data->n_classes, .dropout = config->dropout};
  model->by_token = config->sequences;
  if (model->by_token)
    model->head.classes++; /* the blank */
  /* Plans lie in the model's own arena: whatever fails, one call takes all of it back. */
  const enum fray_status status = plan(model, config, data, err);
  if (status != FRAY_OK) {
    fray_model_free(model);
    return status;
  }
  *out = model; /* only now: a caller never sees half of one */
  return FRAY_OK;
}

void fray_model_free(struct fray_model *model) {
  if (!model)
    return;
  fray_arena_free(&model->arena);
  free(model);
}

const struct fray_param_table *fray_model_params(const struct fray_model *model) {
  return &model->params;
}

/* Planned one behind the other, so that one run of the vector is all that the tokens hang on: heads
 * of late fusion and prototypes bear the name of a modality as well, but lie elsewhere. */
void fray_model_encoder_weights(const struct fray_model *model, size_t m, size_t *offset,
                                size_t *n) {
  *offset = model->encoder[m].offset;
  *n = model->encoder[m].n;
}

size_t fray_model_classes(const struct fray_model *model) {
  return model->head.classes;
}

size_t fray_model_modalities(const struct fray_model *model) {
  return model->modalities;
}

const struct fray_param *fray_model_class_bias(const struct fray_model *model) {
  return &model->params.v[model->params.n - 1]; /* the head plans it last */
}

bool fray_model_has_representation(const struct fray_model *model) {
  return model->below_head > 0;
}

/* Batches are made by fray, so what is wrong here is a fault of it; but rows are used as indices,
 * and a wrong one must not be followed. Cheap beside the pass: one look at each row. */
enum fray_status check_batch(const struct fray_model *model, const struct fray_batch *batch,
                             struct fray_err *err) {
  FRAY_CHECK(batch->n > 0, err, INTERNAL, "empty batch");
  for (size_t m = 0; m < model->modalities; m++) {
    const struct fray_feature_batch *feature = &batch->feature[m];
    /* Shorter than planned is fine: a batch is cut to its longest sample. */
    FRAY_CHECK(feature->n == 0 || feature->time <= model->encoder[m].shape.time, err, INTERNAL,
               "modality %zu: %zu time steps, planned for %zu", m, feature->time,
               model->encoder[m].shape.time);
    for (size_t i = 0; i < batch->n; i++)
      FRAY_CHECK(batch->row[m][i] >= -1 && batch->row[m][i] < (int64_t)feature->n, err, INTERNAL,
                 "modality %zu: row %d of %zu", m, batch->row[m][i], feature->n);
  }
  return FRAY_OK;
}
