/* Gated fusion: of every modality the mean of its tokens, x_m, gives a value and a score,
 *   h_m = tanh(W_m x_m + b_m),   s_m = u_m . x_m + c_m,
 * and the fused vector is the sum of p_m h_m, p the softmax of s over the modalities that a sample
 * has. Arevalo et al. 2017 (arXiv 1702.01992) have one sigmoid gate for two modalities that sees
 * both, z h_1 + (1 - z) h_2. The softmax is its form for any number of them, here with one weight
 * per modality and sample in place of one per unit, and each score from its own modality alone, so
 * that absent ones change nothing. */
#include "fray/base/size.h"
#include "fray/nn/linear.h"
#include "fray/tensor/vec.h"
#include "means.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

extern const struct fray_choice fray_fusion_gated;

/* Of a modality, over its mean. */
struct gate {
  struct fray_linear value, score;
};

/* Values have the tokens' width, so fused vectors are as wide, whatever the number of modalities.
 */
struct fray_fusion {
  size_t modalities, width;
  struct gate gate[];
};

/* Of one modality, by row of its tokens: a row is computed once, whoever reads it. */
struct modality_tape {
  struct fray_fusion_input in;
  float *mean, *value; /* (n, width): x_m, h_m */
  float *score;        /* (n) */
};

struct tape {
  size_t batch;
  float *p; /* (batch, modalities), 0 where absent */
  struct modality_tape of[];
};

static enum fray_status plan(const void *params, size_t n_modalities,
                             const struct fray_model_part *part, size_t *out_width,
                             struct fray_fusion **out, struct fray_err *err) {
  (void)params; /* no keys */
  const size_t size = sizeof(struct fray_fusion) + n_modalities * sizeof(struct gate);
  struct fray_fusion *f = fray_arena_alloc(part->scope.table->arena, 1, size);
  FRAY_CHECK(f, err, MEMORY, "out of memory (%zu bytes)", size);
  f->modalities = n_modalities;
  f->width = part->width;
  for (size_t m = 0; m < n_modalities; m++) {
    struct gate *g = &f->gate[m];
    char prefix[FRAY_PARAM_NAME];
    snprintf(prefix, sizeof prefix, "%s.gate%zu", part->scope.prefix, m + 1);
    /* Only its modality's tokens reach a gate, so it lies in that block, and rests with it. */
    const struct fray_param_scope scope = {part->scope.table, prefix, (int)m};
    *g = (struct gate){.value = {.in = f->width, .out = f->width},
                       .score = {.in = f->width, .out = 1}};
    FRAY_TRY(fray_linear_plan(&scope, "value", &g->value, err));
    FRAY_TRY(fray_linear_plan(&scope, "score", &g->score, err));
  }
  *out_width = f->width;
  *out = f;
  return FRAY_OK;
}

/* Values and scores by row of the tokens, so that they do not depend on who is in the batch. */
static enum fray_status forward_modality(const struct gate *g, const struct fray_pass *pass,
                                         struct modality_tape *t, struct fray_err *err) {
  const struct fray_tokens *tokens = t->in.tokens;
  const size_t n = tokens->n, width = tokens->width;
  FRAY_ALLOC(t->mean, pass->arena, n * width, err);
  FRAY_ALLOC(t->value, pass->arena, n * width, err);
  FRAY_ALLOC(t->score, pass->arena, n, err);
  for (size_t r = 0; r < n; r++)
    mean_of_tokens(tokens, r, t->mean + r * width);
  const struct fray_rows means = {n, width, t->mean}; /* both layers read the same rows */
  fray_linear_forward(&g->value, pass, &means, t->value);
  fray_vec_tanh(n * width, t->value, t->value);
  fray_linear_forward(&g->score, pass, &means, t->score);
  return FRAY_OK;
}

/* Also false for all samples of a modality that nobody in the batch has. */
static bool has(const struct modality_tape *t, size_t i) {
  return t->in.tokens && t->in.row[i] >= 0;
}

/* p (modalities) of sample i: softmax over those that it has. There
 * are a handful at most, so plain expf does. */
static void weigh(const struct fray_fusion *f, const struct modality_tape *of, size_t i, float *p) {
  float top = -INFINITY, sum = 0; /* without any modality neither is read again */
  for (size_t m = 0; m < f->modalities; m++)
    if (has(&of[m], i))
      top = FRAY_MAX(top, of[m].score[of[m].in.row[i]]);
  for (size_t m = 0; m < f->modalities; m++) {
    p[m] = has(&of[m], i) ? expf(of[m].score[of[m].in.row[i]] - top) : 0;
    sum += p[m];
  }
  for (size_t m = 0; m < f->modalities; m++)
    p[m] = has(&of[m], i) ? p[m] / sum : 0;
}

/* out (width): the sum of p_m h_m over the modalities of sample i. */
static void join(const struct fray_fusion *f, const struct tape *t, size_t i, float *out) {
  const size_t width = f->width;
  for (size_t m = 0; m < f->modalities; m++) {
    if (!has(&t->of[m], i))
      continue;
    const float p = t->p[i * f->modalities + m];
    const float *value = t->of[m].value + (size_t)t->of[m].in.row[i] * width;
    for (size_t j = 0; j < width; j++)
      out[j] += p * value[j];
  }
}

static enum fray_status forward(const struct fray_fusion *f, const struct fray_fusion_batch *batch,
                                const struct fray_pass *pass, float **fused, void **tape,
                                struct fray_err *err) {
  const size_t size = sizeof(struct tape) + f->modalities * sizeof(struct modality_tape);
  struct tape *t = fray_arena_alloc(pass->arena, 1, size);
  FRAY_CHECK(t, err, MEMORY, "out of memory (%zu bytes)", size);
  t->batch = batch->n;
  FRAY_ALLOC(t->p, pass->arena, batch->n * f->modalities, err);
  FRAY_ALLOC_ZERO(*fused, pass->arena, batch->n * f->width, err);
  for (size_t m = 0; m < f->modalities; m++) {
    t->of[m] = (struct modality_tape){.in = batch->of[m]};
    if (t->of[m].in.tokens)
      FRAY_TRY(forward_modality(&f->gate[m], pass, &t->of[m], err));
  }
  for (size_t i = 0; i < batch->n; i++) {
    weigh(f, t->of, i, t->p + i * f->modalities);
    join(f, t, i, *fused + i * f->width);
  }
  if (tape)
    *tape = t;
  return FRAY_OK;
}

/* Of one modality, by row of its tokens: gradients of the values before the tanh (n, width) and of
 * the scores (n). */
struct slopes {
  float *value, *score;
};

/* Of sample i, at the rows of its modalities. With g_m = dfused . h_m the values get
 * dh_m = p_m dfused, and through the softmax the scores get ds_m = p_m (g_m - sum of p_k g_k); the
 * sum is known only after all g_m, hence two rounds. */
static void backward_sample(const struct fray_fusion *f, const struct tape *tape, size_t i,
                            const float *dfused, struct slopes *d) {
  const size_t width = f->width;
  const float *p = tape->p + i * f->modalities;
  float inner = 0;
  for (size_t m = 0; m < f->modalities; m++) {
    const struct modality_tape *t = &tape->of[m];
    if (!has(t, i))
      continue;
    const size_t row = (size_t)t->in.row[i];
    const float *h = t->value + row * width;
    float along = 0;
    for (size_t j = 0; j < width; j++) {
      along += dfused[j] * h[j];
      d[m].value[row * width + j] = p[m] * dfused[j] * (1.0f - h[j] * h[j]);
    }
    d[m].score[row] = along;
    inner += p[m] * along;
  }
  for (size_t m = 0; m < f->modalities; m++)
    if (has(&tape->of[m], i)) {
      float *ds = &d[m].score[tape->of[m].in.row[i]];
      *ds = p[m] * (*ds - inner);
    }
}

static enum fray_status backward_modality(const struct gate *g, const struct fray_pass *pass,
                                          const struct modality_tape *t, const struct slopes *d,
                                          float *dtokens, struct fray_err *err) {
  const struct fray_tokens *tokens = t->in.tokens;
  const struct fray_rows means = {tokens->n, tokens->width, t->mean};
  float *dmean;
  FRAY_ALLOC(dmean, pass->arena, tokens->n * tokens->width, err);
  fray_linear_backward(&g->value, pass, &means, d->value, dmean, false);
  fray_linear_backward(&g->score, pass, &means, d->score, dmean, true);
  for (size_t r = 0; r < tokens->n; r++)
    spread_mean(tokens, r, dmean + r * tokens->width, dtokens);
  return FRAY_OK;
}

static enum fray_status backward(const struct fray_fusion *f, void *tape, const float *dfused,
                                 const struct fray_pass *pass, float **dtokens,
                                 struct fray_err *err) {
  const struct tape *kept = tape;
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  struct slopes *d; /* (modalities) */
  FRAY_ALLOC_ZERO(d, pass->arena, f->modalities, err);
  for (size_t m = 0; m < f->modalities; m++) {
    if (!kept->of[m].in.tokens)
      continue;
    /* Rows that belong to no sample keep zeros, and spread zeros over their tokens. */
    const size_t n = kept->of[m].in.tokens->n;
    FRAY_ALLOC_ZERO(d[m].value, pass->arena, n * f->width, err);
    FRAY_ALLOC_ZERO(d[m].score, pass->arena, n, err);
  }
  for (size_t i = 0; i < kept->batch; i++)
    backward_sample(f, kept, i, dfused + i * f->width, d);
  for (size_t m = 0; m < f->modalities; m++)
    if (kept->of[m].in.tokens)
      FRAY_TRY(backward_modality(&f->gate[m], pass, &kept->of[m], &d[m], dtokens[m], err));
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* Of each modality's mean, however many tokens it is of. */
static struct fray_flops flops(const struct fray_fusion *f, const size_t *tokens) {
  struct fray_flops sum = {0};
  for (size_t m = 0; m < f->modalities; m++)
    if (tokens[m])
      fray_flops_add(&sum, fray_flops_product(1, f->width, f->width + 1, true), 1);
  return sum;
}

static const struct fray_fusion_ops ops = {
    .masks_absent = true, .plan = plan, .forward = forward, .backward = backward, .flops = flops};

const struct fray_choice fray_fusion_gated = {
    .name = "gated",
    .meaning = "tanh of the mean of each modality's tokens, weighted by a softmax over the "
               "modalities that are there",
    .source = "Gated multimodal unit (Arevalo et al. 2017), softmax form for any number of "
              "modalities",
    .impl = &ops};
