/* What the files of the model layer share. */
#ifndef MODEL_PARTS_H
#define MODEL_PARTS_H

#include "fray/base/arena.h"
#include "fray/model/model.h"

struct model_encoder {
  const struct fray_encoder_ops *ops;
  struct fray_encoder *plan;
  struct fray_feature_shape shape;
};

/* fused -> hidden - ReLU - dropout -> logits; units 0: fused -> logits. Offsets of w and b. */
struct model_head {
  size_t in, units, classes;
  size_t w1, b1, w2, b2;
  float dropout;
  uint64_t dropout_layer;
};

struct fray_model {
  struct fray_arena arena; /* plans, layout, defaults */
  struct fray_param_table params;
  size_t modalities, width;
  struct model_encoder *encoder; /* (modalities) */
  const struct fray_fusion_ops *fusion_ops;
  struct fray_fusion *fusion;
  size_t fused;
  struct model_head head;
  bool never_rest; /* compat: blocks of absent modalities decay and keep their momentum */
  bool fill_zeros; /* compat: absent inputs are encoded as zeros and count in the fusion */
};

/* What the head keeps between forward and backward; hidden and mask are NULL without units. */
struct head_tape {
  const float *fused;   /* (n, in) */
  float *hidden, *mask; /* (n, units) after ReLU and dropout */
};

enum fray_status head_plan(struct model_head *head, struct fray_param_table *table,
                           struct fray_err *err);
/* logits (n, classes). */
enum fray_status head_forward(const struct model_head *head, const float *w, size_t n,
                              const float *fused, const struct fray_pass *pass, float *logits,
                              struct head_tape *tape, struct fray_err *err);
/* Adds to grad; dfused (n, in) is overwritten. */
enum fray_status head_backward(const struct model_head *head, const float *w, size_t n,
                               const struct head_tape *tape, const float *dlogits,
                               const struct fray_pass *pass, float *grad, float *dfused,
                               struct fray_err *err);

/* Modality m of the batch as it is encoded in training: as given, or with zeros in the place of
 * absent samples when the model fills them. */
enum fray_status training_input(const struct fray_model *model, const struct fray_batch *batch,
                                size_t m, struct fray_arena *arena,
                                struct fray_feature_batch *feature, const int32_t **row,
                                struct fray_err *err);
/* The given features and, as the last sample, zeros of full length. */
enum fray_status append_zero_sample(const struct model_encoder *encoder,
                                    const struct fray_feature_batch *given,
                                    struct fray_arena *arena, struct fray_feature_batch *out,
                                    struct fray_err *err);
/* The batch must be of this model: rows in range, sequences no longer than planned. */
enum fray_status check_batch(const struct fray_model *model, const struct fray_batch *batch,
                             struct fray_err *err);

#endif
