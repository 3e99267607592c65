/* Steps, or words -> a linear layer and their positions -> layers of self-attention over the steps
 * of the same sample -> norm -> a linear layer: one token per step, or per `patch` steps.
 *
 * Samples are packed: only steps that are there become rows, so padding costs nothing and there is
 * nothing to mask. Steps of a last patch that are past a sample's length are zeros. */
#include "fray/base/size.h"
#include "fray/nn/attention_block.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"
#include "word_vectors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct fray_choice fray_encoder_transformer;

enum { MAX_LAYERS = 4 };
enum positions { SINUSOIDAL, LEARNT, NO_POSITIONS };

struct transformer_params {
  int64_t layers, heads, width, factor, patch;
  int positions;
  const char *vectors; /* of words; NULL: frozen */
};

/* Sizes, and the places of all tensors. One struct for series and for words: they differ in what a
 * row is made of alone. */
struct fray_encoder {
  size_t layers, width, patch;
  size_t columns;     /* values of a step in the batch: channels, or ids */
  size_t most;        /* rows of the longest sample */
  bool of_words;      /* rows are vectors of words */
  struct words words; /* then */
  bool learnt;        /* positions are parameters, */
  size_t positions;   /* (most, width) at this offset; */
  const float *fixed; /* or constants; NULL: there are none */
  struct fray_linear input, token;
  struct fray_dropout dropout; /* of rows with their positions */
  struct fray_norm norm;
  struct fray_block layer[MAX_LAYERS];
};

/* What backward needs. Layers keep their own; rows between them are theirs too. */
struct tape {
  struct fray_feature_batch in;
  struct fray_sequences rows;
  float *u;    /* (rows, input.in) what the first layer reads */
  float *mask; /* (rows, width); NULL without dropout */
  struct fray_block_tape *layer[MAX_LAYERS];
  float *hat, *scale, *a; /* of the last norm */
};

/* Row t holds sin(t / 10000^(2 k / width)) in place 2 k and the cosine in place 2 k + 1. */
/* In double and rounded once: the same constants on every machine whose libm is good to a bit or so
 * of double. */
static enum fray_status plan_sinusoids(struct fray_arena *arena, struct fray_encoder *e,
                                       struct fray_err *err) {
  float *x;
  FRAY_ALLOC(x, arena, e->most * e->width, err);
  for (size_t t = 0; t < e->most; t++)
    for (size_t j = 0; j < e->width; j++) {
      const double angle = (double)t / pow(10000, (double)(j / 2 * 2) / (double)e->width);
      x[t * e->width + j] = (float)(j % 2 ? cos(angle) : sin(angle));
    }
  e->fixed = x;
  return FRAY_OK;
}

/* What a row is made of, and where it stands. Words have a vector as wide as the rows between the
 * layers, so that no key of its own says how wide; a linear layer follows in any case, which has
 * room for pretrained values too. Learnt positions start with a deviation of 0.02, as
 * those of BERT and ViT. */
static enum fray_status plan_input(const struct transformer_params *p,
                                   const struct fray_feature_shape *shape,
                                   const struct fray_model_part *part, struct fray_encoder *e,
                                   struct fray_err *err) {
  size_t values = shape->channels;
  if (e->of_words) {
    FRAY_CHECK(e->patch == 1, err, INPUT, "patch: %zu, but words are tokens of their own",
               e->patch);
    FRAY_TRY(words_plan(part, shape, e->width, p->vectors, &e->words, err));
    values = words_width(&e->words);
  } else
    FRAY_CHECK(!p->vectors, err, INPUT, "vectors: %s, but these features are not words",
               p->vectors);
  e->input = (struct fray_linear){.in = e->patch * values, .out = e->width};
  FRAY_TRY(fray_linear_plan(&part->scope, "input", &e->input, err));
  e->learnt = p->positions == LEARNT;
  if (e->learnt)
    return fray_param_add(&part->scope, "positions", (size_t[4]){e->most, e->width, 1, 1},
                          0.02 * sqrt(3), &e->positions, err);
  return p->positions == SINUSOIDAL ? plan_sinusoids(part->scope.table->arena, e, err) : FRAY_OK;
}

/* The order of the tensors is that in which a row meets them, and that of the golden file. */
static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const struct fray_model_part *part, struct fray_encoder **out,
                             struct fray_err *err) {
  const struct transformer_params *p = params;
  const size_t width = (size_t)p->width, patch = (size_t)p->patch;
  struct fray_encoder *e;
  FRAY_ALLOC_ZERO(e, part->scope.table->arena, 1, err);
  FRAY_CHECK(patch <= shape->time, err, INPUT, "patch: %zu steps, but the longest sample has %zu",
             patch, shape->time);
  *e = (struct fray_encoder){.layers = (size_t)p->layers,
                             .width = width,
                             .patch = patch,
                             .columns = shape->channels,
                             .most = (shape->time + patch - 1) / patch,
                             .of_words = shape->kind == FRAY_FEATURE_TOKENS,
                             .token = {.in = width, .out = part->width},
                             .norm = {.width = width}};
  FRAY_TRY(plan_input(p, shape, part, e, err));
  e->dropout = fray_dropout_plan(part->scope.prefix, "input", part->dropout);
  for (size_t l = 0; l < e->layers; l++) {
    char name[32];
    snprintf(name, sizeof name, "layer%zu", l + 1);
    e->layer[l] = (struct fray_block){
        .width = width, .heads = (size_t)p->heads, .inner = (size_t)p->factor * width};
    FRAY_TRY(fray_block_plan(&part->scope, name, part->dropout, &e->layer[l], err));
  }
  FRAY_TRY(fray_norm_plan(&part->scope, "norm", &e->norm, err));
  FRAY_TRY(fray_linear_plan(&part->scope, "token", &e->token, err));
  *out = e;
  return FRAY_OK;
}

static size_t tokens(const struct fray_encoder *e, size_t time) {
  return (time + e->patch - 1) / e->patch;
}

/* Nothing below the first linear layer of a series wants a gradient. */
static struct fray_flops flops(const struct fray_encoder *e, size_t time) {
  const size_t n = tokens(e, time);
  struct fray_flops sum = fray_flops_product(n, e->input.in, e->width, e->of_words);
  for (size_t l = 0; l < e->layers; l++)
    fray_flops_add(&sum, fray_block_flops(&e->layer[l], n, n), 1);
  fray_flops_add(&sum, fray_flops_product(n, e->width, e->token.out, true), 1);
  return sum;
}

/* Which rows belong to which sample. Lengths come from features that fray made, so one that does
 * not fit is a fault of it; still no position may be read that is not there. */
static enum fray_status pack(const struct fray_encoder *e, const struct fray_feature_batch *in,
                             struct fray_arena *arena, struct fray_sequences *out,
                             struct fray_err *err) {
  size_t *first;
  FRAY_ALLOC(first, arena, in->n + 1, err);
  first[0] = 0;
  for (size_t i = 0; i < in->n; i++) {
    const size_t steps = (size_t)in->length[i], rows = tokens(e, steps);
    FRAY_CHECK(steps >= 1 && steps <= in->time && rows <= e->most, err, INTERNAL,
               "a sample of %zu steps in a batch of %zu, of which the model takes %zu", steps,
               in->time, e->most * e->patch);
    first[i + 1] = first[i] + rows;
  }
  *out = (struct fray_sequences){in->n, first};
  return FRAY_OK;
}

/* Rows that go through a linear layer together, so that what one step leaves is still in the cache
 * for the next. All of n where BLAS packs its factors: there last bits hang on how many they are.
 */
static size_t together(const struct fray_linear *l, size_t n) {
  enum { GROUP = 256 };
  return fray_right_pays(n, l->in) ? FRAY_MIN(n, (size_t)GROUP) : n;
}

/* Samples from .. to - 1 into u. Steps lie one behind the other, and so do those of a patch: a
 * sample is copied whole, and what its last patch lacks is zeros. */
static enum fray_status gather(const struct fray_encoder *e, const struct tape *t, size_t from,
                               size_t to, const float *w, float *u, struct fray_err *err) {
  const struct fray_feature_batch *in = &t->in;
  for (size_t i = from; i < to; i++) {
    const size_t steps = (size_t)in->length[i], filled = steps * e->columns;
    const size_t size = (t->rows.first[i + 1] - t->rows.first[i]) * e->input.in;
    const float *x = in->x + i * in->time * e->columns;
    if (e->of_words)
      FRAY_TRY(words_forward(&e->words, steps, x, w, u, err));
    else {
      memcpy(u, x, filled * sizeof *x);
      memset(u + filled, 0, (size - filled) * sizeof *x);
    }
    u += size;
  }
  return FRAY_OK;
}

/* A row's place is counted from its own sample's beginning, so it is the same in every batch. x: of
 * sample `from`. */
static void add_positions(const struct fray_encoder *e, const struct fray_sequences *rows,
                          size_t from, size_t to, const float *w, float *x) {
  const float *position = e->learnt ? w + e->positions : e->fixed;
  for (size_t i = from; position && i < to; i++) {
    const size_t size = (rows->first[i + 1] - rows->first[i]) * e->width;
    fray_vec_axpy(size, 1, position, x);
    x += size;
  }
}

/* The first linear layer and positions: x (rows, width). Samples of a group are gathered where
 * those of the group before were, unless backward wants them all (t->u). */
static enum fray_status forward_input(const struct fray_encoder *e, const struct fray_pass *pass,
                                      struct tape *t, bool keep, float *x, struct fray_err *err) {
  const size_t *first = t->rows.first, n = t->rows.n, in = e->input.in;
  const size_t at_once = together(&e->input, first[n]);
  struct fray_right w;
  size_t most = 0;
  for (size_t i = 0; i < n; i++)
    most = FRAY_MAX(most, first[i + 1] - first[i]);
  FRAY_ALLOC(t->u, pass->arena, (keep ? first[n] : FRAY_MIN(first[n], at_once + most)) * in, err);
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  FRAY_TRY(fray_linear_right(&e->input, pass, first[n], &w, err));
  for (size_t from = 0, to; from < n; from = to) {
    for (to = from + 1; to < n && first[to] - first[from] < at_once; to++)
      ;
    float *u = keep ? t->u + first[from] * in : t->u, *y = x + first[from] * e->width;
    FRAY_TRY(gather(e, t, from, to, pass->w, u, err));
    fray_right_times(&w, first[to] - first[from], u, in, pass->w + e->input.b, false, y, e->width);
    add_positions(e, &t->rows, from, to, pass->w, y);
  }
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* Through all layers. Two buffers take turns where nothing is kept; where a backward pass follows,
 * every layer's rows stay. x: (rows, width), and after it the last layer's. */
static enum fray_status through_layers(const struct fray_encoder *e, const struct fray_pass *pass,
                                       struct tape *t, bool keep, float **x, struct fray_err *err) {
  const size_t size = t->rows.first[t->rows.n] * e->width;
  float *spare = NULL;
  for (size_t l = 0; l < e->layers; l++) {
    float *y = spare;
    if (!y)
      FRAY_ALLOC(y, pass->arena, size, err);
    FRAY_TRY(fray_block_forward(&e->layer[l], pass, &t->rows, *x, 0, y, keep ? &t->layer[l] : NULL,
                                err));
    spare = keep ? NULL : *x;
    *x = y;
  }
  return FRAY_OK;
}

/* The last norm and the linear layer after it: from rows x to tokens y. */
static enum fray_status forward_tokens(const struct fray_encoder *e, const struct fray_pass *pass,
                                       struct tape *t, bool keep, const float *x, float *y,
                                       struct fray_err *err) {
  const size_t n = t->rows.first[t->rows.n], width = e->width, out = e->token.out;
  const size_t at_once = together(&e->token, n);
  struct fray_right w;
  if (keep) {
    FRAY_ALLOC(t->hat, pass->arena, n * width, err);
    FRAY_ALLOC(t->scale, pass->arena, n, err);
  }
  FRAY_ALLOC(t->a, pass->arena, (keep ? n : at_once) * width, err);
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  FRAY_TRY(fray_linear_right(&e->token, pass, n, &w, err));
  for (size_t i = 0; i < n; i += at_once) {
    const size_t rows = FRAY_MIN(n - i, at_once);
    float *a = keep ? t->a + i * width : t->a;
    fray_norm_forward(&e->norm, pass, rows, x + i * width, keep ? t->hat + i * width : NULL,
                      keep ? t->scale + i : NULL, a);
    fray_right_times(&w, rows, a, width, pass->w + e->token.b, false, y + i * out, out);
  }
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* Dropout is on in training alone, and then backward follows: without a tape there is no mask. */
static enum fray_status forward(const struct fray_encoder *e, const struct fray_feature_batch *in,
                                const struct fray_pass *pass, struct fray_tokens *out, void **tape,
                                struct fray_err *err) {
  struct fray_arena *arena = pass->arena;
  const bool keep = pass->train && tape;
  struct tape *t;
  float *x;
  FRAY_ALLOC_ZERO(t, arena, 1, err);
  t->in = *in; /* the caller's struct may be gone at the backward pass, its arrays are not */
  FRAY_TRY(pack(e, in, arena, &t->rows, err));
  const size_t n = t->rows.first[in->n];
  *out = (struct fray_tokens){.n = in->n, .width = e->token.out, .first = t->rows.first};
  FRAY_ALLOC(out->x, arena, n * e->token.out, err);
  FRAY_ALLOC(x, arena, n * e->width, err);
  FRAY_TRY(forward_input(e, pass, t, keep, x, err));
  if (fray_dropout_drops(&e->dropout, pass))
    FRAY_ALLOC(t->mask, arena, n * e->width, err);
  fray_dropout_forward(&e->dropout, pass, n * e->width, x, t->mask);
  FRAY_TRY(through_layers(e, pass, t, keep, &x, err));
  FRAY_TRY(forward_tokens(e, pass, t, keep, x, out->x, err));
  if (keep)
    *tape = t;
  return FRAY_OK;
}

/* From the gradient of the rows that enter the first layer, dx: positions, the first linear layer,
 * and the words. */
static enum fray_status input_backward(const struct fray_encoder *e, const struct tape *t,
                                       const struct fray_pass *pass, float *dx,
                                       struct fray_err *err) {
  const struct fray_feature_batch *in = &t->in;
  const size_t *first = t->rows.first, n = first[in->n], width = e->width;
  float *du = NULL;
  fray_dropout_backward(n * width, t->mask, dx);
  for (size_t i = 0; e->learnt && i < in->n; i++)
    fray_vec_axpy((first[i + 1] - first[i]) * width, 1, dx + first[i] * width,
                  pass->grad + e->positions);
  if (e->of_words) /* series and frames have nothing below that learns */
    FRAY_ALLOC(du, pass->arena, n * e->input.in, err);
  fray_linear_backward(&e->input, pass, &(struct fray_rows){n, e->input.in, t->u}, dx, du, false);
  for (size_t i = 0; e->of_words && i < in->n; i++)
    words_backward(&e->words, (size_t)in->length[i], in->x + i * in->time * e->columns,
                   du + first[i] * e->input.in, pass);
  return FRAY_OK;
}

/* Two buffers of gradients take turns through the layers; forward's rows are read where they lie.
 */
static enum fray_status backward(const struct fray_encoder *e, void *tape, float *dtokens,
                                 const struct fray_pass *pass, struct fray_err *err) {
  const struct tape *t = tape;
  const size_t n = t->rows.first[t->rows.n], width = e->width;
  float *da, *d, *before;
  FRAY_ALLOC(da, pass->arena, n * width, err);
  FRAY_ALLOC_ZERO(d, pass->arena, n * width, err);
  fray_linear_backward(&e->token, pass, &(struct fray_rows){n, width, t->a}, dtokens, da, false);
  fray_norm_backward(&e->norm, pass, n, t->hat, t->scale, da, d);
  before = da; /* its rows are of no use any more */
  for (size_t l = e->layers; l-- > 0;) {
    FRAY_TRY(fray_block_backward(&e->layer[l], pass, t->layer[l], d, before, err));
    float *const swap = d;
    d = before, before = swap;
  }
  return input_backward(e, t, pass, d, err);
}

/* It is no kind's default: scenarios that name no encoder keep theirs, and their bytes. */
static const struct fray_encoder_ops ops = {.kinds = 1u << FRAY_FEATURE_SEQUENCE |
                                                     1u << FRAY_FEATURE_TOKENS,
                                            .plan = plan,
                                            .forward = forward,
                                            .backward = backward,
                                            .flops = flops,
                                            .tokens = tokens};

static const char *const positions_names[] = {"sinusoidal", "learnt", "none", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "layers", struct transformer_params, layers, .def = 2, .min = 1,
               .max = MAX_LAYERS, .help = "Layers of self-attention"),
    FRAY_FIELD(INT, "heads", struct transformer_params, heads, .def = 4, .min = 1, .max = 64,
               .help = "Attention heads; they divide the width"),
    FRAY_FIELD(INT, "width", struct transformer_params, width, .def = 64, .min = 1, .max = 4096,
               .help = "Values of a row between the layers"),
    FRAY_FIELD(INT, "factor", struct transformer_params, factor, .def = 4, .min = 1, .max = 16,
               .help = "Hidden units of each layer's network, in multiples of the width"),
    FRAY_FIELD(INT, "patch", struct transformer_params, patch, .def = 1, .min = 1, .max = 65536,
               .help = "Steps of a series, or frames, that become one row and one token; cost "
                       "falls with it, that of attention by its square. Words: 1"),
    FRAY_FIELD(ENUM, "positions", struct transformer_params, positions, .names = positions_names,
               .def_text = "sinusoidal",
               .help = "How a row tells where it stands: waves of fixed lengths, a learnt vector "
                       "for each place, or not at all"),
    FRAY_FIELD(STRING, "vectors", struct transformer_params, vectors, .optional = true,
               .names = words_vectors_names, .help = "of words: " WORDS_VECTORS_HELP),
};
static FRAY_TABLE(table, "transformer", struct transformer_params, fields,
                  .help = "Self-attention over the steps of a sample");

const struct fray_choice fray_encoder_transformer = {
    .name = "transformer",
    .meaning = "layers of self-attention over the steps, frames or words of a sample, normalised "
               "before each part; one token per step, or per patch of steps",
    .source = "Vaswani et al. 2017 (arXiv 1706.03762); Xiong et al. 2020 (arXiv 2002.04745)",
    .table = &table,
    .impl = &ops};
