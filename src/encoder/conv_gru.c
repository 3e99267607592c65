/* Sequence -> [conv over time - ReLU - max-pool 2 - dropout] per entry of filters -> GRU -> one
 * token per remaining step.
 *
 * Only rows of samples are computed, and lie packed: past a sample's end there is nothing, as at
 * the end of a sample that is alone; so neither the batch's longest sample nor its padding changes
 * a token, and time follows the rows that are there. With `padding: computed` the rows past a
 * sample's end, up to the batch's longest, go through the convolutions like any other, as in
 * FedMultimodal: from the second layer on they hold what the biases made of zeros, which reaches
 * the sample's last steps. */
#include "conv_gru.h"

#include "fray/base/size.h"
#include "fray/nn/conv1d.h"
#include "fray/nn/dropout.h"
#include "fray/nn/gru.h"
#include "fray/nn/pool.h"
#include "fray/tensor/blas.h"

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
  GRU_CHUNK = 256,
  LONG = 16 /* rows of a sample, on average, with which products sample by sample lose nothing */
};

struct layer {
  struct fray_conv1d conv;
  struct fray_dropout dropout;
};

struct fray_encoder {
  size_t n_layers, channels;
  struct layer layer[MAX_LAYERS];
  struct fray_gru gru;
  bool masked; /* nothing is computed past a sample's end */
};

/* One layer's view of a batch: input, output, and for backward which row of each window won and
 * what was dropped (NULL when not kept). */
struct layer_run {
  struct fray_steps x;
  float *out;
  int32_t *kept;
};

/* What is decided once for a batch. first[l] (n + 1): rows of the samples before layer l, packed;
 * the last one's are the tokens. */
struct lengths {
  size_t longest;
  bool ragged;
  size_t *first[MAX_LAYERS + 1];
};

/* A batch, or `n` samples of one, from sample `from` on, when nothing is kept. */
struct run {
  const struct fray_feature_batch *in; /* of forward alone: may be gone when backward comes */
  struct lengths length;
  size_t from, n, time; /* time: of the GRU */
  struct layer_run layer[MAX_LAYERS];
  float *gru_x;  /* (tokens, gru.in), or NULL: they are read where they lie in the batch */
  float *h;      /* (tokens, gru.hidden) */
  float *padded; /* what gru_x is taken from where rows past ends were computed; or NULL */
  struct fray_gru_tape gru;
};

/* ---- plan ---- */

/* Also of what the schema has checked: text has a conv_gru within that no schema reads, and the
 * shape is known only with the data. */
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

enum fray_status conv_gru_plan(const void *params, const struct fray_feature_shape *shape,
                               const struct fray_model_part *part, struct fray_encoder **out,
                               struct fray_err *err) {
  const struct conv_gru_params *p = params;
  FRAY_TRY(check_params(p, shape, err));
  struct fray_encoder *e;
  FRAY_ALLOC_ZERO(e, part->scope.table->arena, 1, err);
  e->n_layers = p->filters.n;
  e->channels = shape->channels;
  e->masked = p->padding == PADDING_MASKED;
  size_t in = shape->channels;
  for (size_t i = 0; i < e->n_layers; i++) {
    struct layer *l = &e->layer[i];
    char name[32];
    snprintf(name, sizeof name, "conv%zu", i + 1);
    l->conv.in = in;
    l->conv.out = in = (size_t)p->filters.v[i];
    l->conv.kernel = (size_t)p->kernel;
    FRAY_TRY(fray_conv1d_plan(&part->scope, name, &l->conv, err));
    l->dropout = fray_dropout_plan(part->scope.prefix, name, part->dropout);
  }
  e->gru = (struct fray_gru){.in = in, .hidden = part->width};
  FRAY_TRY(fray_gru_plan(&part->scope, "gru", &e->gru, err));
  *out = e;
  return FRAY_OK;
}

/* ---- forward ---- */

/* Rows of every sample before each layer, since all layers and the tokens are packed by them. */
static enum fray_status find_lengths(const struct fray_encoder *e,
                                     const struct fray_feature_batch *in, struct fray_arena *arena,
                                     struct lengths *out, struct fray_err *err) {
  int32_t most = in->length[0], least = most;
  for (size_t i = 1; i < in->n; i++) {
    most = FRAY_MAX(most, in->length[i]);
    least = FRAY_MIN(least, in->length[i]);
  }
  *out = (struct lengths){.longest = (size_t)most, .ragged = most != least};
  FRAY_CHECK(out->longest <= in->time, err, INTERNAL, "a sample of %zu steps in a batch of %zu",
             out->longest, in->time);
  for (size_t l = 0; l <= e->n_layers; l++) {
    FRAY_ALLOC(out->first[l], arena, in->n + 1, err);
    out->first[l][0] = 0;
  }
  for (size_t i = 0; i < in->n; i++) {
    size_t rows = (size_t)in->length[i];
    for (size_t l = 0; l <= e->n_layers; l++, rows = fray_pooled(rows))
      out->first[l][i + 1] = out->first[l][i] + rows;
  }
  return FRAY_OK;
}

/* Whether layers have rows that are no sample's, from which the GRU's are then taken. */
static bool computes_padding(const struct fray_encoder *e, const struct lengths *length) {
  return !e->masked && length->ragged && e->n_layers > 0;
}

/* Nothing stands before the GRU or comes after it that wants its input packed. */
static bool reads_in_place(const struct fray_encoder *e, const struct run *run,
                           const struct fray_pass *pass) {
  const size_t n = run->in->n, rows = run->length.first[e->n_layers][n];
  return e->n_layers == 0 && !pass->train && rows >= n * LONG && fray_right_pays(rows, e->gru.in);
}

/* Times, and memory for n samples in the GRU's input and `chunk` samples in the layers before. The
 * last layer's output is the GRU's input. */
static enum fray_status make_run(const struct fray_encoder *e, size_t n, size_t chunk,
                                 const struct fray_pass *pass, struct run *run,
                                 struct fray_err *err) {
  size_t time = run->length.longest;
  for (size_t l = 0; l < e->n_layers; l++) {
    struct layer_run *r = &run->layer[l];
    r->x.time = time;
    time = fray_pooled(time);
    const size_t size = chunk * time * e->layer[l].conv.out;
    if (l + 1 < e->n_layers)
      FRAY_ALLOC(r->out, pass->arena, size, err);
    if (pass->train)
      FRAY_ALLOC(r->kept, pass->arena, size, err);
  }
  run->time = time;
  /* A chunk at a time, as what the layers leave: only samples' own rows go on to the GRU. */
  if (computes_padding(e, &run->length))
    FRAY_ALLOC(run->padded, pass->arena, chunk * time * e->gru.in, err);
  if (!reads_in_place(e, run, pass))
    FRAY_ALLOC(run->gru_x, pass->arena, n * time * e->gru.in, err);
  return FRAY_OK;
}

/* A value's mask is that of its place among samples that are all as long as the longest: others in
 * the batch may be longer or shorter. */
static void drop_out(const struct fray_dropout *dropout, const struct fray_pass *pass,
                     const struct fray_steps *x, size_t channels, float *out, int32_t *kept) {
  const size_t size = fray_pooled(x->time) * channels;
  size_t at = 0;
  if (!x->first) {
    fray_dropout_forward_kept(dropout, pass, 0, x->n * size, out, kept);
    return;
  }
  for (size_t i = 0; i < x->n; i++) {
    const size_t rows = fray_pooled(fray_steps_rows(x, i)) * channels;
    fray_dropout_forward_kept(dropout, pass, i * size, rows, out + at, kept + at);
    at += rows;
  }
}

/* The convolution's result is scratch: pooling reads it once, and backward needs of it only which
 * row of each pair won. */
static enum fray_status forward_layer(const struct layer *layer, const struct layer_run *r,
                                      const struct fray_pass *pass, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  const size_t n = r->x.n, channels = layer->conv.out;
  const struct fray_pool1d pool = {n, r->x.time, channels, r->x.first};
  float *y;
  FRAY_ALLOC(y, pass->arena, fray_steps_before(&r->x, n) * channels, err);
  FRAY_TRY(fray_conv1d_forward(&layer->conv, pass, &r->x, y, err));
  fray_relu_pool1d_forward(&pool, y, pass->w + layer->conv.b, r->out, r->kept);
  if (fray_dropout_drops(&layer->dropout, pass))
    drop_out(&layer->dropout, pass, &r->x, channels, r->out, r->kept);
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* Rows of n samples, packed behind first[0], from samples that lie `stride` floats apart. */
static void pack(size_t n, const size_t *first, size_t width, size_t stride, const float *from,
                 float *to) {
  for (size_t i = 0; i < n; i++)
    memcpy(to + (first[i] - first[0]) * width, from + i * stride,
           (first[i + 1] - first[i]) * width * sizeof *to);
}

/* Samples i .. i + n - 1 of the run through the convolutions, into their rows of gru_x. */
static enum fray_status forward_layers(const struct fray_encoder *e, struct run *run, size_t i,
                                       size_t n, const struct fray_pass *pass,
                                       struct fray_err *err) {
  const size_t stride = run->in->time * e->channels, at = run->from + i, width = e->gru.in;
  const size_t *first = run->length.first[e->n_layers] + run->from;
  const float *x = run->in->x + at * stride;
  float *out = run->gru_x + (first[i] - first[0]) * width;
  if (e->n_layers == 0)
    pack(n, first + i, width, stride, x, out);
  /* In the first layer samples lie as far apart as in the batch; from then on everything is packed.
   */
  for (size_t l = 0; l < e->n_layers; l++) {
    struct layer_run *r = &run->layer[l];
    r->x.n = n;
    r->x.x = x;
    r->x.stride = l == 0 ? stride : 0;
    r->x.first = run->padded ? NULL : run->length.first[l] + at;
    if (l + 1 == e->n_layers)
      r->out = run->padded ? run->padded : out;
    FRAY_TRY(forward_layer(&e->layer[l], r, pass, err));
    x = r->out;
  }
  if (run->padded)
    pack(n, first + i, width, run->time * width, run->padded, out);
  return FRAY_OK;
}

/* The samples of the run into run->h; `chunk` at a time up to the GRU. */
static enum fray_status forward_run(const struct fray_encoder *e, struct run *run, size_t chunk,
                                    const struct fray_pass *pass, struct fray_err *err) {
  struct fray_steps x = {.n = run->n,
                         .time = run->time,
                         .x = run->gru_x,
                         .first = run->length.first[e->n_layers] + run->from};
  if (!run->gru_x) {
    x.stride = run->in->time * e->channels;
    x.x = run->in->x + run->from * x.stride;
  }
  for (size_t i = 0; run->gru_x && i < run->n; i += chunk)
    FRAY_TRY(forward_layers(e, run, i, FRAY_MIN(chunk, run->n - i), pass, err));
  return fray_gru_forward(&e->gru, pass, &x, run->h, pass->train ? &run->gru : NULL, err);
}

/* The whole batch at once when backward follows, else chunk by chunk in the same memory. */
enum fray_status conv_gru_forward(const struct fray_encoder *e, const struct fray_feature_batch *in,
                                  const struct fray_pass *pass, struct fray_tokens *out,
                                  void **tape, struct fray_err *err) {
  const size_t many = pass->train ? in->n : FRAY_MIN(in->n, (size_t)GRU_CHUNK);
  const size_t few = pass->train ? in->n : FRAY_MIN(in->n, (size_t)CONV_CHUNK);
  const size_t width = e->gru.hidden;
  struct run *run;
  float *h;
  FRAY_ALLOC_ZERO(run, pass->arena, 1, err);
  run->in = in;
  FRAY_TRY(find_lengths(e, in, pass->arena, &run->length, err));
  FRAY_TRY(make_run(e, many, few, pass, run, err));
  const size_t *first = run->length.first[e->n_layers];
  FRAY_ALLOC(h, pass->arena, first[in->n] * width, err);
  for (run->from = 0; run->from < in->n; run->from += many) {
    run->n = FRAY_MIN(many, in->n - run->from);
    run->h = h + first[run->from] * width;
    FRAY_TRY(forward_run(e, run, few, pass, err));
  }
  *out = (struct fray_tokens){.n = in->n, .width = width, .first = first, .x = h};
  if (pass->train)
    *tape = run;
  return FRAY_OK;
}

/* ---- backward ---- */

/* dout: gradient of the layer's output. dx: NULL for the first layer. */
static enum fray_status backward_layer(const struct layer *layer, const struct layer_run *r,
                                       const struct fray_pass *pass, const float *dout, float *dx,
                                       struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  const size_t n = r->x.n, channels = layer->conv.out;
  const struct fray_pool1d pool = {n, r->x.time, channels, r->x.first};
  float *dy;
  FRAY_ALLOC(dy, pass->arena, fray_steps_before(&r->x, n) * channels, err);
  fray_relu_pool1d_backward(&pool, r->kept, fray_dropout_factor(&layer->dropout, pass), dout, dy);
  FRAY_TRY(fray_conv1d_backward(&layer->conv, pass, &r->x, dy, dx, err));
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* What the last layer gets of the gradient of the GRU's input: 0 in the rows past a sample's end,
 * which it did not see. */
static enum fray_status unpack(const struct run *run, size_t width, struct fray_arena *arena,
                               float **dx, struct fray_err *err) {
  const struct fray_steps *x = &run->gru.x;
  float *padded;
  if (!run->padded)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(padded, arena, run->n * run->time * width, err);
  for (size_t i = 0; i < run->n; i++)
    memcpy(padded + i * run->time * width, *dx + fray_steps_before(x, i) * width,
           fray_steps_rows(x, i) * width * sizeof *padded);
  *dx = padded;
  return FRAY_OK;
}

/* dx goes down: the gradient of what a layer gets is that of what the one before it gave. */
enum fray_status conv_gru_backward_to_input(const struct fray_encoder *e, void *tape,
                                            float *dtokens, const struct fray_pass *pass,
                                            float *dinput, struct fray_err *err) {
  struct run *run = tape;
  const size_t n = run->n;
  float *dx = dinput; /* without layers the GRU's input is the encoder's */
  if (e->n_layers > 0)
    FRAY_ALLOC(dx, pass->arena, n * run->time * e->gru.in, err);
  FRAY_TRY(fray_gru_backward(&e->gru, pass, &run->gru, dtokens, dx, err));
  FRAY_TRY(unpack(run, e->gru.in, pass->arena, &dx, err));
  for (size_t l = e->n_layers; l-- > 0;) {
    const struct layer_run *r = &run->layer[l];
    float *dout = dx;
    dx = dinput;
    if (l > 0)
      FRAY_ALLOC(dx, pass->arena, n * r->x.time * e->layer[l].conv.in, err);
    FRAY_TRY(backward_layer(&e->layer[l], r, pass, dout, dx, err));
  }
  return FRAY_OK;
}

enum fray_status conv_gru_backward(const struct fray_encoder *e, void *tape, float *dtokens,
                                   const struct fray_pass *pass, struct fray_err *err) {
  return conv_gru_backward_to_input(e, tape, dtokens, pass, NULL, err);
}

/* ---- what it costs ---- */

size_t conv_gru_tokens(const struct fray_encoder *e, size_t time) {
  for (size_t l = 0; l < e->n_layers; l++)
    time = fray_pooled(time);
  return time;
}

/* Of the sample's own steps: those that a longer one of its batch adds are not its own. The state
 * before the first step is 0 and meets no weight; that of every later one needs a gradient, whoever
 * needs that of the input. */
struct fray_flops conv_gru_flops_to_input(const struct fray_encoder *e, size_t time,
                                          bool needs_input) {
  struct fray_flops sum = {0};
  const size_t gates = 3 * e->gru.hidden;
  for (size_t l = 0; l < e->n_layers; l++, time = fray_pooled(time)) {
    const struct fray_conv1d *c = &e->layer[l].conv;
    fray_flops_add(&sum, fray_flops_product(time, c->in * c->kernel, c->out, l > 0 || needs_input),
                   1);
  }
  fray_flops_add(&sum, fray_flops_product(time, e->gru.in, gates, e->n_layers > 0 || needs_input),
                 1);
  fray_flops_add(&sum, fray_flops_product(time - 1, e->gru.hidden, gates, true), 1);
  return sum;
}

struct fray_flops conv_gru_flops(const struct fray_encoder *e, size_t time) {
  return conv_gru_flops_to_input(e, time, false);
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
                                            .preferred = 1u << FRAY_FEATURE_SEQUENCE,
                                            .plan = conv_gru_plan,
                                            .forward = conv_gru_forward,
                                            .backward = conv_gru_backward,
                                            .flops = conv_gru_flops,
                                            .tokens = conv_gru_tokens};

const struct fray_choice fray_encoder_conv_gru = {
    .name = "conv_gru",
    .meaning = "convolutions over time with pooling, then a GRU; one token per remaining step",
    .source = "Feng et al. 2023 (FedMultimodal); Cho et al. 2014",
    .table = &table,
    .impl = &ops,
};
