/* What the files of the model layer share. */
#ifndef MODEL_PARTS_H
#define MODEL_PARTS_H

#include "fray/base/arena.h"
#include "fray/model/model.h"
#include "fray/nn/dropout.h"
#include "fray/nn/linear.h"
#include "fray/tensor/apart.h"

struct model_encoder {
  const struct fray_encoder_ops *ops;
  struct fray_encoder *plan;
  struct fray_feature_shape shape;
  size_t offset, n; /* its tensors in the flat vector, one behind the other */
};

/* A part of the fused vector -> hidden - ReLU - dropout -> logits; units 0: part -> logits. */
struct head_part {
  struct fray_linear hidden, classes; /* hidden: not without units; classes: without bias */
  struct fray_dropout dropout;
};

/* One part, the whole fused vector; or, for late fusion (`each`), one per modality, whose logits
 * are averaged over the modalities that a sample has. The bias of the classes is common to all
 * parts: so each modality's logits have it, and it alone answers for a sample without any. */
struct model_head {
  size_t in, units, classes; /* in: of one part */
  bool each;
  size_t n_parts;
  struct head_part *part;
  size_t bias; /* offset in the flat vector */
  bool linear; /* the whole model is: its products are those of linear_model.c, wherever samples lie
                */
  double dropout;
};

/* Offsets in the flat vector of what stands in for a modality: token (classes, width), count
 * (classes), 0 where a class was not seen. */
struct model_prototypes {
  size_t token, count;
};

/* An autoencoder over the mean tokens of all modalities, (modalities x width) - units - ... */
struct model_rebuild {
  struct fray_linear in, out;
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
  struct model_prototypes *prototype; /* (modalities), or NULL */
  struct fray_prototype_use use;
  struct model_rebuild *rebuild; /* or NULL */
  bool by_token;                 /* for sequences: the head sees tokens, and nothing is fused */
  size_t heard;                  /* the modality whose tokens they are */
  double rebuild_weight;
  size_t below_head; /* tensors of encoders and fusion: those before the head's */
  bool never_rest;   /* compat: blocks of absent modalities decay and keep their momentum */
  bool fill_zeros;   /* compat: absent inputs are encoded as zeros and count in the fusion */
};

/* Whether anything wants the gradient of what the head sees. */
static inline bool learns_below_head(const struct fray_model *model) {
  return model->below_head > 0 || model->rebuild;
}

/* What the head keeps between forward and backward, per part. mask is NULL without units. */
struct head_tape {
  float *last; /* (n, units) after ReLU, dropout and share: what the classes' weights see; without
                  units (n, in), NULL for the part of the fused vector itself */
  float *mask; /* (n, units) of dropout, or NULL */
};
struct head_run {
  size_t n;
  const float *fused; /* (n, n_parts in) */
  const float *share; /* (n, n_parts) 1 / number of modalities of the sample, 0 where absent; NULL:
                         one part that always counts */
  struct head_tape *part;
};

/* names: of the modalities; n_parts are made when head->each. */
enum fray_status head_plan(struct model_head *head, const char *const *names,
                           struct fray_param_table *table, struct fray_err *err);
/* logits (n, classes) of run->fused (n, n_parts in); the rest of the run is filled. batch: of the
 * fusion, which says what is there. */
enum fray_status head_forward(const struct model_head *head, const struct fray_fusion_batch *batch,
                              struct head_run *run, const struct fray_pass *pass, float *logits,
                              struct fray_err *err);
/* linear_model.c: whether the model is linear in its features. Of such a head: logits of rows that
 * lie apart, bias included, and a step of training on them. */
bool model_is_linear(const struct fray_model *model);
void head_dots(const struct model_head *head, const struct fray_apart *x, const float *w,
               float *logits);
enum fray_status step_in_place(const struct fray_model *model, const struct fray_batch *batch,
                               const struct fray_objective *objective, const struct fray_pass *pass,
                               struct fray_step *out, struct fray_err *err);
/* Adds to pass->grad; dfused (n, n_parts in) is overwritten; NULL: nobody wants it. */
enum fray_status head_backward(const struct model_head *head, const struct head_run *run,
                               const float *dlogits, const struct fray_pass *pass, float *dfused,
                               struct fray_err *err);

/* Modality m of the batch as it is encoded in training: as given, or with zeros in the place of
 * absent samples when the model fills them. */
struct training_input {
  struct fray_feature_batch feature;
  const int32_t *row; /* (batch) as in struct fray_batch */
};
enum fray_status find_training_input(const struct fray_model *model, const struct fray_batch *batch,
                                     size_t m, struct fray_arena *arena, struct training_input *out,
                                     struct fray_err *err);
/* per_token.c: models of sequences. */
/* Finds the modality that is heard, and sets what the head gets. INPUT as fray_model_new. */
enum fray_status plan_per_token(struct fray_model *model, const struct fray_model_config *config,
                                const char *const *names, struct fray_err *err);
/* What the head sees of a batch of n samples: x (rows, width), sample by sample; first (n + 1). */
struct token_run {
  size_t n, rows;
  size_t *first;
  float *x;
};
enum fray_status gather_tokens(const struct fray_model *model, size_t n,
                               const struct fray_fusion_input *in, struct fray_arena *arena,
                               struct token_run *out, struct fray_err *err);
/* Gradients of x to those of the tokens of each modality, overwritten; NULL where there are none.
 */
void scatter_tokens(const struct fray_model *model, const struct token_run *run,
                    const struct fray_fusion_input *in, const float *dx, float *const *dtokens);
/* Rows and words of each sample. */
enum fray_status find_spans(const struct token_run *run, const struct fray_batch *batch,
                            struct fray_arena *arena, const struct fray_heard_span **out,
                            struct fray_err *err);

/* The given features and, as the last sample, zeros of full length. */
enum fray_status append_zero_sample(const struct model_encoder *encoder,
                                    const struct fray_feature_batch *given,
                                    struct fray_arena *arena, struct fray_feature_batch *out,
                                    struct fray_err *err);
/* What the features of a modality take of its encoder. */
struct fray_flops encoder_flops(const struct model_encoder *encoder,
                                const struct fray_feature_batch *in);
/* What fusion and head take of a batch of n samples. */
struct fray_flops joined_flops(const struct fray_model *model, size_t n,
                               const struct fray_fusion_input *in);

/* What one row of the autoencoder rebuilds: the token of a modality that a sample lacks, as
 * tokens[target] has it behind those that were encoded; or one that it has, to be compared. */
#define REBUILD_COMPARED SIZE_MAX
struct rebuild_row {
  size_t sample, target, token;
};
struct rebuild_run {
  size_t batch, n;       /* samples; rows, of which 0 may be */
  const int32_t **given; /* (modalities)(batch) rows of what was encoded */
  struct rebuild_row *row;
  float *z;         /* (modalities, batch, width) mean tokens */
  float *x, *h, *y; /* (n, modalities width), (n, units), (n, modalities width) */
};
/* units 0, or one modality: none is planned. */
enum fray_status plan_rebuild(struct fray_model *model, size_t units, struct fray_err *err);
/* tokens, row (modalities): with a rebuilt token for each modality that a sample lacks while it has
 * another. With pass->train the loss of those that it has is added to *loss. */
enum fray_status rebuild_forward(const struct fray_model *model, size_t batch,
                                 struct fray_tokens *tokens, const int32_t **row,
                                 const struct fray_pass *pass, double *loss,
                                 struct rebuild_run *run, struct fray_err *err);
/* Adds to pass->grad and, from what the fusion says of rebuilt tokens, to dtokens (modalities) of
 * the others. tokens: as forward left them. */
enum fray_status rebuild_backward(const struct fray_model *model, const struct rebuild_run *run,
                                  const struct fray_tokens *tokens, const struct fray_pass *pass,
                                  float *const *dtokens, struct fray_err *err);

/* Of one row of rebuild_forward. */
struct fray_flops rebuild_flops(const struct fray_model *model);

/* Room for `more` samples of one token each behind those that were encoded. A copy: the encoder's
 * tape may hold the tokens as they came. given->x may be NULL. */
enum fray_status extend_tokens(const struct fray_tokens *given, size_t width, size_t more,
                               struct fray_arena *arena, struct fray_tokens *out,
                               struct fray_err *err);
/* Prototypes of every modality, between the fusion's tensors and the head's. */
enum fray_status plan_prototypes(struct fray_model *model, const char *const *names,
                                 struct fray_err *err);
/* True if sample i has any modality; row (modalities)(n). */
bool has_something(size_t modalities, const int32_t *const *row, size_t i);
/* Tokens and rows of modality m with the prototype of its label for each sample that lacks it;
 * both stay as they are where there is none. tokens->x may be NULL. */
enum fray_status put_class_prototypes(const struct fray_model *model,
                                      const struct fray_batch *batch, size_t m,
                                      const struct fray_pass *pass, struct fray_tokens *tokens,
                                      const int32_t **row, struct fray_err *err);
/* What prototypes add to the loss of modality m, tokens and rows as they were encoded, and its
 * gradient by each sample's mean token (tokens->n, width); NULL where there is none. */
enum fray_status pull_to_prototypes(const struct fray_model *model, const struct fray_batch *batch,
                                    size_t m, const struct fray_pass *pass,
                                    const struct fray_tokens *tokens, double *loss, float **out,
                                    struct fray_err *err);
/* Adds that gradient to the tokens'; n: samples that were encoded. */
void add_pull(const struct fray_tokens *tokens, size_t n, const float *pulled, float *dtokens);
/* Tokens with the mean of all samples as the last one, and its row; both stay as they are where
 * none is known. */
enum fray_status append_mean_prototype(const struct fray_model *model, size_t m,
                                       const struct fray_pass *pass, struct fray_tokens *tokens,
                                       int32_t *row, struct fray_err *err);
/* The batch must be of this model: rows in range, sequences no longer than planned. */
enum fray_status check_batch(const struct fray_model *model, const struct fray_batch *batch,
                             struct fray_err *err);

#endif
