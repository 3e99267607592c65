/* Encoder: features of one modality -> tokens of a common width. One method per file. */
#ifndef FRAY_ENCODER_ENCODER_H
#define FRAY_ENCODER_ENCODER_H

#include "fray/nn/params.h"
#include "fray/nn/pass.h"
#include "fray/schema/schema.h"
#include "fray/tensor/feature.h"

#include <stdbool.h>

/** Tokens of n samples, packed: sample i holds rows first[i] .. first[i+1]-1 of x (rows, width). */
struct fray_tokens {
  size_t n, width;
  const size_t *first; /* (n + 1) */
  float *x;            /* (first[n], width) */
};

struct fray_encoder; /* one planned instance */

/** Operations of an encoder kind. */
struct fray_encoder_ops {
  unsigned kinds; /* bit mask of (1u << enum fray_feature_kind) that it accepts */
  /** Declares parameters below `prefix` and returns the planned instance, in the table's arena.
   *  width: of the tokens. dropout: probability for training. INPUT if the shape is too small. */
  enum fray_status (*plan)(const void *params, const struct fray_feature_shape *shape,
                           const char *prefix, int modality, size_t width, double dropout,
                           struct fray_param_table *table, struct fray_encoder **out,
                           struct fray_err *err);
  /** Tokens of a batch, n >= 1. With pass->train *tape keeps what backward needs (arena memory);
   *  without, nothing is kept, tape may be NULL and no backward may follow. */
  enum fray_status (*forward)(const struct fray_encoder *encoder, const float *w,
                              const struct fray_feature_batch *in, const struct fray_pass *pass,
                              struct fray_tokens *out, void **tape, struct fray_err *err);
  /** Adds the parameter gradients of dtokens (rows, width; may be overwritten) to grad. */
  enum fray_status (*backward)(const struct fray_encoder *encoder, const float *w, void *tape,
                               float *dtokens, const struct fray_pass *pass, float *grad,
                               struct fray_err *err);
};

/** The list (encoders.def); choice->impl is struct fray_encoder_ops, choice->table its keys. */
extern const struct fray_choices fray_encoders;

#endif
