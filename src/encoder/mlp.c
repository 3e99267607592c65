/* Feature vector or flattened image -> Linear - ReLU - dropout - Linear -> one token. Over vectors
 * it is the image branch of FedMultimodal, whose images are MobileNetV2 feature vectors. */
#include "fray/nn/linear.h"
#include "fray/tensor/vec.h"
#include "one_token.h"

#include <math.h>
#include <stdio.h>

extern const struct fray_choice fray_encoder_mlp;

struct mlp_params {
  int64_t units;
};

struct fray_encoder {
  size_t in, units, width;
  size_t w1, b1, w2, b2; /* offsets in the flat vector */
  float dropout;
  uint64_t dropout_layer;
};

struct tape {
  size_t n;
  const float *x;       /* (n, in), borrowed */
  float *hidden, *mask; /* (n, units) after ReLU and dropout; mask NULL without dropout */
};

static enum fray_status add(struct fray_param_table *table, const char *prefix, int modality,
                            const char *name, size_t out, size_t columns, size_t in, size_t *offset,
                            struct fray_err *err) {
  size_t index;
  FRAY_TRY(fray_param_add(table, prefix, name, modality, (size_t[4]){out, columns, 1, 1},
                          1 / sqrt((double)in), &index, err));
  *offset = table->v[index].offset;
  return FRAY_OK;
}

static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const char *prefix, int modality, size_t width, double dropout,
                             struct fray_param_table *table, struct fray_encoder **out,
                             struct fray_err *err) {
  const struct mlp_params *given = params;
  const size_t in = fray_feature_size(shape), units = (size_t)given->units;
  FRAY_CHECK(in >= 1, err, INPUT, "a sample without values");
  struct fray_encoder *e;
  FRAY_ALLOC(e, table->arena, 1, err);
  *e = (struct fray_encoder){.in = in, .units = units, .width = width, .dropout = (float)dropout};
  FRAY_TRY(add(table, prefix, modality, "fc1.weight", units, in, in, &e->w1, err));
  FRAY_TRY(add(table, prefix, modality, "fc1.bias", units, 1, in, &e->b1, err));
  FRAY_TRY(add(table, prefix, modality, "fc2.weight", width, units, units, &e->w2, err));
  FRAY_TRY(add(table, prefix, modality, "fc2.bias", width, 1, units, &e->b2, err));
  char layer[FRAY_PARAM_NAME + 16];
  snprintf(layer, sizeof layer, "dropout/%s.fc1", prefix);
  e->dropout_layer = fray_rng_purpose(layer);
  *out = e;
  return FRAY_OK;
}

static enum fray_status forward(const struct fray_encoder *e, const float *w,
                                const struct fray_feature_batch *in, const struct fray_pass *pass,
                                struct fray_tokens *out, void **tape, struct fray_err *err) {
  struct tape *kept;
  FRAY_ALLOC(kept, pass->arena, 1, err);
  *kept = (struct tape){.n = in->n, .x = in->x};
  const size_t size = in->n * e->units;
  FRAY_ALLOC(kept->hidden, pass->arena, size, err);
  FRAY_TRY(one_token_each(in->n, e->width, pass->arena, out, err));
  fray_linear_forward(in->n, e->in, e->units, in->x, e->in, w + e->w1, w + e->b1, kept->hidden,
                      e->units);
  fray_vec_relu(size, kept->hidden, kept->hidden);
  if (pass->train && e->dropout > 0) {
    FRAY_ALLOC(kept->mask, pass->arena, size, err);
    fray_dropout_forward(size, e->dropout, pass->seed, e->dropout_layer, pass->who, pass->when,
                         pass->step, kept->hidden, kept->mask);
  }
  fray_linear_forward(in->n, e->units, e->width, kept->hidden, e->units, w + e->w2, w + e->b2,
                      out->x, e->width);
  if (tape)
    *tape = kept;
  return FRAY_OK;
}

static enum fray_status backward(const struct fray_encoder *e, const float *w, void *tape,
                                 float *dtokens, const struct fray_pass *pass, float *grad,
                                 struct fray_err *err) {
  const struct tape *kept = tape;
  const size_t size = kept->n * e->units;
  float *dhidden;
  FRAY_ALLOC(dhidden, pass->arena, size, err);
  fray_linear_backward(kept->n, e->units, e->width, kept->hidden, e->units, w + e->w2, dtokens,
                       e->width, grad + e->w2, grad + e->b2, dhidden, e->units, false);
  if (kept->mask)
    fray_dropout_backward(size, e->dropout, kept->mask, dhidden);
  /* A unit that dropout cut is 0 in hidden too, and its gradient is 0 already. */
  for (size_t i = 0; i < size; i++)
    dhidden[i] = kept->hidden[i] > 0 ? dhidden[i] : 0;
  fray_linear_backward(kept->n, e->in, e->units, kept->x, e->in, w + e->w1, dhidden, e->units,
                       grad + e->w1, grad + e->b1, NULL, e->in, false);
  return FRAY_OK;
}

static const struct fray_encoder_ops ops = {.kinds = 1u << FRAY_FEATURE_VECTOR |
                                                     1u << FRAY_FEATURE_IMAGE,
                                            .plan = plan,
                                            .forward = forward,
                                            .backward = backward};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "units", struct mlp_params, units, .def = 128, .min = 1, .max = 65536,
               .help = "Hidden units"),
};
static FRAY_TABLE(
    table, "mlp", struct mlp_params, fields,
    .help = "Linear - ReLU - dropout - Linear over a feature vector or a flattened image");

const struct fray_choice fray_encoder_mlp = {
    .name = "mlp",
    .meaning = "two linear layers over a feature vector or a flattened image; one token per sample",
    .source = "FedMultimodal (Feng et al. 2023), image branch",
    .table = &table,
    .impl = &ops};
