/* The head: fused vector -> hidden layer - ReLU - dropout -> logits, as a whole or by modality. */
#include "model_parts.h"

#include "fray/nn/linear.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- plan ---- */

static enum fray_status add(struct fray_param_table *table, const char *prefix, int modality,
                            const char *name, size_t out, size_t columns, size_t in, size_t *offset,
                            struct fray_err *err) {
  size_t index;
  FRAY_TRY(fray_param_add(table, prefix, name, modality, (size_t[4]){out, columns, 1, 1},
                          1 / sqrt((double)in), &index, err));
  *offset = table->v[index].offset;
  return FRAY_OK;
}

/* The weights of a part. A modality's own rest with its encoder when it is not there. */
static enum fray_status plan_part(const struct model_head *head, struct head_part *part,
                                  const char *prefix, int modality, struct fray_param_table *table,
                                  struct fray_err *err) {
  char layer[2 * FRAY_PARAM_NAME];
  size_t in = head->in;
  if (head->units > 0) {
    FRAY_TRY(add(table, prefix, modality, "hidden.weight", head->units, in, in, &part->w1, err));
    FRAY_TRY(add(table, prefix, modality, "hidden.bias", head->units, 1, in, &part->b1, err));
    in = head->units;
  }
  snprintf(layer, sizeof layer, "dropout/%s.hidden", prefix);
  part->dropout_layer = fray_rng_purpose(layer);
  return add(table, prefix, modality, "classes.weight", head->classes, in, in, &part->w2, err);
}

enum fray_status head_plan(struct model_head *head, const char *const *names,
                           struct fray_param_table *table, struct fray_err *err) {
  FRAY_ALLOC_ZERO(head->part, table->arena, head->n_parts, err);
  for (size_t m = 0; head->each && m < head->n_parts; m++) {
    char prefix[FRAY_PARAM_NAME];
    snprintf(prefix, sizeof prefix, "%s.head", names[m]);
    FRAY_TRY(plan_part(head, &head->part[m], prefix, (int)m, table, err));
  }
  if (!head->each)
    FRAY_TRY(plan_part(head, &head->part[0], "head", FRAY_PARAM_SHARED, table, err));
  return add(table, "head", FRAY_PARAM_SHARED, "classes.bias", head->classes, 1,
             head->units > 0 ? head->units : head->in, &head->b2, err);
}

/* ---- forward ---- */

/* share (n, modalities) of late fusion. */
static enum fray_status find_shares(size_t n, size_t modalities, const struct fray_fusion_input *in,
                                    struct fray_arena *arena, const float **out,
                                    struct fray_err *err) {
  float *share;
  FRAY_ALLOC(share, arena, n * modalities, err);
  for (size_t i = 0; i < n; i++) {
    size_t there = 0;
    for (size_t m = 0; m < modalities; m++)
      there += in[m].tokens && in[m].row[i] >= 0;
    for (size_t m = 0; m < modalities; m++)
      share[i * modalities + m] = in[m].tokens && in[m].row[i] >= 0 ? 1.0f / (float)there : 0.0f;
  }
  *out = share;
  return FRAY_OK;
}

/* x (n, width): row i *= share of part k in sample i. */
static void scale_rows(const struct model_head *head, const float *share, size_t k, size_t n,
                       size_t width, float *x) {
  for (size_t i = 0; share && i < n; i++)
    fray_vec_scale(width, share[i * head->n_parts + k], x + i * width);
}

/* x (n, in), rows ld apart -> last (n, units). */
static enum fray_status hidden_layer(const struct model_head *head, const struct head_part *part,
                                     const float *w, size_t n, const float *x, size_t ld,
                                     const struct fray_pass *pass, struct head_tape *tape,
                                     struct fray_err *err) {
  const size_t size = n * head->units;
  FRAY_ALLOC(tape->last, pass->arena, size, err);
  fray_linear_forward(n, head->in, head->units, x, ld, w + part->w1, w + part->b1, tape->last,
                      head->units);
  fray_vec_relu(size, tape->last, tape->last);
  if (!pass->train || head->dropout <= 0)
    return FRAY_OK;
  FRAY_ALLOC(tape->mask, pass->arena, size, err);
  fray_dropout_forward(size, head->dropout, pass->seed, part->dropout_layer, pass->who, pass->when,
                       pass->step, tape->last, tape->mask);
  return FRAY_OK;
}

/* logits += share of part k times its logits. */
static enum fray_status forward_part(const struct model_head *head, size_t k, const float *w,
                                     size_t n, const struct fray_pass *pass,
                                     const struct head_run *run, float *logits,
                                     struct fray_err *err) {
  const size_t ld = head->n_parts * head->in, in = head->units > 0 ? head->units : head->in;
  const float *x = run->fused + k * head->in;
  struct head_tape *tape = &run->part[k];
  if (head->units > 0) {
    FRAY_TRY(hidden_layer(head, &head->part[k], w, n, x, ld, pass, tape, err));
  } else if (run->share) {
    FRAY_ALLOC(tape->last, pass->arena, n * in, err);
    for (size_t i = 0; i < n; i++)
      memcpy(tape->last + i * in, x + i * ld, in * sizeof *x);
  }
  if (tape->last)
    scale_rows(head, run->share, k, n, in, tape->last);
  fray_gemm(false, true, n, head->classes, in, 1, tape->last ? tape->last : x, in,
            w + head->part[k].w2, in, 1, logits, head->classes);
  return FRAY_OK;
}

enum fray_status head_forward(const struct model_head *head, const float *w, size_t n,
                              const float *fused, const struct fray_fusion_input *in,
                              const struct fray_pass *pass, float *logits, struct head_run *run,
                              struct fray_err *err) {
  *run = (struct head_run){.fused = fused};
  FRAY_ALLOC_ZERO(run->part, pass->arena, head->n_parts, err);
  if (head->each)
    FRAY_TRY(find_shares(n, head->n_parts, in, pass->arena, &run->share, err));
  for (size_t i = 0; i < n; i++)
    memcpy(logits + i * head->classes, w + head->b2, head->classes * sizeof *logits);
  for (size_t k = 0; k < head->n_parts; k++)
    FRAY_TRY(forward_part(head, k, w, n, pass, run, logits, err));
  return FRAY_OK;
}

/* ---- backward ---- */

/* dx (n, in), rows ld apart, of a part with a hidden layer. */
static void backward_hidden(const struct model_head *head, const struct head_part *part,
                            const float *w, size_t n, const float *x, size_t ld,
                            const struct head_tape *tape, float *dhidden, float *grad, float *dx) {
  const size_t size = n * head->units;
  if (tape->mask)
    fray_dropout_backward(size, head->dropout, tape->mask, dhidden);
  /* A unit that dropout or absence cut is 0 in `last` too, and its gradient is 0 already. */
  for (size_t i = 0; i < size; i++)
    dhidden[i] = tape->last[i] > 0 ? dhidden[i] : 0;
  fray_linear_backward(n, head->in, head->units, x, ld, w + part->w1, dhidden, head->units,
                       grad + part->w1, grad + part->b1, dx, ld, false);
}

static enum fray_status backward_part(const struct model_head *head, size_t k, const float *w,
                                      size_t n, const struct head_run *run, const float *dlogits,
                                      const struct fray_pass *pass, float *grad, float *dfused,
                                      struct fray_err *err) {
  const size_t ld = head->n_parts * head->in, in = head->units > 0 ? head->units : head->in;
  const struct head_part *part = &head->part[k];
  const struct head_tape *tape = &run->part[k];
  const float *x = run->fused + k * head->in;
  float *dx = dfused + k * head->in;
  if (!tape->last) {
    fray_linear_backward(n, in, head->classes, x, in, w + part->w2, dlogits, head->classes,
                         grad + part->w2, NULL, dx, in, false);
    return FRAY_OK;
  }
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  float *dlast;
  FRAY_ALLOC(dlast, pass->arena, n * in, err);
  fray_linear_backward(n, in, head->classes, tape->last, in, w + part->w2, dlogits, head->classes,
                       grad + part->w2, NULL, dlast, in, false);
  scale_rows(head, run->share, k, n, in, dlast);
  if (head->units > 0)
    backward_hidden(head, part, w, n, x, ld, tape, dlast, grad, dx);
  for (size_t i = 0; head->units == 0 && i < n; i++)
    memcpy(dx + i * ld, dlast + i * in, in * sizeof *dx);
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

enum fray_status head_backward(const struct model_head *head, const float *w, size_t n,
                               const struct head_run *run, const float *dlogits,
                               const struct fray_pass *pass, float *grad, float *dfused,
                               struct fray_err *err) {
  fray_column_sums(n, head->classes, dlogits, head->classes, 1, grad + head->b2);
  for (size_t k = 0; k < head->n_parts; k++)
    FRAY_TRY(backward_part(head, k, w, n, run, dlogits, pass, grad, dfused, err));
  return FRAY_OK;
}
