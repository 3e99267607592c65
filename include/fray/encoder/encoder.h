/* Encoder: features of one modality -> tokens of a common width. One method per file. */
#ifndef FRAY_ENCODER_ENCODER_H
#define FRAY_ENCODER_ENCODER_H

#include "fray/nn/flops.h"
#include "fray/nn/params.h"
#include "fray/nn/pass.h"
#include "fray/schema/schema.h"
#include "fray/tensor/feature.h"

#include <stdbool.h>

/** Tokens of n samples, packed: sample i holds rows first[i] .. first[i+1]-1 of x (rows, width). */
struct fray_tokens {
  size_t n, width;
  const size_t *first; /* (n + 1) */
  float *x;            /* (first[n], width); written by its encoder alone: it may be the features */
};

struct fray_encoder; /* one planned instance */

/** What the model gives a part of it when it is planned. */
struct fray_model_part {
  struct fray_param_scope scope; /* where its tensors go; the plan lies in scope.table's arena */
  size_t width;                  /* of the tokens */
  double dropout;                /* probability while training */
  const struct fray_word_vectors *vectors; /* of the modality; outlives the plan; NULL: none */
};

/** Operations of an encoder kind. */
struct fray_encoder_ops {
  unsigned kinds;     /* bit mask of (1u << enum fray_feature_kind) that it accepts */
  unsigned preferred; /* likewise: kinds whose encoder it is where the scenario names none */
  bool as_is;         /* a sample's one token is its features, and nothing is learnt */
  /** Declares parameters and returns the planned instance. INPUT if the shape is too small. */
  enum fray_status (*plan)(const void *params, const struct fray_feature_shape *shape,
                           const struct fray_model_part *part, struct fray_encoder **out,
                           struct fray_err *err);
  /** Tokens of a batch, n >= 1. With pass->train *tape keeps what backward needs (arena memory);
   *  without, nothing is kept, tape may be NULL and no backward may follow. */
  enum fray_status (*forward)(const struct fray_encoder *encoder,
                              const struct fray_feature_batch *in, const struct fray_pass *pass,
                              struct fray_tokens *out, void **tape, struct fray_err *err);
  /** Adds the parameter gradients of dtokens (rows, width; may be overwritten) to pass->grad. */
  enum fray_status (*backward)(const struct fray_encoder *encoder, void *tape, float *dtokens,
                               const struct fray_pass *pass, struct fray_err *err);
  /** Operations for a sample of `time` steps (1 without time). NULL: none, as of a copy. */
  struct fray_flops (*flops)(const struct fray_encoder *encoder, size_t time);
  /** Tokens of a sample of `time` steps. NULL: one. */
  size_t (*tokens)(const struct fray_encoder *encoder, size_t time);
};

/** The list (encoders.def); choice->impl is struct fray_encoder_ops, choice->table its keys. */
extern const struct fray_choices fray_encoders;

#endif
