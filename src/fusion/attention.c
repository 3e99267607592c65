/* Attention pooling: a learnt score per token and head, a softmax over all tokens of a sample,
 * and one weighted mean of its tokens per head. */
#include "fray/base/size.h"
#include "fray/fusion/fusion.h"
#include "fray/nn/linear.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

extern const struct fray_choice fray_fusion_attention;

enum {
  MAX_HEADS = 64,
  /* Rows of tokens per pass: rows x 512 units of activations stay in the second-level cache
   * between the product, the tanh and the next product. */
  CHUNK = 256
};

struct attention_params {
  int64_t heads, units;
};

struct fray_fusion {
  size_t modalities, width, heads, units;
  struct fray_linear hidden, score;
};

/* Per modality: hidden activations and probabilities of its tokens. Activations are made for
 * backward only; evaluation has them in scratch, a chunk at a time. */
struct modality_tape {
  struct fray_fusion_input in;
  float *hidden; /* (tokens, units) */
  float *p;      /* (tokens, heads) */
};

/* The batch itself is not kept: backward finds the samples' rows in each modality's `in`. */
struct tape {
  size_t batch;
  struct modality_tape of[];
};

/* Of all samples together. */
static size_t token_count(const struct fray_tokens *tokens) {
  return tokens->first[tokens->n];
}

static enum fray_status plan(const void *params, size_t n_modalities,
                             const struct fray_model_part *part, size_t *out_width,
                             struct fray_fusion **out, struct fray_err *err) {
  const struct attention_params *given = params; /* no dropout: the reference has none here */
  FRAY_CHECK(given->heads >= 1 && given->heads <= MAX_HEADS, err, INPUT,
             "heads: %lld is not in [1, %d]", (long long)given->heads, MAX_HEADS);
  const size_t heads = (size_t)given->heads, units = (size_t)given->units;
  struct fray_fusion *f;
  FRAY_ALLOC(f, part->scope.table->arena, 1, err);
  *f = (struct fray_fusion){.modalities = n_modalities,
                            .width = part->width,
                            .heads = heads,
                            .units = units,
                            .hidden = {.in = part->width, .out = units},
                            .score = {.in = units, .out = heads}};
  FRAY_TRY(fray_linear_plan(&part->scope, "att_fc1", &f->hidden, err));
  FRAY_TRY(fray_linear_plan(&part->scope, "att_fc2", &f->score, err));
  *out_width = heads * f->width;
  *out = f;
  return FRAY_OK;
}

/* Chunk by chunk through both layers, so that the activations, a hundred times as large as the
 * scores, never leave the cache when nobody keeps them: scores (tokens, heads) = W2 tanh(W1 x + b1)
 * + b2. hidden: (tokens, units) to keep the activations, or NULL. */
static enum fray_status score_tokens(const struct fray_fusion *f, const struct fray_tokens *tokens,
                                     const struct fray_pass *pass, float *hidden, float *scores,
                                     struct fray_err *err) {
  const size_t n = token_count(tokens);
  const float *w = pass->w + f->hidden.w, *b = pass->w + f->hidden.b;
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  struct fray_right w1;
  float *scratch = NULL;
  FRAY_TRY(fray_right_make(n, f->units, f->width, w, pass->arena, &w1, err));
  if (!hidden)
    FRAY_ALLOC(scratch, pass->arena, FRAY_MIN(n, (size_t)CHUNK) * f->units, err);
  for (size_t r = 0; r < n; r += CHUNK) {
    const size_t rows = FRAY_MIN(n - r, (size_t)CHUNK);
    float *a = hidden ? hidden + r * f->units : scratch;
    fray_right_times(&w1, rows, tokens->x + r * f->width, f->width, NULL, false, a, f->units);
    fray_vec_tanh_rows(rows, f->units, b, a);
    fray_linear_forward(&f->score, pass, &(struct fray_rows){rows, f->units, a},
                        scores + r * f->heads);
  }
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* Scores do not depend on which tokens are there: the softmax alone does. So a block that is
 * classified under many patterns of absence is scored once. */
static enum fray_status prepare(const struct fray_fusion *f, size_t modality,
                                const struct fray_tokens *tokens, const struct fray_pass *pass,
                                void **prepared, struct fray_err *err) {
  (void)modality; /* all share the weights */
  float *scores;
  FRAY_ALLOC(scores, pass->arena, token_count(tokens) * f->heads, err);
  FRAY_TRY(score_tokens(f, tokens, pass, NULL, scores, err));
  *prepared = scores;
  return FRAY_OK;
}

/* The tokens of sample i in one modality: rows *from .. return value - 1. None if it is absent, or
 * if nobody in the batch has it. */
static size_t tokens_of(const struct fray_fusion_input *in, size_t i, size_t *from) {
  *from = 0;
  if (!in->tokens || in->row[i] < 0)
    return 0;
  *from = in->tokens->first[in->row[i]];
  return in->tokens->first[in->row[i] + 1];
}

/* out (heads, width) += p^T x over the rows. Rows are added in their order, so that
 * a sample's vector does not depend on which others it is computed with. */
static FRAY_DISPATCH void pool(size_t rows, size_t heads, size_t width, const float *restrict p,
                               const float *restrict x, float *restrict out) {
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < heads; h++) {
      const float weight = p[r * heads + h];
      for (size_t j = 0; j < width; j++)
        out[h * width + j] += weight * x[r * width + j];
    }
}

/* p (rows, heads) = exp(s - top), and its column sums added to sum. top is the largest score of all
 * the sample's tokens, so no exp overflows and the sum is at least 1. */
static void exp_shifted(size_t rows, size_t heads, const float *s, const float *top, float *p,
                        float *sum) {
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < heads; h++)
      p[r * heads + h] = s[r * heads + h] - top[h];
  fray_vec_exp(rows * heads, p, p);
  for (size_t r = 0; r < rows; r++)
    for (size_t h = 0; h < heads; h++)
      sum[h] += p[r * heads + h];
}

/* Softmax over the tokens of sample i, and the weighted means, into fused (heads, width).
 * scores[m], p[m]: (tokens of m, heads). Three rounds over the modalities, since the softmax is
 * over the tokens of all of them: the largest score, the sum of exponentials, the weights. A sample
 * without any token leaves the zeros. */
static void fuse_sample(const struct fray_fusion *f, size_t i, const struct fray_fusion_input *in,
                        const float *const *scores, float *const *p, float *fused) {
  const size_t heads = f->heads;
  float top[MAX_HEADS], sum[MAX_HEADS] = {0};
  for (size_t h = 0; h < heads; h++)
    top[h] = -INFINITY;
  for (size_t m = 0; m < f->modalities; m++) {
    size_t from, to = tokens_of(&in[m], i, &from);
    for (size_t r = from; r < to; r++)
      for (size_t h = 0; h < heads; h++)
        top[h] = FRAY_MAX(top[h], scores[m][r * heads + h]);
  }
  for (size_t m = 0; m < f->modalities; m++) {
    size_t from, to = tokens_of(&in[m], i, &from);
    if (to > from)
      exp_shifted(to - from, heads, scores[m] + from * heads, top, p[m] + from * heads, sum);
  }
  for (size_t m = 0; m < f->modalities; m++) {
    size_t from, to = tokens_of(&in[m], i, &from);
    for (size_t r = from; r < to; r++)
      for (size_t h = 0; h < heads; h++)
        p[m][r * heads + h] /= sum[h];
    if (to > from)
      pool(to - from, heads, f->width, p[m] + from * heads, in[m].tokens->x + from * f->width,
           fused);
  }
}

/* Scores, activations (when kept for backward) and space for the probabilities of a modality.
 * Prepared scores are taken when no backward follows, which would need the activations too. */
static enum fray_status score_modality(const struct fray_fusion *f, const struct fray_pass *pass,
                                       bool keep, const float **scores, struct modality_tape *tape,
                                       struct fray_err *err) {
  const struct fray_fusion_input *in = &tape->in;
  if (!in->tokens)
    return FRAY_OK;
  const size_t n = token_count(in->tokens);
  FRAY_ALLOC(tape->p, pass->arena, n * f->heads, err);
  *scores = in->prepared;
  if (*scores && !keep)
    return FRAY_OK;
  if (keep)
    FRAY_ALLOC(tape->hidden, pass->arena, n * f->units, err);
  float *computed;
  FRAY_ALLOC(computed, pass->arena, n * f->heads, err);
  FRAY_TRY(score_tokens(f, in->tokens, pass, tape->hidden, computed, err));
  *scores = computed;
  return FRAY_OK;
}

static enum fray_status forward(const struct fray_fusion *f, const struct fray_fusion_batch *batch,
                                const struct fray_pass *pass, float **fused, void **tape,
                                struct fray_err *err) {
  struct fray_arena *arena = pass->arena;
  FRAY_ALLOC_ZERO(*fused, arena, batch->n * f->heads * f->width, err);
  struct tape *kept =
      fray_arena_alloc(arena, 1, sizeof(struct tape) + f->modalities * sizeof kept->of[0]);
  FRAY_CHECK(kept, err, MEMORY, "out of memory (%zu modalities)", f->modalities);
  kept->batch = batch->n;
  const float **scores;
  float **p;
  FRAY_ALLOC_ZERO(scores, arena, f->modalities, err);
  FRAY_ALLOC_ZERO(p, arena, f->modalities, err);
  for (size_t m = 0; m < f->modalities; m++) {
    kept->of[m] = (struct modality_tape){.in = batch->of[m]};
    FRAY_TRY(score_modality(f, pass, tape != NULL, &scores[m], &kept->of[m], err));
    p[m] = kept->of[m].p;
  }
  for (size_t i = 0; i < batch->n; i++)
    fuse_sample(f, i, batch->of, scores, p, *fused + i * f->heads * f->width);
  if (tape)
    *tape = kept;
  return FRAY_OK;
}

/* Through the weighted means and the softmax of sample i: dx of its tokens, and the gradient of
 * its scores: ds = p (dp - sum over tokens of p dp), dp = <dfused, x>. */
static void backward_sample(const struct fray_fusion *f, const struct tape *tape, size_t i,
                            const float *dfused, float **ds, float **dtokens) {
  const size_t heads = f->heads, width = f->width;
  float inner[MAX_HEADS] = {0};
  for (size_t m = 0; m < f->modalities; m++) {
    const struct modality_tape *t = &tape->of[m];
    size_t from, to = tokens_of(&t->in, i, &from);
    if (to == from)
      continue;
    fray_gemm(false, true, to - from, heads, width, 1, t->in.tokens->x + from * width, width,
              dfused, width, 0, ds[m] + from * heads, heads);
    fray_gemm(false, false, to - from, width, heads, 1, t->p + from * heads, heads, dfused, width,
              0, dtokens[m] + from * width, width);
    for (size_t r = from; r < to; r++)
      for (size_t h = 0; h < heads; h++)
        inner[h] += t->p[r * heads + h] * ds[m][r * heads + h];
  }
  /* `inner` is complete only now: its sum goes over the tokens of all modalities. */
  for (size_t m = 0; m < f->modalities; m++) {
    const struct modality_tape *t = &tape->of[m];
    size_t from, to = tokens_of(&t->in, i, &from);
    for (size_t r = from; r < to; r++)
      for (size_t h = 0; h < heads; h++)
        ds[m][r * heads + h] = t->p[r * heads + h] * (ds[m][r * heads + h] - inner[h]);
  }
}

/* d *= 1 - a^2, the derivative of tanh by its value: the argument need not be kept. */
static FRAY_DISPATCH void tanh_backward(size_t n, const float *restrict a, float *restrict d) {
  for (size_t i = 0; i < n; i++)
    d[i] *= 1.0f - a[i] * a[i];
}

/* Through both layers of the scores, in the chunks of forward; adds to dx (tokens, width), which
 * holds what the weighted means gave: a token reaches the loss by its value and by its weight. */
static enum fray_status backward_scores(const struct fray_fusion *f,
                                        const struct modality_tape *tape, const float *ds,
                                        const struct fray_pass *pass, float *dx,
                                        struct fray_err *err) {
  const size_t n = token_count(tape->in.tokens);
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  float *da;
  FRAY_ALLOC(da, pass->arena, FRAY_MIN(n, (size_t)CHUNK) * f->units, err);
  for (size_t r = 0; r < n; r += CHUNK) {
    const size_t rows = FRAY_MIN(n - r, (size_t)CHUNK);
    const struct fray_rows a = {rows, f->units, tape->hidden + r * f->units};
    const struct fray_rows x = {rows, f->width, tape->in.tokens->x + r * f->width};
    fray_linear_backward(&f->score, pass, &a, ds + r * f->heads, da, false);
    tanh_backward(rows * f->units, a.x, da);
    fray_linear_backward(&f->hidden, pass, &x, da, dx + r * f->width, true);
  }
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

static enum fray_status backward(const struct fray_fusion *f, void *tape, const float *dfused,
                                 const struct fray_pass *pass, float **dtokens,
                                 struct fray_err *err) {
  const struct tape *kept = tape;
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  float **ds;
  FRAY_ALLOC_ZERO(ds, pass->arena, f->modalities, err);
  for (size_t m = 0; m < f->modalities; m++) {
    if (!kept->of[m].in.tokens)
      continue;
    /* Tokens of masked samples keep zeros: nobody reads them, so nothing below sets theirs. */
    const size_t n = token_count(kept->of[m].in.tokens);
    FRAY_ALLOC_ZERO(ds[m], pass->arena, n * f->heads, err);
    memset(dtokens[m], 0, n * f->width * sizeof *dtokens[m]);
  }
  for (size_t i = 0; i < kept->batch; i++)
    backward_sample(f, kept, i, dfused + i * f->heads * f->width, ds, dtokens);
  for (size_t m = 0; m < f->modalities; m++)
    if (kept->of[m].in.tokens)
      FRAY_TRY(backward_scores(f, &kept->of[m], ds[m], pass, dtokens[m], err));
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* The network of the scores, and the weighted means, which are a product too: of the heads' weights
 * with the tokens. */
static struct fray_flops flops(const struct fray_fusion *f, const size_t *tokens) {
  size_t n = 0;
  for (size_t m = 0; m < f->modalities; m++)
    n += tokens[m];
  struct fray_flops sum = fray_flops_product(n, f->width, f->units, true);
  fray_flops_add(&sum, fray_flops_product(n, f->units, f->heads, true), 1);
  fray_flops_add(&sum, fray_flops_product(n, f->heads, f->width, true), 1);
  return sum;
}

static const struct fray_fusion_ops ops = {.masks_absent = true,
                                           .plan = plan,
                                           .prepare = prepare,
                                           .forward = forward,
                                           .backward = backward,
                                           .flops = flops};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "heads", struct attention_params, heads, .def = 6, .min = 1, .max = MAX_HEADS,
               .help = "Attention heads: weighted means of the tokens"),
    FRAY_FIELD(INT, "units", struct attention_params, units, .def = 512, .min = 1, .max = 65536,
               .help = "Hidden units of the network that scores a token"),
};
static FRAY_TABLE(table, "attention", struct attention_params, fields,
                  .help = "Attention pooling over the tokens of all modalities");

const struct fray_choice fray_fusion_attention = {
    .name = "attention",
    .meaning = "softmax over the tokens of all modalities that are there, one mean per head",
    .source = "Structured self-attention (Lin et al. 2017) as fuse_base of FedMultimodal "
              "(Feng et al. 2023)",
    .table = &table,
    .impl = &ops};
