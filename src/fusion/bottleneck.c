/* Bottleneck fusion: a few tokens, the same for all modalities, are all that these tell each other.
 * In every layer each modality attends over its own tokens and the bottleneck's, with weights of
 * its own, and the bottleneck becomes the mean of what the modalities that are there made of it:
 *   [z_m, x_m] = block_m([z, x_m]),   z = mean of z_m          (Nagrani et al. 2021, eq. 8 and 9)
 * The fused vector is the last z, normalised, where the paper reads a token of each modality.
 *
 * The first layer depends on one modality's tokens alone. It is computed for every row of them, so
 * that a block that is classified under many patterns of absence goes through it once. In later
 * layers each sample has a sequence of its own, in the order of the rows: a sample's bytes do not
 * depend on its place in the batch. */
#include "fray/base/size.h"
#include "fray/fusion/fusion.h"
#include "fray/nn/attention_block.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct fray_choice fray_fusion_bottleneck;

enum { MAX_LAYERS = 4 };

struct bottleneck_params {
  int64_t tokens, layers, heads, factor;
};

/* All layers are planned, also those of modalities that a client never has: the model is one. */
struct fray_fusion {
  size_t modalities, width, tokens, layers;
  size_t start; /* offset of the bottleneck before the first layer (tokens, width) */
  struct fray_norm norm;
  struct fray_block layer[]; /* (modalities, layers) */
};

/* One layer of one modality. A sequence is the bottleneck and a row's tokens behind it. */
struct level {
  struct fray_sequences sequences;
  const int32_t *of; /* (batch) the sequence of each sample, -1: none */
  float *x;          /* (rows, width) */
  float *y;          /* the same; of the last layer (sequences x tokens, width) */
  struct fray_block_tape *tape;
};

struct tape {
  size_t batch;
  const struct fray_fusion_input *in; /* (modalities) */
  size_t *there;                      /* (batch) modalities of each sample */
  float *hat, *scale;                 /* of the last norm */
  struct level of[];                  /* (modalities, layers) */
};

static enum fray_status plan_blocks(struct fray_fusion *f, const struct bottleneck_params *p,
                                    const struct fray_model_part *part, struct fray_err *err) {
  for (size_t m = 0; m < f->modalities; m++) {
    char prefix[FRAY_PARAM_NAME];
    snprintf(prefix, sizeof prefix, "%s.modality%zu", part->scope.prefix, m + 1);
    /* Only sequences of its modality go through it, so it lies in that block, and rests with it. */
    const struct fray_param_scope scope = {part->scope.table, prefix, (int)m};
    for (size_t l = 0; l < f->layers; l++) {
      char name[32];
      struct fray_block *b = &f->layer[m * f->layers + l];
      snprintf(name, sizeof name, "layer%zu", l + 1);
      *b = (struct fray_block){
          .width = f->width, .heads = (size_t)p->heads, .inner = (size_t)p->factor * f->width};
      FRAY_TRY(fray_block_plan(&scope, name, part->dropout, b, err));
    }
  }
  return FRAY_OK;
}

static enum fray_status plan(const void *params, size_t n_modalities,
                             const struct fray_model_part *part, size_t *out_width,
                             struct fray_fusion **out, struct fray_err *err) {
  const struct bottleneck_params *p = params;
  const size_t layers = (size_t)p->layers;
  const size_t size =
      sizeof(struct fray_fusion) + n_modalities * layers * sizeof(struct fray_block);
  struct fray_fusion *f = fray_arena_alloc(part->scope.table->arena, 1, size);
  FRAY_CHECK(f, err, MEMORY, "out of memory (%zu bytes)", size);
  f->modalities = n_modalities;
  f->width = part->width;
  f->tokens = (size_t)p->tokens;
  f->layers = layers;
  f->norm = (struct fray_norm){.width = f->width};
  /* Of about the size of a linear layer's values; a norm follows in any case. */
  FRAY_TRY(fray_param_add(&part->scope, "tokens", (size_t[4]){f->tokens, f->width, 1, 1}, 0.5,
                          &f->start, err));
  FRAY_TRY(plan_blocks(f, p, part, err));
  FRAY_TRY(fray_norm_plan(&part->scope, "norm", &f->norm, err));
  *out_width = f->tokens * f->width;
  *out = f;
  return FRAY_OK;
}

/* Rows that the last layer is asked for: its modalities' tokens have no further use. */
static size_t lead_of(const struct fray_fusion *f, size_t l) {
  return l + 1 == f->layers ? f->tokens : 0;
}

/* Where the bottleneck of a sequence begins in what its layer gives. */
static size_t bottleneck_at(const struct fray_fusion *f, const struct level *level, size_t l,
                            size_t sequence) {
  return lead_of(f, l) ? sequence * f->tokens : level->sequences.first[sequence];
}

/* Tokens of a row. None is possible: the sequence is then the bottleneck alone. */
static size_t size_of(const struct fray_tokens *tokens, size_t row) {
  return tokens->first[row + 1] - tokens->first[row];
}

/* Through one layer's block: x is filled; y is made. */
static enum fray_status run(const struct fray_fusion *f, size_t m, size_t l,
                            const struct fray_pass *pass, bool keep, struct level *level,
                            struct fray_err *err) {
  const size_t n = level->sequences.n, lead = lead_of(f, l);
  FRAY_ALLOC(level->y, pass->arena, (lead ? n * lead : level->sequences.first[n]) * f->width, err);
  return fray_block_forward(&f->layer[m * f->layers + l], pass, &level->sequences, level->x, lead,
                            level->y, keep ? &level->tape : NULL, err);
}

/* The first layer: a sequence for every row of the tokens, whoever reads it. */
static enum fray_status first_level(const struct fray_fusion *f, size_t m,
                                    const struct fray_tokens *tokens, const struct fray_pass *pass,
                                    bool keep, struct level *level, struct fray_err *err) {
  const size_t n = tokens->n, width = f->width, bottleneck = f->tokens * width;
  size_t *first;
  FRAY_ALLOC(first, pass->arena, n + 1, err);
  FRAY_ALLOC(level->x, pass->arena, (n * f->tokens + tokens->first[n]) * width, err);
  first[0] = 0;
  for (size_t r = 0; r < n; r++) {
    float *x = level->x + first[r] * width;
    memcpy(x, pass->w + f->start, bottleneck * sizeof *x);
    memcpy(x + bottleneck, tokens->x + tokens->first[r] * width,
           size_of(tokens, r) * width * sizeof *x);
    first[r + 1] = first[r] + f->tokens + size_of(tokens, r);
  }
  level->sequences = (struct fray_sequences){n, first};
  return run(f, m, 0, pass, keep, level, err);
}

/* The first layer of a modality, computed once for all patterns of absence. */
static enum fray_status prepare(const struct fray_fusion *f, size_t modality,
                                const struct fray_tokens *tokens, const struct fray_pass *pass,
                                void **prepared, struct fray_err *err) {
  struct level *level;
  FRAY_ALLOC_ZERO(level, pass->arena, 1, err);
  FRAY_TRY(first_level(f, modality, tokens, pass, false, level, err));
  *prepared = level;
  return FRAY_OK;
}

/* The samples that have a modality, in the order of their rows; of: each one's place among them. */
static enum fray_status order_samples(const struct fray_fusion_input *in, size_t batch,
                                      struct fray_arena *arena, size_t **samples, int32_t **of,
                                      size_t *n, struct fray_err *err) {
  size_t *count;
  FRAY_ALLOC_ZERO(count, arena, in->tokens->n + 1, err);
  FRAY_ALLOC(*samples, arena, batch, err);
  FRAY_ALLOC(*of, arena, batch, err);
  for (size_t i = 0; i < batch; i++)
    if (in->row[i] >= 0)
      count[in->row[i] + 1]++;
  for (size_t r = 0; r < in->tokens->n; r++)
    count[r + 1] += count[r];
  *n = count[in->tokens->n];
  for (size_t i = 0; i < batch; i++) {
    (*of)[i] = in->row[i] < 0 ? -1 : (int32_t)count[in->row[i]]++;
    if (in->row[i] >= 0)
      (*samples)[(*of)[i]] = i;
  }
  return FRAY_OK;
}

/* A later layer: the bottleneck of each sample, z (batch, tokens, width), and its tokens as the
 * layer before left them. */
static enum fray_status next_level(const struct fray_fusion *f, size_t m, size_t l,
                                   const struct tape *t, const float *z,
                                   const struct fray_pass *pass, bool keep, struct level *level,
                                   struct fray_err *err) {
  const struct fray_fusion_input *in = &t->in[m];
  const struct level *before = level - 1;
  const size_t width = f->width, bottleneck = f->tokens * width;
  size_t *samples = NULL, *first, n = 0;
  int32_t *of = NULL;
  FRAY_TRY(order_samples(in, t->batch, pass->arena, &samples, &of, &n, err));
  level->of = of;
  if (n == 0)
    return FRAY_OK;
  FRAY_ALLOC(first, pass->arena, n + 1, err);
  first[0] = 0;
  for (size_t s = 0; s < n; s++)
    first[s + 1] = first[s] + f->tokens + size_of(in->tokens, (size_t)in->row[samples[s]]);
  FRAY_ALLOC(level->x, pass->arena, first[n] * width, err);
  for (size_t s = 0; s < n; s++) {
    const size_t i = samples[s], own = (size_t)before->of[i];
    float *x = level->x + first[s] * width;
    memcpy(x, z + i * bottleneck, bottleneck * sizeof *x);
    memcpy(x + bottleneck, before->y + (before->sequences.first[own] + f->tokens) * width,
           (first[s + 1] - first[s] - f->tokens) * width * sizeof *x);
  }
  level->sequences = (struct fray_sequences){n, first};
  return run(f, m, l, pass, keep, level, err);
}

/* Also false for all samples of a modality that nobody in the batch has. */
static bool has(const struct fray_fusion_input *in, size_t i) {
  return in->tokens && in->row[i] >= 0;
}

/* z (batch, tokens, width): of each sample the mean of what its modalities made of the bottleneck;
 * zeros where it has none. */
static void mean_bottleneck(const struct fray_fusion *f, const struct tape *t, size_t l, float *z) {
  const size_t size = f->tokens * f->width;
  memset(z, 0, t->batch * size * sizeof *z);
  for (size_t i = 0; i < t->batch; i++)
    for (size_t m = 0; m < f->modalities; m++) {
      const struct level *level = &t->of[m * f->layers + l];
      if (has(&t->in[m], i))
        fray_vec_axpy(size, 1 / (float)t->there[i],
                      level->y + bottleneck_at(f, level, l, (size_t)level->of[i]) * f->width,
                      z + i * size);
    }
}

/* All layers, one after the other; z is the last one's. */
static enum fray_status run_layers(const struct fray_fusion *f, struct tape *t,
                                   const struct fray_pass *pass, bool keep, float *z,
                                   struct fray_err *err) {
  for (size_t l = 0; l < f->layers; l++) {
    for (size_t m = 0; m < f->modalities; m++) {
      const struct fray_fusion_input *in = &t->in[m];
      struct level *level = &t->of[m * f->layers + l];
      if (!in->tokens)
        continue;
      if (l > 0)
        FRAY_TRY(next_level(f, m, l, t, z, pass, keep, level, err));
      else {
        if (in->prepared && !keep) /* a backward pass would need the activations too */
          *level = *(const struct level *)in->prepared;
        else
          FRAY_TRY(first_level(f, m, in->tokens, pass, keep, level, err));
        level->of = in->row;
      }
    }
    mean_bottleneck(f, t, l, z);
  }
  return FRAY_OK;
}

/* The batch's inputs are copied: the caller's struct may be gone at the backward pass. */
static enum fray_status tape_new(const struct fray_fusion *f, const struct fray_fusion_batch *batch,
                                 struct fray_arena *arena, struct tape **out,
                                 struct fray_err *err) {
  const size_t levels = f->modalities * f->layers;
  struct tape *t = fray_arena_zero(arena, 1, sizeof *t + levels * sizeof t->of[0]);
  struct fray_fusion_input *in;
  FRAY_CHECK(t, err, MEMORY, "out of memory (%zu layers)", levels);
  FRAY_ALLOC(in, arena, f->modalities, err);
  FRAY_ALLOC_ZERO(t->there, arena, batch->n, err);
  t->batch = batch->n;
  t->in = in;
  for (size_t m = 0; m < f->modalities; m++) {
    in[m] = batch->of[m];
    for (size_t i = 0; i < batch->n; i++)
      t->there[i] += has(&in[m], i);
  }
  *out = t;
  return FRAY_OK;
}

/* fused holds z through all layers, and is normalised in its place. */
static enum fray_status forward(const struct fray_fusion *f, const struct fray_fusion_batch *batch,
                                const struct fray_pass *pass, float **fused, void **tape,
                                struct fray_err *err) {
  const size_t size = f->tokens * f->width, rows = batch->n * f->tokens;
  struct tape *t = NULL;
  FRAY_ALLOC(*fused, pass->arena, batch->n * size, err);
  FRAY_TRY(tape_new(f, batch, pass->arena, &t, err));
  FRAY_TRY(run_layers(f, t, pass, tape != NULL, *fused, err));
  if (tape) {
    FRAY_ALLOC(t->hat, pass->arena, rows * f->width, err);
    FRAY_ALLOC(t->scale, pass->arena, rows, err);
    *tape = t;
  }
  fray_norm_forward(&f->norm, pass, rows, *fused, t->hat, t->scale, *fused);
  for (size_t i = 0; i < batch->n; i++) /* of no modality: zeros, not the norm's bias */
    if (t->there[i] == 0)
      memset(*fused + i * size, 0, size * sizeof **fused);
  return FRAY_OK;
}

/* dz of the last layer from dfused. Samples without any modality are no function of anything. */
static enum fray_status norm_backward(const struct fray_fusion *f, const struct tape *t,
                                      const float *dfused, const struct fray_pass *pass, float *dz,
                                      struct fray_err *err) {
  const size_t size = f->tokens * f->width;
  float *d;
  FRAY_ALLOC(d, pass->arena, t->batch * size, err);
  memcpy(d, dfused, t->batch * size * sizeof *d);
  for (size_t i = 0; i < t->batch; i++)
    if (t->there[i] == 0)
      memset(d + i * size, 0, size * sizeof *d);
  memset(dz, 0, t->batch * size * sizeof *dz);
  fray_norm_backward(&f->norm, pass, t->batch * f->tokens, t->hat, t->scale, d, dz);
  return FRAY_OK;
}

/* From dx of a layer's sequences: the bottleneck's part to `before` (of each sample, or of the
 * parameter in the first layer), the tokens' part to where the layer before has them. */
static void hand_down(const struct fray_fusion *f, const struct tape *t, size_t m, size_t l,
                      const float *dx, const struct fray_pass *pass, float *dz, float *dtokens) {
  const struct level *level = &t->of[m * f->layers + l];
  const size_t width = f->width, size = f->tokens * width;
  const size_t *first = level->sequences.first;
  for (size_t r = 0; l == 0 && r < level->sequences.n; r++) {
    fray_vec_axpy(size, 1, dx + first[r] * width, pass->grad + f->start);
    memcpy(dtokens + t->in[m].tokens->first[r] * width, dx + first[r] * width + size,
           size_of(t->in[m].tokens, r) * width * sizeof *dx);
  }
  for (size_t i = 0; l > 0 && i < t->batch; i++) {
    if (!has(&t->in[m], i))
      continue;
    const size_t s = (size_t)level->of[i], before = (size_t)level[-1].of[i];
    fray_vec_axpy(size, 1, dx + first[s] * width, dz + i * size);
    memcpy(dtokens + (level[-1].sequences.first[before] + f->tokens) * width,
           dx + first[s] * width + size,
           (first[s + 1] - first[s] - f->tokens) * width * sizeof *dx);
  }
}

/* One layer of one modality. dy: as y, with the tokens' part filled by the layer above, or zeros;
 * dz: of the bottleneck that the layer's modalities have the mean of. below: dy of the layer
 * before, or the modality's dtokens; dz_below (batch, tokens, width). */
static enum fray_status level_backward(const struct fray_fusion *f, const struct tape *t, size_t m,
                                       size_t l, const float *dz, float *dy,
                                       const struct fray_pass *pass, float *dz_below, float *below,
                                       struct fray_err *err) {
  const struct level *level = &t->of[m * f->layers + l];
  const size_t size = f->tokens * f->width;
  float *dx;
  FRAY_ALLOC(dx, pass->arena, level->sequences.first[level->sequences.n] * f->width, err);
  for (size_t i = 0; i < t->batch; i++)
    if (has(&t->in[m], i))
      fray_vec_axpy(size, 1 / (float)t->there[i], dz + i * size,
                    dy + bottleneck_at(f, level, l, (size_t)level->of[i]) * f->width);
  FRAY_TRY(fray_block_backward(&f->layer[m * f->layers + l], pass, level->tape, dy, dx, err));
  hand_down(f, t, m, l, dx, pass, dz_below, below);
  return FRAY_OK;
}

/* Space of y's shape, zeros, for the gradient of what a layer gives. */
static enum fray_status gradient_of(const struct fray_fusion *f, const struct level *level,
                                    size_t l, struct fray_arena *arena, float **out,
                                    struct fray_err *err) {
  const size_t n = level->sequences.n, lead = lead_of(f, l);
  FRAY_ALLOC_ZERO(*out, arena, (lead ? n * lead : level->sequences.first[n]) * f->width, err);
  return FRAY_OK;
}

/* Layers in reverse; within a layer modalities do not meet but in dz, which each reads whole and
 * adds to below. A modality that nobody reads has rows in the first layer only, and hands zeros to
 * its tokens. */
static enum fray_status backward(const struct fray_fusion *f, void *tape, const float *dfused,
                                 const struct fray_pass *pass, float **dtokens,
                                 struct fray_err *err) {
  const struct tape *t = tape;
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  const size_t size = t->batch * f->tokens * f->width;
  float *dz, *dz_below, **dy;
  FRAY_ALLOC(dz, pass->arena, size, err);
  FRAY_ALLOC(dz_below, pass->arena, size, err);
  FRAY_ALLOC_ZERO(dy, pass->arena, f->modalities, err);
  FRAY_TRY(norm_backward(f, t, dfused, pass, dz, err));
  for (size_t l = f->layers; l-- > 0;) {
    memset(dz_below, 0, size * sizeof *dz_below);
    for (size_t m = 0; m < f->modalities; m++) {
      const struct level *level = &t->of[m * f->layers + l];
      float *below = dtokens[m];
      if (level->sequences.n == 0 || !t->in[m].tokens) /* nobody in the batch has it */
        continue;
      if (!dy[m])
        FRAY_TRY(gradient_of(f, level, l, pass->arena, &dy[m], err));
      if (l > 0)
        FRAY_TRY(gradient_of(f, level - 1, l - 1, pass->arena, &below, err));
      FRAY_TRY(level_backward(f, t, m, l, dz, dy[m], pass, dz_below, below, err));
      dy[m] = below;
    }
    float *const swap = dz;
    dz = dz_below, dz_below = swap;
  }
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* Of the modalities that a sample has, every layer; the last gives the bottleneck alone. */
static struct fray_flops flops(const struct fray_fusion *f, const size_t *tokens) {
  struct fray_flops sum = {0};
  for (size_t m = 0; m < f->modalities; m++)
    for (size_t l = 0; tokens[m] > 0 && l < f->layers; l++) {
      const size_t rows = f->tokens + tokens[m], lead = lead_of(f, l);
      fray_flops_add(&sum, fray_block_flops(&f->layer[m * f->layers + l], rows, lead ? lead : rows),
                     1);
    }
  return sum;
}

static const struct fray_fusion_ops ops = {.masks_absent = true,
                                           .plan = plan,
                                           .prepare = prepare,
                                           .forward = forward,
                                           .backward = backward,
                                           .flops = flops};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "tokens", struct bottleneck_params, tokens, .def = 4, .min = 1, .max = 64,
               .help = "Tokens through which the modalities hear of each other"),
    FRAY_FIELD(INT, "layers", struct bottleneck_params, layers, .def = 2, .min = 1,
               .max = MAX_LAYERS,
               .help = "Layers of attention; with 1 the modalities meet in the mean only"),
    FRAY_FIELD(INT, "heads", struct bottleneck_params, heads, .def = 4, .min = 1, .max = 64,
               .help = "Attention heads; they divide model.hidden"),
    FRAY_FIELD(INT, "factor", struct bottleneck_params, factor, .def = 4, .min = 1, .max = 16,
               .help = "Hidden units of each layer's network, in multiples of model.hidden"),
};
static FRAY_TABLE(table, "bottleneck", struct bottleneck_params, fields,
                  .help = "A few tokens that attend to those of every modality that is there");

const struct fray_choice fray_fusion_bottleneck = {
    .name = "bottleneck",
    .meaning = "a few tokens that attend to each modality's in turn, their mean over the "
               "modalities that are there, and again; side by side",
    .source = "Nagrani et al. 2021 (arXiv 2107.00135), after the encoders",
    .table = &table,
    .impl = &ops};
