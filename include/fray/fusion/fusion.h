/* Fusion: tokens of several modalities -> one vector per sample. One method per file. */
#ifndef FRAY_FUSION_FUSION_H
#define FRAY_FUSION_FUSION_H

#include "fray/encoder/encoder.h"

struct fray_fusion;

/** Tokens of one modality for a batch; absent samples have no row. */
struct fray_fusion_input {
  const struct fray_tokens *tokens; /* NULL if no sample of the batch has the modality */
  const int32_t *row;               /* (batch) index into tokens, -1 = absent */
  const void *prepared;             /* of `prepare` for these tokens and weights, or NULL */
};

/** n samples, and what is there of each modality. */
struct fray_fusion_batch {
  size_t n;
  const struct fray_fusion_input *of; /* (modalities) */
};

struct fray_fusion_ops {
  /** FedMultimodal encodes absent inputs as zeros. true: it then masks their tokens, so that they
   *  change nothing; false: they count as any other token (see encode_absent_as_zeros). */
  bool masks_absent;
  /** The fused vector holds a part per modality, all of one size, and the model gives each part a
   *  head of its own and takes the mean of the logits over the modalities that a sample has. */
  bool head_each;
  /** The fused vector is the mean token of each modality, side by side; nothing is learnt. */
  bool means;
  /** Declares parameters below part->scope, in the shared block or, where only one modality's
   * tokens reach them, in that modality's; *out_width is the fused size. */
  enum fray_status (*plan)(const void *params, size_t n_modalities,
                           const struct fray_model_part *part, size_t *out_width,
                           struct fray_fusion **out, struct fray_err *err);
  /** What depends on one modality's tokens alone, so that all patterns of absence share it when a
   *  block is classified more than once. Arena memory. NULL: nothing to prepare. */
  enum fray_status (*prepare)(const struct fray_fusion *fusion, size_t modality,
                              const struct fray_tokens *tokens, const struct fray_pass *pass,
                              void **prepared, struct fray_err *err);
  /** fused (n, out_width), from the arena or the tokens; to be read only. A sample without any
   * modality gives zeros. Several samples may share a row unless backward follows. tape may be
   * NULL: no backward follows. */
  enum fray_status (*forward)(const struct fray_fusion *fusion,
                              const struct fray_fusion_batch *batch, const struct fray_pass *pass,
                              float **fused, void **tape, struct fray_err *err);
  /** dtokens[m]: (rows of tokens m, width), to be overwritten; NULL where the modality's tokens
   * are. The batch given to forward must still be there. Parameter gradients are added to
   * pass->grad. */
  enum fray_status (*backward)(const struct fray_fusion *fusion, void *tape, const float *dfused,
                               const struct fray_pass *pass, float **dtokens, struct fray_err *err);
  /** Operations for a sample with tokens[m] tokens of modality m, 0 where it is absent. NULL:
   *  none, as of means. */
  struct fray_flops (*flops)(const struct fray_fusion *fusion, const size_t *tokens);
};

extern const struct fray_choices fray_fusions; /* fusions.def */

/** Whether the fusion of that name joins decisions, not representations (`head_each`); false for a
 *  name that is not in the list. */
bool fray_fusion_joins_decisions(const char *name);

#endif
