/* Sequence -> [conv over time - ReLU - max-pool 2 - dropout] per entry of filters -> GRU -> one
 * token per remaining step.
 *
 * Samples shorter than the longest of the batch are followed by zeros after every layer, as at the
 * end of a sample that is alone; so neither the batch's longest sample nor its padding changes a
 * token. Everything is cut to the batch's longest sample. With `padding: computed` the rows past a
 * sample's end go through the convolutions like any other, as in FedMultimodal: from the second
 * layer on they hold what the biases made of zeros, which reaches the sample's last steps. */
#include "conv_gru.h"

#include "fray/base/size.h"
#include "fray/nn/conv1d.h"
#include "fray/nn/gru.h"
#include "fray/nn/linear.h"
#include "fray/nn/pool.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct fray_choice fray_encoder_conv_gru;

enum {
  MAX_LAYERS = 8,
  MAX_FILTERS = 4096,
  /* Samples per pass of an evaluation: through the convolutions few, so that what a layer writes is
   * still in cache for the next; through the GRU many, since every step packs its weights anew.
   * Fixed runs of samples, as the last bits of a product depend on its number of rows. */
  CONV_CHUNK = 32,
  GRU_CHUNK = 256
};

struct layer {
  struct fray_conv1d conv;
  size_t w, b; /* offsets in the flat vector */
  uint64_t dropout_layer;
};

struct fray_encoder {
  size_t n_layers, channels;
  struct layer layer[MAX_LAYERS];
  struct fray_gru gru;
  float dropout;
  bool masked; /* rows past a sample's end are zero after every layer */
};

/* One layer's view of a batch: input (samples `stride` floats apart), output, and for backward
 * which row of each window won and the mask of dropout (NULL when not kept). */
struct layer_run {
  const float *x;
  size_t stride, time;
  const int32_t *length; /* (n) valid rows of x; NULL: all */
  float *out, *choice, *mask;
};

/* A batch, or a chunk of one when nothing is kept. */
struct run {
  size_t n, time; /* time: of the GRU */
  struct layer_run layer[MAX_LAYERS];
  float *gru_x; /* (n, time, gru.in) */
  float *h;     /* (n, time, gru.hidden) */
  struct fray_gru_tape gru;
  const size_t *first; /* (n + 1) of the packed tokens */
};

/* ---- plan ---- */

static enum fray_status check_params(const struct conv_gru_params *p,
                                     const struct fray_feature_shape *shape, struct fray_err *err) {
  FRAY_CHECK(p->filters.n <= MAX_LAYERS, err, INPUT, "filters: %zu layers are more than %d",
             p->filters.n, MAX_LAYERS);
  for (size_t i = 0; i < p->filters.n; i++)
    FRAY_CHECK(p->filters.v[i] >= 1 && p->filters.v[i] <= MAX_FILTERS, err, INPUT,
               "filters: %lld is not in [1, %d]", (long long)p->filters.v[i], MAX_FILTERS);
  FRAY_CHECK(p->kernel >= 1 && p->kernel % 2 == 1, err, INPUT, "kernel: %lld is not odd",
             (long long)p->kernel);
  FRAY_CHECK(shape->time >> p->filters.n >= 1, err, INPUT,
             "%zu time steps are too few for %zu layers that each halve them (at least %zu)",
             shape->time, p->filters.n, (size_t)1 << p->filters.n);
  return FRAY_OK;
}

static enum fray_status add(struct fray_param_table *table, const char *prefix, int modality,
                            const char *name, const size_t shape[4], double bound, size_t *offset,
                            struct fray_err *err) {
  size_t index;
  FRAY_TRY(fray_param_add(table, prefix, name, modality, shape, bound, &index, err));
  *offset = table->v[index].offset;
  return FRAY_OK;
}

static enum fray_status plan_layer(struct layer *layer, size_t number, const char *prefix,
                                   int modality, struct fray_param_table *table,
                                   struct fray_err *err) {
  const struct fray_conv1d *conv = &layer->conv;
  const double bound = 1 / sqrt((double)(conv->in * conv->kernel));
  char name[FRAY_PARAM_NAME], purpose[2 * FRAY_PARAM_NAME];
  snprintf(name, sizeof name, "conv%zu.weight", number);
  FRAY_TRY(add(table, prefix, modality, name, (size_t[4]){conv->out, conv->kernel, conv->in, 1},
               bound, &layer->w, err));
  snprintf(name, sizeof name, "conv%zu.bias", number);
  FRAY_TRY(
      add(table, prefix, modality, name, (size_t[4]){conv->out, 1, 1, 1}, bound, &layer->b, err));
  snprintf(purpose, sizeof purpose, "dropout/%s.conv%zu", prefix, number);
  layer->dropout_layer = fray_rng_purpose(purpose);
  return FRAY_OK;
}

static enum fray_status plan_gru(struct fray_gru *gru, const char *prefix, int modality,
                                 struct fray_param_table *table, struct fray_err *err) {
  const double bound = 1 / sqrt((double)gru->hidden);
  const size_t rows = 3 * gru->hidden;
  FRAY_TRY(add(table, prefix, modality, "gru.weight_ih", (size_t[4]){rows, gru->in, 1, 1}, bound,
               &gru->w_ih, err));
  FRAY_TRY(add(table, prefix, modality, "gru.weight_hh", (size_t[4]){rows, gru->hidden, 1, 1},
               bound, &gru->w_hh, err));
  FRAY_TRY(add(table, prefix, modality, "gru.bias_ih", (size_t[4]){rows, 1, 1, 1}, bound,
               &gru->b_ih, err));
  return add(table, prefix, modality, "gru.bias_hh", (size_t[4]){rows, 1, 1, 1}, bound, &gru->b_hh,
             err);
}

enum fray_status conv_gru_plan(const void *params, const struct fray_feature_shape *shape,
                               const char *prefix, int modality, size_t width, double dropout,
                               struct fray_param_table *table, struct fray_encoder **out,
                               struct fray_err *err) {
  const struct conv_gru_params *p = params;
  FRAY_TRY(check_params(p, shape, err));
  struct fray_encoder *e;
  FRAY_ALLOC_ZERO(e, table->arena, 1, err);
  e->n_layers = p->filters.n;
  e->channels = shape->channels;
  e->dropout = (float)dropout;
  e->masked = p->padding == PADDING_MASKED;
  size_t in = shape->channels;
  for (size_t i = 0; i < e->n_layers; i++) {
    const size_t filters = (size_t)p->filters.v[i];
    e->layer[i].conv = (struct fray_conv1d){.in = in, .out = filters, .kernel = (size_t)p->kernel};
    FRAY_TRY(plan_layer(&e->layer[i], i + 1, prefix, modality, table, err));
    in = filters;
  }
  e->gru = (struct fray_gru){.in = in, .hidden = width};
  FRAY_TRY(plan_gru(&e->gru, prefix, modality, table, err));
  *out = e;
  return FRAY_OK;
}

/* ---- forward ---- */

/* Lengths before and after every layer: length[l] (n) for l = 0 .. n_layers. */
static enum fray_status all_lengths(const struct fray_encoder *e,
                                    const struct fray_feature_batch *in, struct fray_arena *arena,
                                    const int32_t *length[MAX_LAYERS + 1], struct fray_err *err) {
  length[0] = in->length;
  for (size_t l = 1; l <= e->n_layers; l++) {
    int32_t *shorter;
    FRAY_ALLOC(shorter, arena, in->n, err);
    for (size_t i = 0; i < in->n; i++)
      shorter[i] = (int32_t)fray_pooled((size_t)length[l - 1][i]);
    length[l] = shorter;
  }
  return FRAY_OK;
}

/* The longest sample, and whether all are as long. */
static size_t longest(const struct fray_feature_batch *in, bool *all_equal) {
  int32_t most = in->length[0], least = most;
  for (size_t i = 1; i < in->n; i++) {
    most = FRAY_MAX(most, in->length[i]);
    least = FRAY_MIN(least, in->length[i]);
  }
  *all_equal = most == least;
  return (size_t)most;
}

/* Times, and memory for n samples in the GRU's input and `chunk` samples in the layers before. The
 * last layer's output is the GRU's input. */
static enum fray_status make_run(const struct fray_encoder *e, size_t n, size_t chunk, size_t time,
                                 const struct fray_pass *pass, struct run *run,
                                 struct fray_err *err) {
  for (size_t l = 0; l < e->n_layers; l++) {
    struct layer_run *r = &run->layer[l];
    r->time = time;
    time = fray_pooled(time);
    const size_t size = chunk * time * e->layer[l].conv.out;
    if (l + 1 < e->n_layers)
      FRAY_ALLOC(r->out, pass->arena, size, err);
    if (pass->train)
      FRAY_ALLOC(r->choice, pass->arena, size, err);
    if (pass->train && e->dropout > 0)
      FRAY_ALLOC(r->mask, pass->arena, size, err);
  }
  run->time = time;
  FRAY_ALLOC(run->gru_x, pass->arena, n * time * e->gru.in, err);
  return FRAY_OK;
}

static enum fray_status forward_layer(const struct layer *layer, float dropout, const float *w,
                                      size_t n, const struct layer_run *r,
                                      const struct fray_pass *pass, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  const size_t channels = layer->conv.out;
  float *y;
  FRAY_ALLOC(y, pass->arena, n * r->time * channels, err);
  FRAY_TRY(fray_conv1d_forward(&layer->conv, n, r->time, r->x, r->stride, w + layer->w, y,
                               pass->arena, err));
  fray_relu_pool1d_forward(n, r->time, channels, y, w + layer->b, r->length, r->out, r->choice);
  if (r->mask)
    fray_dropout_forward(n * fray_pooled(r->time) * channels, dropout, pass->seed,
                         layer->dropout_layer, pass->who, pass->when, pass->step, r->out, r->mask);
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* Samples from .. from + n - 1 of the batch through the convolutions, into out (n, time, gru.in).
 * length: NULL when none is ragged. */
static enum fray_status forward_layers(const struct fray_encoder *e, const float *w,
                                       const struct fray_feature_batch *in, size_t from, size_t n,
                                       const int32_t *const *length, const struct fray_pass *pass,
                                       struct run *run, float *out, struct fray_err *err) {
  size_t stride = in->time * e->channels;
  const float *x = in->x + from * stride;
  for (size_t l = 0; l < e->n_layers; l++) {
    struct layer_run *r = &run->layer[l];
    r->x = x;
    r->stride = stride;
    r->length = length && e->masked ? length[l] + from : NULL;
    if (l + 1 == e->n_layers)
      r->out = out;
    FRAY_TRY(forward_layer(&e->layer[l], e->dropout, w, n, r, pass, err));
    x = r->out;
    stride = fray_pooled(r->time) * e->layer[l].conv.out;
  }
  const size_t size = run->time * e->gru.in;
  for (size_t i = 0; e->n_layers == 0 && i < n;
       i++) /* as they are, without rows past the longest */
    memcpy(out + i * size, x + i * stride, size * sizeof *out);
  return FRAY_OK;
}

/* Samples from .. from + run->n - 1 of the batch, into run->h; `chunk` at a time up to the GRU. */
static enum fray_status forward_run(const struct fray_encoder *e, const float *w,
                                    const struct fray_feature_batch *in, size_t from, size_t chunk,
                                    const int32_t *const *length, const struct fray_pass *pass,
                                    struct run *run, struct fray_err *err) {
  for (size_t i = 0; i < run->n; i += chunk)
    FRAY_TRY(forward_layers(e, w, in, from + i, FRAY_MIN(chunk, run->n - i), length, pass, run,
                            run->gru_x + i * run->time * e->gru.in, err));
  return fray_gru_forward(&e->gru, run->n, run->time, run->gru_x, w, run->h,
                          pass->train ? &run->gru : NULL, pass->arena, err);
}

/* The packed tokens of h (n, time, width): h itself when no sample is ragged. */
static enum fray_status pack_tokens(size_t n, size_t time, size_t width, float *h,
                                    const int32_t *length, struct fray_arena *arena,
                                    struct fray_tokens *out, struct fray_err *err) {
  size_t *first;
  FRAY_ALLOC(first, arena, n + 1, err);
  first[0] = 0;
  for (size_t i = 0; i < n; i++)
    first[i + 1] = first[i] + (length ? (size_t)length[i] : time);
  *out = (struct fray_tokens){.n = n, .width = width, .first = first, .x = h};
  if (!length)
    return FRAY_OK;
  FRAY_ALLOC(out->x, arena, first[n] * width, err);
  for (size_t i = 0; i < n; i++)
    memcpy(out->x + first[i] * width, h + i * time * width,
           (first[i + 1] - first[i]) * width * sizeof *h);
  return FRAY_OK;
}

/* The whole batch at once when backward follows, else chunk by chunk in the same memory. */
enum fray_status conv_gru_forward(const struct fray_encoder *e, const float *w,
                                  const struct fray_feature_batch *in, const struct fray_pass *pass,
                                  struct fray_tokens *out, void **tape, struct fray_err *err) {
  bool all_equal;
  const size_t time = longest(in, &all_equal);
  const size_t many = pass->train ? in->n : FRAY_MIN(in->n, (size_t)GRU_CHUNK);
  const size_t few = pass->train ? in->n : FRAY_MIN(in->n, (size_t)CONV_CHUNK);
  const int32_t *length[MAX_LAYERS + 1];
  FRAY_CHECK(time <= in->time, err, INTERNAL, "a sample of %zu steps in a batch of %zu", time,
             in->time);
  FRAY_TRY(all_lengths(e, in, pass->arena, length, err));
  struct run *run;
  FRAY_ALLOC_ZERO(run, pass->arena, 1, err);
  FRAY_TRY(make_run(e, many, few, time, pass, run, err));
  float *h;
  FRAY_ALLOC(h, pass->arena, in->n * run->time * e->gru.hidden, err);
  for (size_t i = 0; i < in->n; i += many) {
    run->n = FRAY_MIN(many, in->n - i);
    run->h = h + i * run->time * e->gru.hidden;
    FRAY_TRY(forward_run(e, w, in, i, few, all_equal ? NULL : length, pass, run, err));
  }
  FRAY_TRY(pack_tokens(in->n, run->time, e->gru.hidden, h, all_equal ? NULL : length[e->n_layers],
                       pass->arena, out, err));
  run->first = out->first;
  if (pass->train)
    *tape = run;
  return FRAY_OK;
}

/* ---- backward ---- */

/* Gradient of h (n, time, width) from that of the tokens, 0 past each sample's length. */
static enum fray_status unpack_tokens(const struct run *run, size_t width, float *dtokens,
                                      struct fray_arena *arena, const float **dh,
                                      struct fray_err *err) {
  *dh = dtokens;
  if (run->first[run->n] == run->n * run->time)
    return FRAY_OK;
  float *d;
  FRAY_ALLOC_ZERO(d, arena, run->n * run->time * width, err);
  for (size_t i = 0; i < run->n; i++)
    memcpy(d + i * run->time * width, dtokens + run->first[i] * width,
           (run->first[i + 1] - run->first[i]) * width * sizeof *d);
  *dh = d;
  return FRAY_OK;
}

/* dout: gradient of the layer's output, used up. dx: NULL for the first layer. */
static enum fray_status backward_layer(const struct layer *layer, float dropout, const float *w,
                                       size_t n, const struct layer_run *r, float *dout, float *dx,
                                       float *grad, struct fray_arena *arena,
                                       struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const size_t channels = layer->conv.out;
  float *dy;
  FRAY_ALLOC(dy, arena, n * r->time * channels, err);
  if (r->mask)
    fray_dropout_backward(n * fray_pooled(r->time) * channels, dropout, r->mask, dout);
  fray_relu_pool1d_backward(n, r->time, channels, r->choice, dout, dy);
  FRAY_TRY(fray_conv1d_backward(&layer->conv, n, r->time, r->x, r->stride, w + layer->w, dy,
                                grad + layer->w, grad + layer->b, dx, arena, err));
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

enum fray_status conv_gru_backward_to_input(const struct fray_encoder *e, const float *w,
                                            void *tape, float *dtokens,
                                            const struct fray_pass *pass, float *grad,
                                            float *dinput, struct fray_err *err) {
  struct run *run = tape;
  struct fray_arena *arena = pass->arena;
  const size_t n = run->n;
  const float *dh;
  FRAY_TRY(unpack_tokens(run, e->gru.hidden, dtokens, arena, &dh, err));
  float *dx = dinput;
  if (e->n_layers > 0)
    FRAY_ALLOC(dx, arena, n * run->time * e->gru.in, err);
  FRAY_TRY(fray_gru_backward(&e->gru, n, run->time, run->gru_x, w, run->h, &run->gru, dh, grad, dx,
                             arena, err));
  for (size_t l = e->n_layers; l-- > 0;) {
    const struct layer_run *r = &run->layer[l];
    float *dout = dx;
    dx = dinput;
    if (l > 0)
      FRAY_ALLOC(dx, arena, n * r->time * e->layer[l].conv.in, err);
    FRAY_TRY(backward_layer(&e->layer[l], e->dropout, w, n, r, dout, dx, grad, arena, err));
  }
  return FRAY_OK;
}

enum fray_status conv_gru_backward(const struct fray_encoder *e, const float *w, void *tape,
                                   float *dtokens, const struct fray_pass *pass, float *grad,
                                   struct fray_err *err) {
  return conv_gru_backward_to_input(e, w, tape, dtokens, pass, grad, NULL, err);
}

static const char *const paddings[] = {"masked", "computed", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(INTS, "filters", struct conv_gru_params, filters, .def_text = "[32, 64, 128]",
               .min = 1, .max = MAX_FILTERS,
               .help = "filters of each convolution; each halves the time steps; []: as gru"),
    FRAY_FIELD(INT, "kernel", struct conv_gru_params, kernel, .def = 5, .min = 1, .max = 63,
               .unit = "steps", .help = "width of the convolutions, odd"),
    FRAY_FIELD(ENUM, "padding", struct conv_gru_params, padding, .names = paddings,
               .def_text = "masked",
               .help = "what follows a sample that is shorter than its batch's longest: zeros in "
                       "every layer, or, as in FedMultimodal, what the convolutions compute there, "
                       "so that a sample's last steps depend on its batch"),
};

static enum fray_status check_section(const void *section, const struct fray_node *node,
                                      struct fray_err *err) {
  const struct conv_gru_params *p = section;
  char where[256];
  if (p->kernel % 2 == 1)
    return FRAY_OK;
  return fray_fail(err, FRAY_INPUT, "%s: kernel: %lld is not odd",
                   node ? fray_node_where(node, where) : "", (long long)p->kernel);
}

static FRAY_TABLE(table, "conv_gru", struct conv_gru_params, fields,
                  .help = "Convolutions over time, then a gated recurrent unit.",
                  .check = check_section);

static const struct fray_encoder_ops ops = {.kinds = 1u << FRAY_FEATURE_SEQUENCE,
                                            .plan = conv_gru_plan,
                                            .forward = conv_gru_forward,
                                            .backward = conv_gru_backward};

const struct fray_choice fray_encoder_conv_gru = {
    .name = "conv_gru",
    .meaning = "convolutions over time with pooling, then a GRU; one token per remaining step",
    .source = "Feng et al. 2023 (FedMultimodal); Cho et al. 2014",
    .table = &table,
    .impl = &ops,
};
