/* Model: encoders + fusion + head from the scenario, over one flat parameter vector. */
#ifndef FRAY_MODEL_MODEL_H
#define FRAY_MODEL_MODEL_H

#include "fray/data/samples.h"
#include "fray/fusion/fusion.h"
#include "fray/nn/loss.h"
#include "fray/nn/params.h"
#include "fray/schema/schema.h"
#include "fray/tensor/apart.h"

/** What class prototypes are for, see fray_model_add_prototypes. All of it unset: there are none.
 */
struct fray_prototype_use {
  bool kept;          /* the model has them */
  bool stand_in;      /* for tokens that are missing */
  double pull;        /* mu >= 0 of a loss in training, beside that of the logits: mu/n sum over
                         samples i and modalities m that i has of the mean over other modalities o
                         and the width of (z_im - p_o,y)^2; z the mean token, p the prototype of
                         the label, o only where it was seen */
  double contrast;    /* likewise with -log(e^(s_y/T) / sum over seen classes c of e^(s_c/T)), s_c
                         the cosine of z_im and p_m,c */
  double temperature; /* T */
};

/** Section `model.start`: the kept model whose weights training begins with. */
struct fray_start_config {
  const char *results;          /* folder of the study that kept it; NULL: weights are drawn */
  const char *trial;            /* name of the one trial, for all seeds; NULL: see `cell` */
  const struct fray_node *cell; /* map swept key -> value of the cell; NULL: the only one */
  int selection;                /* enum: best, last */
  struct fray_strings hash;     /* models that it may be; n = 0: any */
};
extern const struct fray_table fray_start_table;
static inline bool fray_start_is_on(const struct fray_start_config *start) {
  return start->results;
}

/** Section `model`. */
struct fray_model_config {
  struct fray_variant fusion; /* key `fusion`: attention (heads, units), concat, ... */
  int64_t hidden;             /* width of the tokens */
  double dropout;
  int64_t head;                /* units of the hidden layer before the classes; 0: none */
  struct fray_named encoders;  /* modality name -> struct fray_encoder_config */
  bool encode_absent_as_zeros; /* compat: absent inputs are encoded as zeros (FedMultimodal) */
  struct fray_start_config start;
  bool sequences; /* no key: samples have sequences of classes, see fray_model_new */
  /* No keys of the section, but of training.missing. */
  struct fray_prototype_use prototypes;
  int64_t rebuild_units; /* hidden units of an autoencoder that rebuilds missing tokens; 0: none */
  double rebuild_weight; /* of its loss in training */
};
struct fray_encoder_config {
  struct fray_variant kind;
};
extern const struct fray_table fray_model_table;

struct fray_model;
enum { FRAY_MODEL_MODALITIES = 8 }; /* at most: presence is a byte */

/** One batch. Absent modalities cost nothing: feature[m] holds only the samples that have it. */
struct fray_batch {
  size_t n;
  const struct fray_feature_batch *feature; /* (modalities); n may be 0 */
  const int32_t *const *row;                /* (modalities)(n): row in feature[m], -1 = absent */
  const int32_t *label;                     /* (n) 0 .. classes-1 */
  const uint8_t *labels;                    /* (n, classes) 0 or 1: sets, in place of `label` */
  const struct fray_transcripts *words;     /* sequences: of the data set, by `sample`; else NULL */
  const uint32_t *sample;                   /* (n) index into the data set */
  const struct fray_apart *apart; /* the one modality's samples lie apart, and feature[0].x is NULL:
                                     see fray_model_reads_in_place; else NULL */
};

/** What a model is for: per modality a name and the shape of its features; and the classes. */
struct fray_model_data {
  size_t n_modalities, n_classes;
  const char *const *names;
  const struct fray_feature_shape *shapes;
  const struct fray_word_vectors *const *vectors; /* (modalities) outlive the model; NULL: none */
};
/** An encoder that the scenario does not name is the one that prefers the kind of feature. INPUT:
 * encoder that does not fit, unknown modality, more than 8 modalities, fewer than 2 classes.
 * Parameters are named MODALITY.*, fusion.*, head.hidden.*, head.classes.*; with late fusion
 * MODALITY.head.hidden.*, MODALITY.head.classes.weight, head.classes.bias.
 *
 * With config->sequences the head sees each token of the one modality that has several by itself,
 * the mean tokens of the others of the sample added to it, and gives a logit for each class and,
 * last, the blank (fray/nn/ctc.h); nothing is fused. INPUT: no such modality, or two; what stands
 * in for absent tokens, which would be no steps of anything. */
enum fray_status fray_model_new(const struct fray_model_config *config,
                                const struct fray_model_data *data, struct fray_model **out,
                                struct fray_err *err);
void fray_model_free(struct fray_model *model);
const struct fray_param_table *fray_model_params(const struct fray_model *model);
/** Number of logits per sample; of sequences per token, the blank among them. */
size_t fray_model_classes(const struct fray_model *model);
/** Tokens of the longest sample, so the most classes that can be said of one, where the model is
 * for sequences; else 0. */
size_t fray_model_most_said(const struct fray_model *model);
/** Tokens of sample i of a batch, 0 where it lacks what they are made of. Of sequences. */
size_t fray_model_steps(const struct fray_model *model, size_t raw_steps);
/** The modality whose tokens are heard; of sequences. */
size_t fray_model_heard_modality(const struct fray_model *model);
/** The bias of the classes, which every model has. */
const struct fray_param *fray_model_class_bias(const struct fray_model *model);
/** True if something below the head learns: only then can training change `fused`. */
bool fray_model_has_representation(const struct fray_model *model);

/** Operations of one sample whose modality m has steps[m] time steps (1 without time; 0: absent). A
 *  training step takes both numbers. Passes that count (pass->flops) add the same for each sample
 * of their batches. */
struct fray_flops fray_model_flops(const struct fray_model *model, const size_t *steps);
/** The most that one sample adds to that by what is rebuilt: in a training step, in which whatever
 *  is there is rebuilt for comparison as well. Zeros for a model that rebuilds nothing. */
struct fray_flops fray_model_rebuilding_flops(const struct fray_model *model);
/** Whether encoders see zeros in the place of what is absent, and take as many operations. */
bool fray_model_encodes_zeros(const struct fray_model *model);
/** With config->prototypes.kept each modality has, among the parameters, the mean token of each
 * class (MODALITY.prototypes.token, .count): no gradient moves them, and with stand_in they stand
 * where a sample that has another modality lacks this one: in a pass that knows labels that of its
 * class, if it was ever seen; in evaluation the mean over all samples. One label per sample.
 *
 * Floats of their sums: (modalities, classes, width + 1), the count last; 0 without prototypes. */
size_t fray_model_prototype_sums(const struct fray_model *model);
/** Adds the samples of a batch with a label. pass: without `train`; its arena is rewound. */
enum fray_status fray_model_add_prototypes(const struct fray_model *model,
                                           const struct fray_batch *batch,
                                           const struct fray_pass *pass, double *sums,
                                           struct fray_err *err);
/** Prototypes in w (total) from sums; classes whose count is 0 keep what they have. */
void fray_model_set_prototypes(const struct fray_model *model, const float *sums, float *w);

/** A batch after its forward pass. All of it lies in the pass's arena and stays as it is, through
 * the backward pass too, until the caller rewinds the arena. */
struct fray_forward {
  size_t n, classes,
      width; /* of sequences n is the number of tokens, and classes counts the blank */
  const struct fray_heard_span *span; /* (samples of the batch) of sequences, else NULL */
  const float *logits;                /* (n, classes) */
  const float *fused;       /* (n, width): the representation that the head sees; width depends on
                               the fusion */
  const bool *used;         /* (modalities) took part, so that blocks nobody used can rest */
  double pull;              /* of a training pass: what is added to the mean loss */
  struct fray_trace *trace; /* for backward */
};
/** Weights pass->w. With pass->train dropout is on and a backward pass may follow. The batch and
 * its arrays must be there until then. n >= 1. */
enum fray_status fray_model_forward(const struct fray_model *model, const struct fray_batch *batch,
                                    const struct fray_pass *pass, struct fray_forward *out,
                                    struct fray_err *err);
/** The objective's mean loss over the batch with what prototypes add to it, and its gradient
 * dlogits (n, classes). Of sequences over the samples whose words fit. work: scratch. A loss that
 * is not finite is returned as such, status OK. INTERNAL: a label out of range. */
enum fray_status fray_model_loss(const struct fray_objective *objective,
                                 const struct fray_batch *batch, const struct fray_forward *forward,
                                 struct fray_arena *work, double *loss, float *dlogits,
                                 struct fray_err *err);
/** Adds to pass->grad (total) the gradient of any loss of the logits and of the fused vectors,
 * whose gradients by these are dlogits (n, classes) and dfused (n, width; NULL: 0). pass as it was
 * given to forward. The trace is used up: once for each forward. */
enum fray_status fray_model_backward(const struct fray_model *model,
                                     const struct fray_forward *forward, const float *dlogits,
                                     const float *dfused, const struct fray_pass *pass,
                                     struct fray_err *err);

/** What a training step found. */
struct fray_step {
  double loss;
  bool used[FRAY_MODEL_MODALITIES]; /* as in struct fray_forward */
};
/** Forward, loss and backward: pass->grad (total) is overwritten. objective NULL: the default one.
 *  pass->arena is rewound before return. pass->train must be set. */
enum fray_status fray_model_step(const struct fray_model *model, const struct fray_batch *batch,
                                 const struct fray_objective *objective,
                                 const struct fray_pass *pass, struct fray_step *out,
                                 struct fray_err *err);

/** Evaluation in two parts, so that all patterns of absence share one encoding (and, with
 * attention, the scores of the tokens): classifying once more costs about 2 % of encoding.
 * batch->label may be NULL. Everything stays in the arena until the caller rewinds it. */
struct fray_encoded; /* tokens of one block, in the arena */
/** pass: weights and arena; its `train` must not be set. */
enum fray_status fray_model_encode(const struct fray_model *model, const struct fray_batch *batch,
                                   const struct fray_pass *pass, struct fray_encoded **out,
                                   struct fray_err *err);
/** The same, but that modalities of the mask `same` are as in `base`, an encoding of the same
 * samples with the same weights: their tokens are shared and not made again, and base must stay.
 * The batch needs no features of them. */
enum fray_status fray_model_encode_beside(const struct fray_model *model,
                                          const struct fray_batch *batch,
                                          const struct fray_encoded *base, unsigned same,
                                          const struct fray_pass *pass, struct fray_encoded **out,
                                          struct fray_err *err);
/** Tokens that an encoder made of a block, beyond the arena: for as long as the encoder's weights
 * stay, whatever becomes of those behind it. */
struct fray_kept_tokens;
/** As fray_model_encode; a modality with kept[m] (modalities) has those tokens, which must be of
 * the same samples and last as long as *out: the batch needs no features of it. */
enum fray_status fray_model_encode_kept(const struct fray_model *model,
                                        const struct fray_batch *batch,
                                        const struct fray_kept_tokens *const *kept,
                                        const struct fray_pass *pass, struct fray_encoded **out,
                                        struct fray_err *err);
/** A copy of what the encoder of modality m made, of so many bytes; to be dropped. */
enum fray_status fray_model_keep_tokens(const struct fray_model *model,
                                        const struct fray_encoded *encoded, size_t m,
                                        struct fray_kept_tokens **out, struct fray_err *err);
size_t fray_model_kept_bytes(const struct fray_encoded *encoded, size_t m);
/** Returns its bytes; 0 of NULL. */
size_t fray_kept_tokens_drop(struct fray_kept_tokens *kept);
/** True of a model that is linear in the features of its one modality. Training steps on a batch of
 * which each sample has it, and the classification below, take samples that lie apart
 * (batch->apart); the logits are to the bit those of samples that lie side by side. */
bool fray_model_reads_in_place(const struct fray_model *model);
/** logits (n, classes) of such a batch, with nothing masked. */
enum fray_status fray_model_classify_in_place(const struct fray_model *model,
                                              const struct fray_batch *batch, const float *w,
                                              float *logits, struct fray_err *err);
/** The encoder of a modality that model.encoders does not name; NULL: there is none for the kind.
 */
const struct fray_choice *fray_model_default_encoder(enum fray_feature_kind kind);
/** The weights that the tokens of modality m hang on: w[*offset] .. w[*offset + *n - 1]. *n is 0 of
 * an encoder without any. */
void fray_model_encoder_weights(const struct fray_model *model, size_t m, size_t *offset,
                                size_t *n);
/** present (n): bit m keeps modality m (of those the batch has); NULL = as encoded.
 *  logits (n, classes). pass as for encode; its arena is left as it was. */
enum fray_status fray_model_classify(const struct fray_model *model,
                                     const struct fray_encoded *encoded, const uint8_t *present,
                                     const struct fray_pass *pass, float *logits,
                                     struct fray_err *err);

/** Logits of sequences: all tokens of a block under a pattern of presence. In the pass's arena. */
struct fray_heard {
  size_t rows;
  const size_t *first; /* (n + 1) sample i has rows first[i] .. first[i+1]-1; none where it lacks
                          the modality */
  const float *logits; /* (rows, classes) */
};
enum fray_status fray_model_hear(const struct fray_model *model, const struct fray_encoded *encoded,
                                 const uint8_t *present, const struct fray_pass *pass,
                                 struct fray_heard *out, struct fray_err *err);

/** Floats that the weights of the classes see of a sample: the hidden units, or without them the
 *  fused vector; with late fusion those of all modalities, one behind the other. */
size_t fray_model_hidden(const struct fray_model *model);
size_t fray_model_modalities(const struct fray_model *model);
/** Floats of a token. */
size_t fray_model_width(const struct fray_model *model);
/** As fray_model_classify, and into hidden (n, fray_model_hidden) what the weights of the classes
 *  saw; with late fusion each part times its share. NULL: not asked. */
enum fray_status fray_model_classify_and_show(const struct fray_model *model,
                                              const struct fray_encoded *encoded,
                                              const uint8_t *present, const struct fray_pass *pass,
                                              float *logits, float *hidden, struct fray_err *err);
/** The mean of the tokens of modality m over their steps, (n, fray_model_width); NaN for samples
 *  that were encoded without it. No pattern of absence changes it. */
void fray_model_mean_tokens(const struct fray_model *model, const struct fray_encoded *encoded,
                            size_t m, float *out);

#endif
