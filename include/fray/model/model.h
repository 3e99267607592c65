/* Model: encoders + fusion + head from the scenario, over one flat parameter vector. */
#ifndef FRAY_MODEL_MODEL_H
#define FRAY_MODEL_MODEL_H

#include "fray/fusion/fusion.h"
#include "fray/nn/params.h"
#include "fray/schema/schema.h"

/** Section `model`. */
struct fray_model_config {
  struct fray_variant fusion; /* key `fusion`: attention (heads, units), concat, ... */
  int64_t hidden;             /* width of the tokens */
  double dropout;
  int64_t head;                /* units of the hidden layer before the classes; 0: none */
  struct fray_named encoders;  /* modality name -> struct fray_encoder_config */
  bool encode_absent_as_zeros; /* compat: absent inputs are encoded as zeros (FedMultimodal) */
};
struct fray_encoder_config {
  struct fray_variant kind;
};
extern const struct fray_table fray_model_table;

struct fray_model;

/** One batch. Absent modalities cost nothing: feature[m] holds only the samples that have it. */
struct fray_batch {
  size_t n;
  const struct fray_feature_batch *feature; /* (modalities); n may be 0 */
  const int32_t *const *row;                /* (modalities)(n): row in feature[m], -1 = absent */
  const int32_t *label;                     /* (n) 0 .. classes-1 */
  const uint8_t *labels;                    /* (n, classes) 0 or 1: sets, in place of `label` */
  const struct fray_variant *loss;          /* of a training step; NULL: cross-entropy, or bce */
  const double *positive_weight;            /* (classes) of a loss of sets; NULL: 1 */
};

/** names, shapes: one per modality. Default encoder by kind of feature: SEQUENCE conv_gru, IMAGE
 * cnn, VECTOR mlp. INPUT: encoder that does not fit, unknown modality, more than 8 modalities,
 * fewer than 2 classes. Parameters are named MODALITY.*, fusion.*, head.hidden.*, head.classes.*;
 * with late fusion MODALITY.head.hidden.*, MODALITY.head.classes.weight, head.classes.bias. */
enum fray_status fray_model_new(const struct fray_model_config *config, size_t n_modalities,
                                const char *const *names, const struct fray_feature_shape *shapes,
                                size_t n_classes, struct fray_model **out, struct fray_err *err);
void fray_model_free(struct fray_model *model);
const struct fray_param_table *fray_model_params(const struct fray_model *model);
/** Number of logits per sample. */
size_t fray_model_classes(const struct fray_model *model);

/** Forward and backward of one batch: *loss is the mean of batch->loss; grad (total) is
 *  overwritten with its gradient; used[m] says whether modality m took part (so that blocks nobody
 * used can rest). logits (n, classes) may be NULL. pass->arena is rewound before return. A
 * non-finite loss is returned as such, status OK. pass->train must be set (dropout is on). n >= 1.
 */
enum fray_status fray_model_step(const struct fray_model *model, const float *w,
                                 const struct fray_batch *batch, const struct fray_pass *pass,
                                 double *loss, float *grad, bool *used, float *logits,
                                 struct fray_err *err);

/** Evaluation in two parts, so that all patterns of absence share one encoding (and, with
 * attention, the scores of the tokens): classifying once more costs about 2 % of encoding.
 * batch->label may be NULL. Everything stays in the arena until the caller rewinds it. */
struct fray_encoded; /* tokens of one block, in the arena */
enum fray_status fray_model_encode(const struct fray_model *model, const float *w,
                                   const struct fray_batch *batch, struct fray_arena *arena,
                                   struct fray_encoded **out, struct fray_err *err);
/** present (n): bit m keeps modality m (of those the batch has); NULL = as encoded.
 *  logits (n, classes). */
enum fray_status fray_model_classify(const struct fray_model *model, const float *w,
                                     const struct fray_encoded *encoded, const uint8_t *present,
                                     struct fray_arena *arena, float *logits, struct fray_err *err);
/** As fray_model_step's forward only, but also gives the fused vectors, for tests. (n, *width). */
enum fray_status fray_model_forward(const struct fray_model *model, const float *w,
                                    const struct fray_batch *batch, const struct fray_pass *pass,
                                    float **logits, float **fused, size_t *fused_width,
                                    struct fray_err *err);

#endif
