/* The values themselves as one token, without parameters: `fusion: concat` with `head: 0` over it
 * is multinomial logistic regression, and other heads and fusions take features as they are. */
#include "one_token.h"

extern const struct fray_choice fray_encoder_as_is;

/* Dropout does not apply either: nothing here is learnt that could lean on single values. */
struct fray_encoder {
  size_t width;
};

static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const struct fray_model_part *part, struct fray_encoder **out,
                             struct fray_err *err) {
  (void)params; /* no keys */
  const size_t in = fray_feature_size(shape), width = part->width;
  /* Tokens of all modalities are as wide; without a layer there is nothing to make them so. */
  FRAY_CHECK(
      in == width, err, INPUT,
      "its tokens are the %zu values of a sample, but model.hidden is %zu; set model.hidden: "
      "%zu, or take another encoder",
      in, width, in);
  FRAY_ALLOC(*out, part->scope.table->arena, 1, err);
  **out = (struct fray_encoder){.width = width};
  return FRAY_OK;
}

/* The features themselves, which live as long as the pass: what has tokens only reads them. */
static enum fray_status forward(const struct fray_encoder *e, const struct fray_feature_batch *in,
                                const struct fray_pass *pass, struct fray_tokens *out, void **tape,
                                struct fray_err *err) {
  FRAY_TRY(one_row_each(in->n, pass->arena, &out->first, err));
  out->n = in->n;
  out->width = e->width;
  out->x = (float *)in->x;
  if (tape)
    *tape = NULL;
  return FRAY_OK;
}

/* Without parameters there is nothing to add a gradient to. */
static enum fray_status backward(const struct fray_encoder *e, void *tape, float *dtokens,
                                 const struct fray_pass *pass, struct fray_err *err) {
  (void)e, (void)tape, (void)dtokens, (void)pass, (void)err;
  return FRAY_OK;
}

static const struct fray_encoder_ops ops = {.kinds = 1u << FRAY_FEATURE_VECTOR |
                                                     1u << FRAY_FEATURE_IMAGE,
                                            .as_is = true,
                                            .plan = plan,
                                            .forward = forward,
                                            .backward = backward};

const struct fray_choice fray_encoder_as_is = {
    .name = "identity",
    .meaning = "a feature vector or image as it is, one token per sample, no parameters; "
               "model.hidden must be its number of values",
    .source = "",
    .impl = &ops};
