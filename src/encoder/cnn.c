/* Image -> [conv 3x3 - ReLU - max-pool 2 - dropout] per entry of filters -> Linear -> one token.
 *
 * The last layer is linear: the token is signed like those of a GRU, with which attention and
 * concatenation mix it; a ReLU there would leave it half of the space. */
#include "fray/base/size.h"
#include "fray/nn/conv2d.h"
#include "fray/nn/linear.h"
#include "fray/nn/pool.h"
#include "one_token.h"

#include <math.h>
#include <stdio.h>

extern const struct fray_choice fray_encoder_cnn;

enum {
  MAX_LAYERS = 8,
  KERNEL = 3,
  /* Samples per pass of an evaluation: what a layer writes is still in cache for the next. */
  CHUNK = 16
};

struct cnn_params {
  struct fray_ints filters;
};

struct layer {
  struct fray_conv2d conv;
  size_t pooled_height, pooled_width;
  size_t w, b; /* offsets in the flat vector */
  uint64_t dropout_layer;
};

struct fray_encoder {
  size_t n_layers, input, flat,
      width; /* values per sample: of the image, before the linear layer */
  struct layer layer[MAX_LAYERS];
  size_t w, b;
  float dropout;
};

struct layer_tape {
  const float *x; /* (n, height, width, in) */
  float *choice;  /* (n, pooled) which of each window won */
  float *mask;    /* (n, pooled) of dropout, or NULL */
};

struct tape {
  size_t n;
  struct layer_tape layer[MAX_LAYERS];
  const float *flat; /* (n, flat) */
};

static size_t pooled_size(const struct layer *l) {
  return l->pooled_height * l->pooled_width * l->conv.out;
}

static enum fray_status add(struct fray_param_table *table, const char *prefix, int modality,
                            const char *name, const size_t shape[4], size_t fan_in, size_t *w,
                            size_t *b, struct fray_err *err) {
  char full[FRAY_PARAM_NAME];
  size_t index;
  const double bound = 1 / sqrt((double)fan_in);
  snprintf(full, sizeof full, "%s.weight", name);
  FRAY_TRY(fray_param_add(table, prefix, full, modality, shape, bound, &index, err));
  *w = table->v[index].offset;
  snprintf(full, sizeof full, "%s.bias", name);
  FRAY_TRY(fray_param_add(table, prefix, full, modality, (size_t[4]){shape[0], 1, 1, 1}, bound,
                          &index, err));
  *b = table->v[index].offset;
  return FRAY_OK;
}

static enum fray_status plan_layer(struct layer *l, size_t k, const char *prefix, int modality,
                                   struct fray_param_table *table, struct fray_err *err) {
  const struct fray_conv2d *c = &l->conv;
  char name[32], dropout[FRAY_PARAM_NAME + 48];
  snprintf(name, sizeof name, "conv%zu", k + 1);
  FRAY_TRY(add(table, prefix, modality, name, (size_t[4]){c->out, KERNEL, KERNEL, c->in},
               c->in * KERNEL * KERNEL, &l->w, &l->b, err));
  snprintf(dropout, sizeof dropout, "dropout/%s.%s", prefix, name);
  l->dropout_layer = fray_rng_purpose(dropout);
  l->pooled_height = fray_pooled(c->height);
  l->pooled_width = fray_pooled(c->width);
  return FRAY_OK;
}

static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const char *prefix, int modality, size_t width, double dropout,
                             struct fray_param_table *table, struct fray_encoder **out,
                             struct fray_err *err) {
  const struct fray_ints *filters = &((const struct cnn_params *)params)->filters;
  FRAY_CHECK(filters->n <= MAX_LAYERS, err, INPUT, "filters: %zu layers are more than %d",
             filters->n, MAX_LAYERS);
  FRAY_CHECK(fray_feature_size(shape) > 0, err, INPUT, "an image of %zu x %zu x %zu values",
             shape->height, shape->width, shape->channels);
  struct fray_encoder *e;
  FRAY_ALLOC_ZERO(e, table->arena, 1, err);
  e->n_layers = filters->n;
  e->input = fray_feature_size(shape);
  e->width = width;
  e->dropout = (float)dropout;
  size_t height = shape->height, image_width = shape->width, channels = shape->channels;
  for (size_t k = 0; k < filters->n; k++) {
    struct layer *l = &e->layer[k];
    FRAY_CHECK(filters->v[k] >= 1, err, INPUT, "filters: %lld is less than 1",
               (long long)filters->v[k]);
    l->conv = (struct fray_conv2d){.height = height,
                                   .width = image_width,
                                   .in = channels,
                                   .out = (size_t)filters->v[k],
                                   .kernel = KERNEL};
    FRAY_TRY(plan_layer(l, k, prefix, modality, table, err));
    height = l->pooled_height, image_width = l->pooled_width, channels = l->conv.out;
  }
  e->flat = height * image_width * channels;
  *out = e;
  return add(table, prefix, modality, "fc", (size_t[4]){width, e->flat, 1, 1}, e->flat, &e->w,
             &e->b, err);
}

/* x (n, layer's image) -> out (n, pooled), with what backward needs if it follows. */
static enum fray_status layer_forward(const struct fray_encoder *e, const struct layer *l,
                                      const float *w, size_t n, const float *x, bool keep,
                                      const struct fray_pass *pass, struct layer_tape *tape,
                                      float **out, struct fray_err *err) {
  const size_t size = n * pooled_size(l);
  const bool dropout = pass->train && e->dropout > 0;
  *tape = (struct layer_tape){.x = x};
  FRAY_ALLOC(*out, pass->arena, size, err);
  if (keep)
    FRAY_ALLOC(tape->choice, pass->arena, size, err);
  if (dropout)
    FRAY_ALLOC(tape->mask, pass->arena, size, err);
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  float *y;
  FRAY_ALLOC(y, pass->arena, n * l->conv.height * l->conv.width * l->conv.out, err);
  FRAY_TRY(fray_conv2d_forward(&l->conv, n, x, w + l->w, y, pass->arena, err));
  fray_relu_pool2d_forward(n, l->conv.height, l->conv.width, l->conv.out, y, w + l->b, *out,
                           tape->choice);
  fray_arena_rewind(pass->arena, mark);
  if (dropout)
    fray_dropout_forward(size, e->dropout, pass->seed, l->dropout_layer, pass->who, pass->when,
                         pass->step, *out, tape->mask);
  return FRAY_OK;
}

/* token (n, width) of n images. */
static enum fray_status encode(const struct fray_encoder *e, const float *w, size_t n,
                               const float *x, bool keep, const struct fray_pass *pass,
                               struct tape *tape, float *token, struct fray_err *err) {
  tape->n = n;
  for (size_t k = 0; k < e->n_layers; k++) {
    float *out;
    FRAY_TRY(layer_forward(e, &e->layer[k], w, n, x, keep, pass, &tape->layer[k], &out, err));
    x = out;
  }
  tape->flat = x;
  fray_linear_forward(n, e->flat, e->width, x, e->flat, w + e->w, w + e->b, token, e->width);
  return FRAY_OK;
}

/* The whole batch at once when backward follows, else chunk by chunk in the same memory. (With
 * dropout also at once, since its masks are drawn for the batch.) */
static enum fray_status forward(const struct fray_encoder *e, const float *w,
                                const struct fray_feature_batch *in, const struct fray_pass *pass,
                                struct fray_tokens *out, void **tape, struct fray_err *err) {
  const bool keep = tape != NULL;
  const size_t chunk = keep || pass->train ? in->n : CHUNK;
  struct tape *run;
  FRAY_ALLOC(run, pass->arena, 1, err);
  FRAY_TRY(one_token_each(in->n, e->width, pass->arena, out, err));
  for (size_t i = 0; i < in->n; i += chunk) {
    const struct fray_arena_place mark = fray_arena_mark(pass->arena);
    FRAY_TRY(encode(e, w, FRAY_MIN(in->n - i, chunk), in->x + i * e->input, keep, pass, run,
                    out->x + i * e->width, err));
    if (!keep)
      fray_arena_rewind(pass->arena, mark);
  }
  if (keep)
    *tape = run;
  return FRAY_OK;
}

/* dout (n, pooled) is overwritten; *dx (n, layer's image), or NULL for the first layer. */
static enum fray_status layer_backward(const struct fray_encoder *e, size_t k, const float *w,
                                       const struct tape *tape, const struct fray_pass *pass,
                                       float *dout, float *grad, float **dx, struct fray_err *err) {
  const struct layer *l = &e->layer[k];
  const struct layer_tape *t = &tape->layer[k];
  const size_t pixels = tape->n * l->conv.height * l->conv.width;
  *dx = NULL;
  if (t->mask)
    fray_dropout_backward(tape->n * pooled_size(l), e->dropout, t->mask, dout);
  if (k > 0)
    FRAY_ALLOC(*dx, pass->arena, pixels * l->conv.in, err);
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  float *dy;
  FRAY_ALLOC(dy, pass->arena, pixels * l->conv.out, err);
  fray_relu_pool2d_backward(tape->n, l->conv.height, l->conv.width, l->conv.out, t->choice, dout,
                            dy);
  FRAY_TRY(fray_conv2d_backward(&l->conv, tape->n, t->x, w + l->w, dy, grad + l->w, grad + l->b,
                                *dx, pass->arena, err));
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

static enum fray_status backward(const struct fray_encoder *e, const float *w, void *tape,
                                 float *dtokens, const struct fray_pass *pass, float *grad,
                                 struct fray_err *err) {
  const struct tape *kept = tape;
  float *dout = NULL;
  if (e->n_layers > 0)
    FRAY_ALLOC(dout, pass->arena, kept->n * e->flat, err);
  fray_linear_backward(kept->n, e->flat, e->width, kept->flat, e->flat, w + e->w, dtokens, e->width,
                       grad + e->w, grad + e->b, dout, e->flat, false);
  for (size_t k = e->n_layers; k-- > 0;)
    FRAY_TRY(layer_backward(e, k, w, kept, pass, dout, grad, &dout, err));
  return FRAY_OK;
}

static const struct fray_encoder_ops ops = {
    .kinds = 1u << FRAY_FEATURE_IMAGE, .plan = plan, .forward = forward, .backward = backward};

static const struct fray_field fields[] = {
    FRAY_FIELD(INTS, "filters", struct cnn_params, filters, .def_text = "[16, 32]", .min = 1,
               .max = 4096, .help = "Filters of each convolution; the image halves after each"),
};
static FRAY_TABLE(table, "cnn", struct cnn_params, fields,
                  .help = "3 x 3 convolutions with ReLU, max-pool 2 and dropout, then one token");

const struct fray_choice fray_encoder_cnn = {
    .name = "cnn",
    .meaning = "3 x 3 convolutions over an image; one token per sample",
    .source = "LeNet (LeCun et al. 1998) with ReLU, max-pooling and dropout",
    .table = &table,
    .impl = &ops};
