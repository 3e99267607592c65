/* Feature vector or flattened image -> Linear - activation -> one token. With `head: 0` over it the
 * model is a network with one hidden layer, which the token is. */
#include "fray/nn/linear.h"
#include "fray/tensor/vec.h"
#include "one_token.h"

extern const struct fray_choice fray_encoder_layer;

enum activation { RELU, TANH };
static const char *const activation_names[] = {"relu", "tanh", NULL};

/* ReLU as in the other encoders; tanh where small networks of the literature have it. */
struct layer_params {
  int activation;
};

/* No dropout: the token is what the model has learnt to see, and the head has its own. */
struct fray_encoder {
  struct fray_linear layer;
  enum activation activation;
};

struct tape {
  size_t n;
  const float *x;     /* (n, in), borrowed */
  const float *token; /* (n, out) after the activation: both slopes follow from the value */
};

/* The token is the layer's output, so its units are the width of tokens, model.hidden. */
static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const struct fray_model_part *part, struct fray_encoder **out,
                             struct fray_err *err) {
  const size_t in = fray_feature_size(shape);
  FRAY_CHECK(in >= 1, err, INPUT, "a sample without values");
  struct fray_encoder *e;
  FRAY_ALLOC(e, part->scope.table->arena, 1, err);
  *e = (struct fray_encoder){
      .layer = {.in = in, .out = part->width},
      .activation = (enum activation)((const struct layer_params *)params)->activation};
  FRAY_TRY(fray_linear_plan(&part->scope, "fc", &e->layer, err));
  *out = e;
  return FRAY_OK;
}

/* In place: the layer's values are not needed once the activation has them. */
static enum fray_status forward(const struct fray_encoder *e, const struct fray_feature_batch *in,
                                const struct fray_pass *pass, struct fray_tokens *out, void **tape,
                                struct fray_err *err) {
  const size_t size = in->n * e->layer.out;
  FRAY_TRY(one_token_each(in->n, e->layer.out, pass->arena, out, err));
  fray_linear_forward(&e->layer, pass, &(struct fray_rows){in->n, e->layer.in, in->x}, out->x);
  if (e->activation == TANH)
    fray_vec_tanh(size, out->x, out->x);
  else
    fray_vec_relu(size, out->x, out->x);
  if (!tape)
    return FRAY_OK;
  /* A copy: the fusion may write to tokens. */
  struct tape *kept;
  float *token;
  FRAY_ALLOC(kept, pass->arena, 1, err);
  FRAY_ALLOC(token, pass->arena, size, err);
  for (size_t i = 0; i < size; i++)
    token[i] = out->x[i];
  *kept = (struct tape){.n = in->n, .x = in->x, .token = token};
  *tape = kept;
  return FRAY_OK;
}

/* Slopes by value: 1 - t^2 of tanh, 1 of what ReLU let through. */
static enum fray_status backward(const struct fray_encoder *e, void *tape, float *dtokens,
                                 const struct fray_pass *pass, struct fray_err *err) {
  const struct tape *kept = tape;
  const size_t size = kept->n * e->layer.out;
  (void)err;
  for (size_t i = 0; i < size; i++)
    dtokens[i] *=
        e->activation == TANH ? 1 - kept->token[i] * kept->token[i] : (float)(kept->token[i] > 0);
  fray_linear_backward(&e->layer, pass, &(struct fray_rows){kept->n, e->layer.in, kept->x}, dtokens,
                       NULL, false); /* nothing lies below that needs a gradient */
  return FRAY_OK;
}

/* Nothing below it needs a gradient. */
static struct fray_flops flops(const struct fray_encoder *e, size_t time) {
  (void)time; /* a vector or an image */
  return fray_flops_product(1, e->layer.in, e->layer.out, false);
}

static const struct fray_encoder_ops ops = {.kinds = 1u << FRAY_FEATURE_VECTOR |
                                                     1u << FRAY_FEATURE_IMAGE,
                                            .plan = plan,
                                            .forward = forward,
                                            .backward = backward,
                                            .flops = flops};

static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "activation", struct layer_params, activation, .names = activation_names,
               .def_text = "relu", .help = "what the layer's values go through"),
};
static FRAY_TABLE(table, "layer", struct layer_params, fields,
                  .help = "Linear - activation over a feature vector or a flattened image");

const struct fray_choice fray_encoder_layer = {
    .name = "layer",
    .meaning = "one linear layer and its activation over a feature vector or a flattened image; "
               "one token per sample",
    .source = "",
    .table = &table,
    .impl = &ops};
