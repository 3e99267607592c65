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

struct gate {
  size_t w, b, u, c; /* offsets in the flat vector */
};

struct fray_fusion {
  size_t modalities, width;
  struct gate gate[];
};

/* Of one modality, by row of its tokens. */
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

static enum fray_status add(struct fray_param_table *table, const char *prefix, size_t m,
                            const char *name, size_t out, size_t columns, size_t in, size_t *offset,
                            struct fray_err *err) {
  char full[FRAY_PARAM_NAME];
  size_t index;
  snprintf(full, sizeof full, "gate%zu.%s", m + 1, name);
  FRAY_TRY(fray_param_add(table, prefix, full, (int)m, (size_t[4]){out, columns, 1, 1},
                          1 / sqrt((double)in), &index, err));
  *offset = table->v[index].offset;
  return FRAY_OK;
}

static enum fray_status plan(const void *params, size_t n_modalities, size_t width, double dropout,
                             const char *prefix, struct fray_param_table *table, size_t *out_width,
                             struct fray_fusion **out, struct fray_err *err) {
  (void)params, (void)dropout;
  const size_t size = sizeof(struct fray_fusion) + n_modalities * sizeof(struct gate);
  struct fray_fusion *f = fray_arena_alloc(table->arena, 1, size);
  FRAY_CHECK(f, err, MEMORY, "out of memory (%zu bytes)", size);
  f->modalities = n_modalities;
  f->width = width;
  for (size_t m = 0; m < n_modalities; m++) {
    struct gate *g = &f->gate[m];
    FRAY_TRY(add(table, prefix, m, "value.weight", width, width, width, &g->w, err));
    FRAY_TRY(add(table, prefix, m, "value.bias", width, 1, width, &g->b, err));
    FRAY_TRY(add(table, prefix, m, "score.weight", 1, width, width, &g->u, err));
    FRAY_TRY(add(table, prefix, m, "score.bias", 1, 1, width, &g->c, err));
  }
  *out_width = width;
  *out = f;
  return FRAY_OK;
}

/* Values and scores by row of the tokens, so that they do not depend on who is in the batch. */
static enum fray_status forward_modality(const struct fray_fusion *f, const struct gate *g,
                                         const float *w, struct modality_tape *t,
                                         struct fray_arena *arena, struct fray_err *err) {
  const struct fray_tokens *tokens = t->in.tokens;
  const size_t n = tokens->n, width = f->width;
  FRAY_ALLOC(t->mean, arena, n * width, err);
  FRAY_ALLOC(t->value, arena, n * width, err);
  FRAY_ALLOC(t->score, arena, n, err);
  for (size_t r = 0; r < n; r++)
    mean_of_rows(tokens->first[r + 1] - tokens->first[r], width,
                 tokens->x + tokens->first[r] * width, t->mean + r * width);
  fray_linear_forward(n, width, width, t->mean, width, w + g->w, w + g->b, t->value, width);
  fray_vec_tanh(n * width, t->value, t->value);
  fray_linear_forward(n, width, 1, t->mean, width, w + g->u, w + g->c, t->score, 1);
  return FRAY_OK;
}

static bool has(const struct modality_tape *t, size_t i) {
  return t->in.tokens && t->in.row[i] >= 0;
}

/* p (modalities) of sample i: softmax over those that it has. */
static void weigh(const struct fray_fusion *f, const struct modality_tape *of, size_t i, float *p) {
  float top = -INFINITY, sum = 0;
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

static enum fray_status forward(const struct fray_fusion *f, const float *w, size_t batch,
                                const struct fray_fusion_input *in, const struct fray_pass *pass,
                                float **fused, void **tape, struct fray_err *err) {
  const size_t width = f->width,
               size = sizeof(struct tape) + f->modalities * sizeof(struct modality_tape);
  struct tape *t = fray_arena_alloc(pass->arena, 1, size);
  FRAY_CHECK(t, err, MEMORY, "out of memory (%zu bytes)", size);
  t->batch = batch;
  FRAY_ALLOC(t->p, pass->arena, batch * f->modalities, err);
  FRAY_ALLOC_ZERO(*fused, pass->arena, batch * width, err);
  for (size_t m = 0; m < f->modalities; m++) {
    t->of[m] = (struct modality_tape){.in = in[m]};
    if (in[m].tokens)
      FRAY_TRY(forward_modality(f, &f->gate[m], w, &t->of[m], pass->arena, err));
  }
  for (size_t i = 0; i < batch; i++) {
    float *p = t->p + i * f->modalities;
    weigh(f, t->of, i, p);
    for (size_t m = 0; m < f->modalities; m++)
      for (size_t j = 0; has(&t->of[m], i) && j < width; j++)
        (*fused)[i * width + j] += p[m] * t->of[m].value[(size_t)in[m].row[i] * width + j];
  }
  if (tape)
    *tape = t;
  return FRAY_OK;
}

/* Of sample i: dvalue[m] and dscore[m] at its rows, dvalue before the tanh. With
 * g_m = dfused . h_m: ds_m = p_m (g_m - sum of p_k g_k). */
static void backward_sample(const struct fray_fusion *f, const struct tape *tape, size_t i,
                            const float *dfused, float **dvalue, float **dscore) {
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
      dvalue[m][row * width + j] = p[m] * dfused[j] * (1.0f - h[j] * h[j]);
    }
    dscore[m][row] = along;
    inner += p[m] * along;
  }
  for (size_t m = 0; m < f->modalities; m++)
    if (has(&tape->of[m], i)) {
      float *ds = &dscore[m][tape->of[m].in.row[i]];
      *ds = p[m] * (*ds - inner);
    }
}

static enum fray_status backward_modality(const struct fray_fusion *f, const struct gate *g,
                                          const float *w, const struct modality_tape *t,
                                          const float *dvalue, const float *dscore,
                                          struct fray_arena *arena, float *grad, float *dtokens,
                                          struct fray_err *err) {
  const struct fray_tokens *tokens = t->in.tokens;
  const size_t n = tokens->n, width = f->width;
  float *dmean;
  FRAY_ALLOC(dmean, arena, n * width, err);
  fray_linear_backward(n, width, width, t->mean, width, w + g->w, dvalue, width, grad + g->w,
                       grad + g->b, dmean, width, false);
  fray_linear_backward(n, width, 1, t->mean, width, w + g->u, dscore, 1, grad + g->u, grad + g->c,
                       dmean, width, true);
  for (size_t r = 0; r < n; r++)
    spread_mean(tokens->first[r + 1] - tokens->first[r], width, dmean + r * width,
                dtokens + tokens->first[r] * width);
  return FRAY_OK;
}

static enum fray_status backward(const struct fray_fusion *f, const float *w, void *tape,
                                 const float *dfused, const struct fray_pass *pass, float *grad,
                                 float **dtokens, struct fray_err *err) {
  const struct tape *kept = tape;
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  float **dvalue, **dscore;
  FRAY_ALLOC_ZERO(dvalue, pass->arena, f->modalities, err);
  FRAY_ALLOC_ZERO(dscore, pass->arena, f->modalities, err);
  for (size_t m = 0; m < f->modalities; m++) {
    if (!kept->of[m].in.tokens)
      continue;
    /* Rows that belong to no sample keep zeros. */
    const size_t n = kept->of[m].in.tokens->n;
    FRAY_ALLOC_ZERO(dvalue[m], pass->arena, n * f->width, err);
    FRAY_ALLOC_ZERO(dscore[m], pass->arena, n, err);
  }
  for (size_t i = 0; i < kept->batch; i++)
    backward_sample(f, kept, i, dfused + i * f->width, dvalue, dscore);
  for (size_t m = 0; m < f->modalities; m++)
    if (kept->of[m].in.tokens)
      FRAY_TRY(backward_modality(f, &f->gate[m], w, &kept->of[m], dvalue[m], dscore[m], pass->arena,
                                 grad, dtokens[m], err));
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

static const struct fray_fusion_ops ops = {
    .masks_absent = true, .plan = plan, .forward = forward, .backward = backward};

const struct fray_choice fray_fusion_gated = {
    .name = "gated",
    .meaning = "tanh of the mean of each modality's tokens, weighted by a softmax over the "
               "modalities that are there",
    .source = "Gated multimodal unit (Arevalo et al. 2017), softmax form for any number of "
              "modalities",
    .impl = &ops};
