/* The head: fused vector -> hidden layer - ReLU - dropout -> logits, as a whole or by modality. */
#include "model_parts.h"

#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- plan ---- */

/* The weights of a part. A modality's own rest with its encoder when it is not there. Weights of
 * the classes have no bias of their own: see struct model_head. */
static enum fray_status plan_part(const struct model_head *head, struct head_part *part,
                                  const struct fray_param_scope *scope, struct fray_err *err) {
  const size_t seen = head->units > 0 ? head->units : head->in;
  *part = (struct head_part){
      .hidden = {.in = head->in, .out = head->units},
      .classes = {.in = seen, .out = head->classes, .b = FRAY_NO_BIAS},
      .dropout = fray_dropout_plan(scope->prefix, "hidden", head->dropout),
  };
  if (head->units > 0)
    FRAY_TRY(fray_linear_plan(scope, "hidden", &part->hidden, err));
  return fray_param_add(scope, "classes.weight", (size_t[4]){head->classes, seen, 1, 1},
                        1 / sqrt((double)seen), &part->classes.w, err);
}

/* The bias is planned last, and once: in late fusion it belongs to no modality. Its bound is that
 * of the weights it stands beside. */
enum fray_status head_plan(struct model_head *head, const char *const *names,
                           struct fray_param_table *table, struct fray_err *err) {
  const struct fray_param_scope shared = {table, "head", FRAY_PARAM_SHARED};
  const size_t seen = head->units > 0 ? head->units : head->in;
  FRAY_ALLOC_ZERO(head->part, table->arena, head->n_parts, err);
  if (!head->each)
    FRAY_TRY(plan_part(head, &head->part[0], &shared, err));
  else
    for (size_t m = 0; m < head->n_parts; m++) {
      char prefix[FRAY_PARAM_NAME];
      snprintf(prefix, sizeof prefix, "%s.head", names[m]);
      const struct fray_param_scope own = {table, prefix, (int)m};
      FRAY_TRY(plan_part(head, &head->part[m], &own, err));
    }
  return fray_param_add(&shared, "classes.bias", (size_t[4]){head->classes, 1, 1, 1},
                        1 / sqrt((double)seen), &head->bias, err);
}

/* ---- forward ---- */

/* Rows of part k in the fused vectors, read where they are: the parts of a sample lie side by side.
 */
static struct fray_rows rows_of(const struct model_head *head, const struct head_run *run,
                                size_t k) {
  return (struct fray_rows){run->n, head->n_parts * head->in, run->fused + k * head->in};
}

/* share (n, modalities) of late fusion: the mean is over the modalities that a sample has, so one
 * with few of them is as sure of itself as one with all; without any all shares are 0. */
static enum fray_status find_shares(size_t modalities, const struct fray_fusion_batch *batch,
                                    struct fray_arena *arena, const float **out,
                                    struct fray_err *err) {
  const struct fray_fusion_input *in = batch->of;
  float *share;
  FRAY_ALLOC(share, arena, batch->n * modalities, err);
  for (size_t i = 0; i < batch->n; i++) {
    size_t there = 0;
    for (size_t m = 0; m < modalities; m++)
      there += in[m].tokens && in[m].row[i] >= 0;
    for (size_t m = 0; m < modalities; m++)
      share[i * modalities + m] = in[m].tokens && in[m].row[i] >= 0 ? 1.0f / (float)there : 0.0f;
  }
  *out = share;
  return FRAY_OK;
}

/* x (n, width): row i *= share of part k in sample i. Without shares there is one part, which
 * counts. */
static void scale_rows(const struct model_head *head, const struct head_run *run, size_t k,
                       size_t width, float *x) {
  if (!run->share)
    return;
  for (size_t i = 0; i < run->n; i++)
    fray_vec_scale(width, run->share[i * head->n_parts + k], x + i * width);
}

/* What the classes' weights see, where that is not the fused vector itself: the hidden units, or a
 * copy of the part that its share can scale. */
static enum fray_status forward_last(const struct model_head *head, const struct head_part *part,
                                     const struct fray_rows *x, const struct fray_pass *pass,
                                     struct head_tape *tape, struct fray_err *err) {
  const size_t size = x->n * part->classes.in;
  FRAY_ALLOC(tape->last, pass->arena, size, err);
  if (head->units == 0) {
    for (size_t i = 0; i < x->n; i++)
      memcpy(tape->last + i * head->in, x->x + i * x->ld, head->in * sizeof *x->x);
    return FRAY_OK;
  }
  fray_linear_forward(&part->hidden, pass, x, tape->last);
  fray_vec_relu(size, tape->last, tape->last);
  if (fray_dropout_drops(&part->dropout, pass))
    FRAY_ALLOC(tape->mask, pass->arena, size, err);
  fray_dropout_forward(&part->dropout, pass, size, tape->last, tape->mask);
  return FRAY_OK;
}

/* logits += share of part k times its logits: scaling what the weights see scales what they give.
 */
static enum fray_status forward_part(const struct model_head *head, size_t k,
                                     const struct fray_pass *pass, const struct head_run *run,
                                     float *logits, struct fray_err *err) {
  const struct head_part *part = &head->part[k];
  const struct fray_rows x = rows_of(head, run, k);
  const size_t in = part->classes.in;
  struct head_tape *tape = &run->part[k];
  if (head->units > 0 || run->share) {
    FRAY_TRY(forward_last(head, part, &x, pass, tape, err));
    scale_rows(head, run, k, in, tape->last);
  }
  fray_gemm(false, true, run->n, head->classes, in, 1, tape->last ? tape->last : x.x, in,
            pass->w + part->classes.w, in, 1, logits, head->classes);
  return FRAY_OK;
}

/* By the products that samples in place have: what is said of a sample must not hang on where it
 * lies. Its tape is that of a part whose weights see the fused vector itself. */
static enum fray_status forward_linear(const struct model_head *head, struct head_run *run,
                                       const struct fray_pass *pass, float *logits,
                                       struct fray_err *err) {
  const float **row;
  FRAY_ALLOC_ZERO(run->part, pass->arena, head->n_parts, err);
  FRAY_ALLOC(row, pass->arena, run->n, err);
  for (size_t i = 0; i < run->n; i++)
    row[i] = run->fused + i * head->in;
  head_dots(head, &(struct fray_apart){.n = run->n, .width = head->in, .row = row, .fetch = run->n},
            pass->w, logits);
  return FRAY_OK;
}

enum fray_status head_forward(const struct model_head *head, const struct fray_fusion_batch *batch,
                              struct head_run *run, const struct fray_pass *pass, float *logits,
                              struct fray_err *err) {
  run->n = batch->n;
  run->share = NULL;
  if (head->linear)
    return forward_linear(head, run, pass, logits, err);
  FRAY_ALLOC_ZERO(run->part, pass->arena, head->n_parts, err);
  if (head->each)
    FRAY_TRY(find_shares(head->n_parts, batch, pass->arena, &run->share, err));
  for (size_t i = 0; i < run->n; i++)
    memcpy(logits + i * head->classes, pass->w + head->bias, head->classes * sizeof *logits);
  for (size_t k = 0; k < head->n_parts; k++)
    FRAY_TRY(forward_part(head, k, pass, run, logits, err));
  return FRAY_OK;
}

/* ---- backward ---- */

/* dlast (n, units), used up -> dx (n, in), rows as far apart as those of x. */
static void backward_hidden(const struct head_part *part, const struct fray_rows *x,
                            const struct head_tape *tape, const struct fray_pass *pass,
                            float *dlast, float *dx) {
  const size_t size = x->n * part->hidden.out;
  fray_dropout_backward(size, tape->mask, dlast);
  /* A unit that dropout or absence cut is 0 in `last` too, and its gradient is 0 already. */
  for (size_t i = 0; i < size; i++)
    dlast[i] = tape->last[i] > 0 ? dlast[i] : 0;
  fray_linear_backward(&part->hidden, pass, x, dlast, dx, false);
}

static enum fray_status backward_part(const struct model_head *head, size_t k,
                                      const struct head_run *run, const float *dlogits,
                                      const struct fray_pass *pass, float *dfused,
                                      struct fray_err *err) {
  const struct head_part *part = &head->part[k];
  const struct head_tape *tape = &run->part[k];
  const struct fray_rows x = rows_of(head, run, k);
  const size_t in = part->classes.in;
  float *dx = dfused ? dfused + k * head->in : NULL;
  if (!tape->last) { /* the fused vector was seen itself */
    fray_linear_backward(&part->classes, pass, &x, dlogits, dx, false);
    return FRAY_OK;
  }
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  float *dlast;
  FRAY_ALLOC(dlast, pass->arena, run->n * in, err);
  fray_linear_backward(&part->classes, pass, &(struct fray_rows){run->n, in, tape->last}, dlogits,
                       dlast, false);
  scale_rows(head, run, k, in, dlast); /* forward scaled `last`; its gradient is scaled alike */
  /* A share of 0 (an absent modality) has cut the part's gradient already. */
  if (head->units > 0)
    backward_hidden(part, &x, tape, pass, dlast, dx);
  else
    for (size_t i = 0; dx && i < run->n; i++)
      memcpy(dx + i * x.ld, dlast + i * in, in * sizeof *dx);
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

enum fray_status head_backward(const struct model_head *head, const struct head_run *run,
                               const float *dlogits, const struct fray_pass *pass, float *dfused,
                               struct fray_err *err) {
  /* Added once to each sample's logits, whatever parts it has. */
  fray_column_sums(run->n, head->classes, dlogits, head->classes, 1, pass->grad + head->bias);
  for (size_t k = 0; k < head->n_parts; k++)
    FRAY_TRY(backward_part(head, k, run, dlogits, pass, dfused, err));
  return FRAY_OK;
}
