/* Feature vector or flattened image -> Linear - ReLU - dropout - Linear -> one token. Over vectors
 * it is the image branch of FedMultimodal, whose images are MobileNetV2 feature vectors. */
#include "fray/nn/dropout.h"
#include "fray/nn/linear.h"
#include "fray/tensor/vec.h"
#include "one_token.h"

extern const struct fray_choice fray_encoder_mlp;

struct mlp_params {
  int64_t units;
};

struct fray_encoder {
  struct fray_linear hidden, token;
  struct fray_dropout dropout; /* of the hidden units */
};

struct tape {
  size_t n;
  const float *x;       /* (n, in), borrowed */
  float *hidden, *mask; /* (n, units) after ReLU and dropout; mask NULL without dropout */
};

static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const struct fray_model_part *part, struct fray_encoder **out,
                             struct fray_err *err) {
  const struct mlp_params *given = params;
  /* An image is flattened by reading it as the row that it is. */
  const size_t in = fray_feature_size(shape), units = (size_t)given->units;
  FRAY_CHECK(in >= 1, err, INPUT, "a sample without values");
  struct fray_encoder *e;
  FRAY_ALLOC(e, part->scope.table->arena, 1, err);
  *e = (struct fray_encoder){
      .hidden = {.in = in, .out = units},
      .token = {.in = units, .out = part->width},
      .dropout = fray_dropout_plan(part->scope.prefix, "fc1", part->dropout),
  };
  FRAY_TRY(fray_linear_plan(&part->scope, "fc1", &e->hidden, err));
  FRAY_TRY(fray_linear_plan(&part->scope, "fc2", &e->token, err));
  *out = e;
  return FRAY_OK;
}

static enum fray_status forward(const struct fray_encoder *e, const struct fray_feature_batch *in,
                                const struct fray_pass *pass, struct fray_tokens *out, void **tape,
                                struct fray_err *err) {
  const size_t size = in->n * e->hidden.out;
  struct tape *kept; /* also when nothing is kept: the hidden units need a place in any case */
  FRAY_ALLOC(kept, pass->arena, 1, err);
  *kept = (struct tape){.n = in->n, .x = in->x};
  FRAY_ALLOC(kept->hidden, pass->arena, size, err);
  FRAY_TRY(one_token_each(in->n, e->token.out, pass->arena, out, err));
  fray_linear_forward(&e->hidden, pass, &(struct fray_rows){in->n, e->hidden.in, in->x},
                      kept->hidden);
  fray_vec_relu(size, kept->hidden, kept->hidden);
  if (fray_dropout_drops(&e->dropout, pass))
    FRAY_ALLOC(kept->mask, pass->arena, size, err);
  fray_dropout_forward(&e->dropout, pass, size, kept->hidden, kept->mask);
  fray_linear_forward(&e->token, pass, &(struct fray_rows){in->n, e->token.in, kept->hidden},
                      out->x);
  if (tape)
    *tape = kept;
  return FRAY_OK;
}

static enum fray_status backward(const struct fray_encoder *e, void *tape, float *dtokens,
                                 const struct fray_pass *pass, struct fray_err *err) {
  const struct tape *kept = tape;
  const size_t size = kept->n * e->hidden.out;
  float *dhidden;
  FRAY_ALLOC(dhidden, pass->arena, size, err);
  fray_linear_backward(&e->token, pass, &(struct fray_rows){kept->n, e->token.in, kept->hidden},
                       dtokens, dhidden, false);
  fray_dropout_backward(size, kept->mask, dhidden);
  /* ReLU's derivative by its value. A unit that dropout cut is 0 in hidden too, and its gradient is
   * 0 already. */
  for (size_t i = 0; i < size; i++)
    dhidden[i] = kept->hidden[i] > 0 ? dhidden[i] : 0;
  fray_linear_backward(&e->hidden, pass, &(struct fray_rows){kept->n, e->hidden.in, kept->x},
                       dhidden, NULL, false); /* nothing lies below that needs a gradient */
  return FRAY_OK;
}

/* Nothing below it needs a gradient. */
static struct fray_flops flops(const struct fray_encoder *e, size_t time) {
  (void)time; /* a vector or an image */
  struct fray_flops sum = fray_flops_product(1, e->hidden.in, e->hidden.out, false);
  fray_flops_add(&sum, fray_flops_product(1, e->token.in, e->token.out, true), 1);
  return sum;
}

static const struct fray_encoder_ops ops = {.kinds = 1u << FRAY_FEATURE_VECTOR |
                                                     1u << FRAY_FEATURE_IMAGE,
                                            .preferred = 1u << FRAY_FEATURE_VECTOR,
                                            .plan = plan,
                                            .forward = forward,
                                            .backward = backward,
                                            .flops = flops};

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
