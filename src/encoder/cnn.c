/* Image -> [conv 3x3 - ReLU - max-pool 2 - dropout] per entry of filters -> Linear -> one token.
 *
 * The last layer is linear: the token is signed like those of a GRU, with which attention and
 * concatenation mix it; a ReLU there would leave it half of the space. */
#include "fray/base/size.h"
#include "fray/nn/conv2d.h"
#include "fray/nn/dropout.h"
#include "fray/nn/linear.h"
#include "fray/nn/pool.h"
#include "one_token.h"

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
  struct fray_dropout dropout;
};

struct fray_encoder {
  size_t n_layers, input; /* input: values of an image */
  struct layer layer[MAX_LAYERS];
  struct fray_linear token; /* from the last layer's values */
};

struct layer_tape {
  struct fray_rows x; /* (n, height, width, in) */
  int32_t *kept;      /* (n, pooled) which of each window won, and what was dropped */
};

struct tape {
  size_t n;
  bool keep; /* what backward needs */
  struct layer_tape layer[MAX_LAYERS];
  const float *flat; /* (n, token.in) */
};

/* Values of an image after the layer; an edge that is odd is left out, as PyTorch's pool does. */
static size_t pooled_size(const struct layer *l) {
  return fray_pooled(l->conv.height) * fray_pooled(l->conv.width) * l->conv.out;
}

static struct fray_pool2d pool_of(const struct layer *l, size_t lines) {
  return (struct fray_pool2d){lines, l->conv.width, l->conv.out};
}

/* The image halves after each layer and never vanishes: a side of one pixel is pooled alone. Hence
 * no size is too small, and layers beyond need only be few enough for their table. */
static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const struct fray_model_part *part, struct fray_encoder **out,
                             struct fray_err *err) {
  const struct fray_ints *filters = &((const struct cnn_params *)params)->filters;
  FRAY_CHECK(filters->n <= MAX_LAYERS, err, INPUT, "filters: %zu layers are more than %d",
             filters->n, MAX_LAYERS);
  FRAY_CHECK(fray_feature_size(shape) > 0, err, INPUT, "an image of %zu x %zu x %zu values",
             shape->height, shape->width, shape->channels);
  struct fray_encoder *e;
  FRAY_ALLOC_ZERO(e, part->scope.table->arena, 1, err);
  e->n_layers = filters->n;
  e->input = fray_feature_size(shape);
  struct fray_conv2d conv = {
      .height = shape->height, .width = shape->width, .in = shape->channels, .kernel = KERNEL};
  for (size_t k = 0; k < filters->n; k++) {
    struct layer *l = &e->layer[k];
    char name[32];
    FRAY_CHECK(filters->v[k] >= 1, err, INPUT, "filters: %lld is less than 1",
               (long long)filters->v[k]);
    snprintf(name, sizeof name, "conv%zu", k + 1);
    l->conv = conv;
    l->conv.out = (size_t)filters->v[k];
    l->dropout = fray_dropout_plan(part->scope.prefix, name, part->dropout);
    FRAY_TRY(fray_conv2d_plan(&part->scope, name, &l->conv, err));
    conv.height = fray_pooled(conv.height), conv.width = fray_pooled(conv.width);
    conv.in = l->conv.out;
  }
  e->token = (struct fray_linear){.in = conv.height * conv.width * conv.in, .out = part->width};
  *out = e;
  return fray_linear_plan(&part->scope, "fc", &e->token, err);
}

/* What a convolution gives becomes what the layer gives, as soon as it is there. */
struct pooling {
  const struct layer *layer;
  const struct fray_pass *pass;
  float *out;    /* (n, pooled) */
  int32_t *kept; /* (n, pooled), or NULL */
};

static void take_band(void *user, size_t i, size_t first, size_t lines, const float *y) {
  const struct pooling *p = user;
  const struct fray_conv2d *conv = &p->layer->conv;
  const struct fray_pool2d pool = pool_of(p->layer, lines);
  const size_t size = pooled_size(p->layer), row = fray_pooled(conv->width) * conv->out;
  const size_t band = first / 2, bands = fray_pooled(conv->height), at = i * size + band * row;
  if (band >= bands) /* an odd last line, which the pool leaves out */
    return;
  fray_relu_pool2d_forward(&pool, y, p->pass->w + conv->b, p->out + at,
                           p->kept ? p->kept + at : NULL);
  if (band + 1 == bands && p->kept) /* the image at once: blocks of draws are cut nowhere else */
    fray_dropout_forward_kept(&p->layer->dropout, p->pass, i * size, size, p->out + i * size,
                              p->kept + i * size);
}

/* t->x (n, layer's image) -> out (n, pooled), with what backward needs if it follows. */
static enum fray_status layer_forward(const struct layer *l, const struct fray_pass *pass,
                                      bool keep, struct layer_tape *t, float **out,
                                      struct fray_err *err) {
  const size_t size = t->x.n * pooled_size(l);
  struct pooling to = {.layer = l, .pass = pass};
  FRAY_ALLOC(*out, pass->arena, size, err);
  if (keep || fray_dropout_drops(&l->dropout, pass))
    FRAY_ALLOC(t->kept, pass->arena, size, err);
  to.out = *out;
  to.kept = t->kept;
  return fray_conv2d_forward(&l->conv, pass, &t->x, &(struct fray_conv2d_bands){take_band, &to},
                             err);
}

/* tape->n images x -> token (n, width). */
static enum fray_status encode(const struct fray_encoder *e, const struct fray_pass *pass,
                               const float *x, struct tape *tape, float *token,
                               struct fray_err *err) {
  size_t size = e->input;
  for (size_t k = 0; k < e->n_layers; k++) {
    float *out;
    tape->layer[k] = (struct layer_tape){.x = {.n = tape->n, .ld = size, .x = x}};
    FRAY_TRY(layer_forward(&e->layer[k], pass, tape->keep, &tape->layer[k], &out, err));
    x = out;
    size = pooled_size(&e->layer[k]);
  }
  tape->flat = x; /* without layers the image itself */
  fray_linear_forward(&e->token, pass, &(struct fray_rows){tape->n, size, x}, token);
  return FRAY_OK;
}

/* The whole batch at once when backward follows, else chunk by chunk in the same memory. (With
 * dropout also at once, since its masks are drawn for the batch.) */
static enum fray_status forward(const struct fray_encoder *e, const struct fray_feature_batch *in,
                                const struct fray_pass *pass, struct fray_tokens *out, void **tape,
                                struct fray_err *err) {
  const bool keep = tape != NULL;
  const size_t chunk = keep || pass->train ? in->n : CHUNK, width = e->token.out;
  struct tape *run;
  FRAY_ALLOC(run, pass->arena, 1, err);
  run->keep = keep;
  FRAY_TRY(one_token_each(in->n, width, pass->arena, out, err));
  for (size_t i = 0; i < in->n; i += chunk) {
    const struct fray_arena_place mark = fray_arena_mark(pass->arena);
    run->n = FRAY_MIN(in->n - i, chunk);
    FRAY_TRY(encode(e, pass, in->x + i * e->input, run, out->x + i * width, err));
    if (!keep)
      fray_arena_rewind(pass->arena, mark);
  }
  if (keep)
    *tape = run;
  return FRAY_OK;
}

/* The gradient of what a convolution gave, made image by image out of that of the layer. */
struct slope {
  const struct layer *layer;
  const int32_t *kept;
  const float *dout; /* (n, pooled) */
  float factor;      /* of what was not dropped */
};

static void put_slope(void *user, size_t i, float *dy, size_t line) {
  const struct slope *s = user;
  const size_t at = i * pooled_size(s->layer);
  const struct fray_pool2d pool = pool_of(s->layer, s->layer->conv.height);
  fray_relu_pool2d_backward(&pool, s->kept + at, s->factor, s->dout + at, dy, line);
}

/* dx (n, layer's image), or NULL for the first layer. */
static enum fray_status layer_backward(const struct layer *l, const struct layer_tape *t,
                                       const struct fray_pass *pass, const float *dout, float *dx,
                                       struct fray_err *err) {
  struct slope slope = {l, t->kept, dout, fray_dropout_factor(&l->dropout, pass)};
  return fray_conv2d_backward(&l->conv, pass, &t->x, &(struct fray_conv2d_slope){put_slope, &slope},
                              dx, err);
}

static enum fray_status backward(const struct fray_encoder *e, void *tape, float *dtokens,
                                 const struct fray_pass *pass, struct fray_err *err) {
  const struct tape *kept = tape;
  float *dout = NULL;
  if (e->n_layers > 0)
    FRAY_ALLOC(dout, pass->arena, kept->n * e->token.in, err);
  fray_linear_backward(&e->token, pass, &(struct fray_rows){kept->n, e->token.in, kept->flat},
                       dtokens, dout, false);
  for (size_t k = e->n_layers;
       k-- > 0;) { /* dout goes down: what a layer got, the one below gave */
    const struct layer_tape *t = &kept->layer[k];
    float *dx = NULL; /* the image itself needs no gradient */
    if (k > 0)
      FRAY_ALLOC(dx, pass->arena, t->x.n * t->x.ld, err);
    FRAY_TRY(layer_backward(&e->layer[k], t, pass, dout, dx, err));
    dout = dx;
  }
  return FRAY_OK;
}

/* A convolution is a product of each pixel's neighbourhood; the image itself needs no gradient. */
static struct fray_flops flops(const struct fray_encoder *e, size_t time) {
  struct fray_flops sum = fray_flops_product(1, e->token.in, e->token.out, e->n_layers > 0);
  (void)time;
  for (size_t k = 0; k < e->n_layers; k++) {
    const struct fray_conv2d *c = &e->layer[k].conv;
    fray_flops_add(
        &sum,
        fray_flops_product(c->height * c->width, c->in * c->kernel * c->kernel, c->out, k > 0), 1);
  }
  return sum;
}

static const struct fray_encoder_ops ops = {.kinds = 1u << FRAY_FEATURE_IMAGE,
                                            .preferred = 1u << FRAY_FEATURE_IMAGE,
                                            .plan = plan,
                                            .forward = forward,
                                            .backward = backward,
                                            .flops = flops};

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
