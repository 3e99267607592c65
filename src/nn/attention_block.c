/* Self-attention and a network of two layers, both behind a norm and beside the row itself. */
#include "fray/nn/attention_block.h"

#include "fray/base/size.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/lanes.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GROUP = 256 }; /* rows at least that go through together where nothing is kept */

struct fray_block_tape {
  const struct fray_sequences *sequences;
  size_t lead;
  float *hat1, *scale1, *a1; /* (rows, width), (rows), (rows, width): the first norm */
  float *qkv;                /* (rows, 3 width) */
  float *p;                  /* of each sequence and head (rows asked for, rows): weights */
  float *mean;               /* (rows asked for, width): weighted means of values */
  float *mask1;              /* as mean; NULL without dropout */
  float *hat2, *scale2, *a2; /* as of the first norm, of the rows asked for */
  float *hidden;             /* (rows asked for, inner) after ReLU */
  float *mask2;              /* (rows asked for, width) */
};

/* Queries, keys and values are one product, and so one tensor: three times as many columns keep
 * the kernel busy where one part alone would be narrow.
 *
 * Adds a layer whose weights have another bound than fray_linear_plan's, and a bias of zeros. */
static enum fray_status plan_linear(const struct fray_param_scope *scope, const char *name,
                                    const char *part, double bound, struct fray_linear *linear,
                                    struct fray_err *err) {
  char full[2 * FRAY_PARAM_NAME];
  snprintf(full, sizeof full, "%s.%s.weight", name, part);
  FRAY_TRY(fray_param_add(scope, full, (size_t[4]){linear->out, linear->in, 1, 1}, bound,
                          &linear->w, err));
  snprintf(full, sizeof full, "%s.%s.bias", name, part);
  return fray_param_add(scope, full, (size_t[4]){linear->out, 1, 1, 1}, 0, &linear->b, err);
}

/* W_1 and W_2 begin as any linear layer, in PyTorch too. */
static enum fray_status plan_forward(const struct fray_param_scope *scope, const char *name,
                                     struct fray_block *b, struct fray_err *err) {
  char full[2 * FRAY_PARAM_NAME];
  b->up = (struct fray_linear){.in = b->width, .out = b->inner};
  b->down = (struct fray_linear){.in = b->inner, .out = b->width};
  snprintf(full, sizeof full, "%s.up", name);
  FRAY_TRY(fray_linear_plan(scope, full, &b->up, err));
  snprintf(full, sizeof full, "%s.down", name);
  return fray_linear_plan(scope, full, &b->down, err);
}

enum fray_status fray_block_plan(const struct fray_param_scope *scope, const char *name,
                                 double dropout, struct fray_block *b, struct fray_err *err) {
  char full[2 * FRAY_PARAM_NAME];
  const double width = (double)b->width;
  FRAY_CHECK(b->heads >= 1 && b->width % b->heads == 0, err, INPUT,
             "heads: %zu does not divide the width %zu", b->heads, b->width);
  b->norm1 = b->norm2 = (struct fray_norm){.width = b->width};
  b->qkv = (struct fray_linear){.in = b->width, .out = 3 * b->width};
  b->out = (struct fray_linear){.in = b->width, .out = b->width};
  snprintf(full, sizeof full, "%s.norm1", name);
  FRAY_TRY(fray_norm_plan(scope, full, &b->norm1, err));
  /* Glorot's bound over the three together, as PyTorch's MultiheadAttention has it. */
  FRAY_TRY(plan_linear(scope, name, "qkv", sqrt(6 / (4 * width)), &b->qkv, err));
  FRAY_TRY(plan_linear(scope, name, "out", 1 / sqrt(width), &b->out, err));
  snprintf(full, sizeof full, "%s.norm2", name);
  FRAY_TRY(fray_norm_plan(scope, full, &b->norm2, err));
  snprintf(full, sizeof full, "%s.attention", name);
  b->drop1 = fray_dropout_plan(scope->prefix, full, dropout);
  snprintf(full, sizeof full, "%s.forward", name);
  b->drop2 = fray_dropout_plan(scope->prefix, full, dropout);
  return plan_forward(scope, name, b, err);
}

/* Heads share the width, so their products are together as many as those of one as wide. */
struct fray_flops fray_block_flops(const struct fray_block *b, size_t rows, size_t asked) {
  struct fray_flops sum = fray_flops_product(rows, b->width, b->qkv.out, true);
  fray_flops_add(&sum, fray_flops_product(asked, b->width, rows, true), 2); /* scores, means */
  fray_flops_add(&sum, fray_flops_product(asked, b->width, b->width, true), 1);
  fray_flops_add(&sum, fray_flops_product(asked, b->width, b->inner, true), 2); /* up, down */
  return sum;
}

/* Rows of sequence i, those of it that are asked for, and where these begin in the output. */
struct place {
  size_t from, rows, asked, out;
};

static struct place place_of(const struct fray_sequences *s, size_t lead, size_t i) {
  const size_t from = s->first[i] - s->first[0], rows = s->first[i + 1] - s->first[i];
  return (struct place){from, rows, lead ? lead : rows, lead ? i * lead : from};
}

/* first[0] is not 0 where sequences are a group of more: offsets count from it. */
static size_t rows_of(const struct fray_sequences *s) {
  return s->first[s->n] - s->first[0];
}

static size_t rows_asked(const struct fray_sequences *s, size_t lead) {
  return lead ? s->n * lead : rows_of(s);
}

/* x (m, n) -= the largest of each row: no exp overflows, and a row's sum is at least 1. */
static FRAY_DISPATCH void shift_rows(size_t m, size_t n, float *x) {
  for (size_t r = 0; r < m; r++, x += n) {
    const float top = fray_lanes_max(n, x);
    for (size_t j = 0; j < n; j++)
      x[j] -= top;
  }
}

/* A product with the inverse: one division a row; the sum is at least 1 (see above). */
static FRAY_DISPATCH void divide_rows(size_t m, size_t n, float *x) {
  for (size_t r = 0; r < m; r++, x += n) {
    const float by = 1 / fray_lanes_sum(n, x);
    for (size_t j = 0; j < n; j++)
      x[j] *= by;
  }
}

/* Weights and means of one sequence, head by head: parts of wide rows, so nothing is copied.
 * Sequences differ in length, and none is made longer to fit others: the products are many small
 * ones, which OpenBLAS runs without packing on the kernels that have such. The scale goes into the
 * product and costs nothing.
 * p: (heads, asked, rows). */
static void attend(const struct fray_block *b, const struct place *at, const float *qkv, float *p,
                   float *mean) {
  const size_t width = b->width, part = width / b->heads, ld = 3 * width;
  const float scale = 1 / sqrtf((float)part);
  const float *rows = qkv + at->from * ld;
  for (size_t h = 0; h < b->heads; h++, p += at->asked * at->rows) {
    const float *q = rows + h * part, *k = q + width, *v = k + width;
    fray_gemm(false, true, at->asked, at->rows, part, scale, q, ld, k, ld, 0, p, at->rows);
    shift_rows(at->asked, at->rows, p);
    fray_vec_exp(at->asked * at->rows, p, p);
    divide_rows(at->asked, at->rows, p);
    fray_gemm(false, false, at->asked, part, at->rows, 1, p, at->rows, v, ld, 0,
              mean + at->out * width + h * part, width);
  }
}

/* Space for the weights: of all sequences where they are kept, else of the longest. */
static size_t weights_size(const struct fray_block *b, const struct fray_sequences *s, size_t lead,
                           bool all) {
  size_t size = 0;
  for (size_t i = 0; i < s->n; i++) {
    const struct place at = place_of(s, lead, i);
    const size_t own = b->heads * at.asked * at.rows;
    size = all ? size + own : FRAY_MAX(size, own);
  }
  return size;
}

/* The first part: y of the rows asked for, x + D(W_o A(norm_1(x)) + b_o). */
static enum fray_status first_part(const struct fray_block *b, const struct fray_pass *pass,
                                   const struct fray_sequences *s, const float *x, float *y,
                                   bool keep, struct fray_block_tape *t, struct fray_err *err) {
  const size_t rows = rows_of(s), asked = rows_asked(s, t->lead), width = b->width;
  struct fray_arena *arena = pass->arena;
  if (keep) {
    FRAY_ALLOC(t->hat1, arena, rows * width, err);
    FRAY_ALLOC(t->scale1, arena, rows, err);
  }
  FRAY_ALLOC(t->a1, arena, rows * width, err);
  FRAY_ALLOC(t->qkv, arena, rows * 3 * width, err);
  FRAY_ALLOC(t->mean, arena, asked * width, err);
  FRAY_ALLOC(t->p, arena, weights_size(b, s, t->lead, keep), err);
  fray_norm_forward(&b->norm1, pass, rows, x, t->hat1, t->scale1, t->a1);
  fray_linear_forward(&b->qkv, pass, &(struct fray_rows){rows, width, t->a1}, t->qkv);
  float *p = t->p;
  for (size_t i = 0; i < s->n; i++) {
    const struct place at = place_of(s, t->lead, i);
    attend(b, &at, t->qkv, p, t->mean);
    p += keep ? b->heads * at.asked * at.rows : 0;
  }
  fray_linear_forward(&b->out, pass, &(struct fray_rows){asked, width, t->mean}, y);
  if (fray_dropout_drops(&b->drop1, pass))
    FRAY_ALLOC(t->mask1, arena, asked * width, err);
  fray_dropout_forward(&b->drop1, pass, asked * width, y, t->mask1);
  for (size_t i = 0; i < s->n; i++) {
    const struct place at = place_of(s, t->lead, i);
    fray_vec_axpy(at.asked * width, 1, x + at.from * width, y + at.out * width);
  }
  return FRAY_OK;
}

/* The second part, in place: y += D(W_2 relu(W_1 norm_2(y) + b_1) + b_2). */
static enum fray_status second_part(const struct fray_block *b, const struct fray_pass *pass,
                                    size_t rows, float *y, bool keep, struct fray_block_tape *t,
                                    struct fray_err *err) {
  const size_t width = b->width;
  struct fray_arena *arena = pass->arena;
  float *change;
  if (keep) {
    FRAY_ALLOC(t->hat2, arena, rows * width, err);
    FRAY_ALLOC(t->scale2, arena, rows, err);
  }
  FRAY_ALLOC(t->a2, arena, rows * width, err);
  FRAY_ALLOC(t->hidden, arena, rows * b->inner, err);
  FRAY_ALLOC(change, arena, rows * width, err);
  fray_norm_forward(&b->norm2, pass, rows, y, t->hat2, t->scale2, t->a2);
  fray_linear_forward(&b->up, pass, &(struct fray_rows){rows, width, t->a2}, t->hidden);
  fray_vec_relu(rows * b->inner, t->hidden, t->hidden);
  fray_linear_forward(&b->down, pass, &(struct fray_rows){rows, b->inner, t->hidden}, change);
  if (fray_dropout_drops(&b->drop2, pass))
    FRAY_ALLOC(t->mask2, arena, rows * width, err);
  fray_dropout_forward(&b->drop2, pass, rows * width, change, t->mask2);
  fray_vec_axpy(rows * width, 1, change, y);
  return FRAY_OK;
}

/* t->p is that of the longest sequence where nothing is kept: it never leaves the cache then. */
static enum fray_status both_parts(const struct fray_block *b, const struct fray_pass *pass,
                                   const struct fray_sequences *s, const float *x, float *y,
                                   bool keep, struct fray_block_tape *t, struct fray_err *err) {
  FRAY_TRY(first_part(b, pass, s, x, y, keep, t, err));
  return second_part(b, pass, rows_asked(s, t->lead), y, keep, t, err);
}

/* Where nothing is kept, sequences go through in groups, whose activations stay in the cache and
 * whose memory is used again. A sequence's group depends on lengths alone. */
enum fray_status fray_block_forward(const struct fray_block *b, const struct fray_pass *pass,
                                    const struct fray_sequences *s, const float *x, size_t lead,
                                    float *y, struct fray_block_tape **tape, struct fray_err *err) {
  if (tape) {
    FRAY_ALLOC_ZERO(*tape, pass->arena, 1, err);
    **tape = (struct fray_block_tape){.sequences = s, .lead = lead};
    return both_parts(b, pass, s, x, y, true, *tape, err);
  }
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  for (size_t i = 0, to; i < s->n; i = to) {
    for (to = i + 1; to < s->n && s->first[to] - s->first[i] < GROUP;)
      to++;
    const struct place at = place_of(s, lead, i);
    struct fray_block_tape scratch = {.lead = lead};
    FRAY_TRY(both_parts(b, pass, &(struct fray_sequences){to - i, s->first + i},
                        x + at.from * b->width, y + at.out * b->width, false, &scratch, err));
    fray_arena_rewind(pass->arena, mark);
  }
  return FRAY_OK;
}

/* d = p (d - the sum over the row of p d), the gradient of scores from that of their softmax. */
static FRAY_DISPATCH void through_softmax(size_t m, size_t n, const float *restrict p,
                                          float *restrict d) {
  for (size_t r = 0; r < m; r++, p += n, d += n) {
    const float sum = fray_lanes_dot(n, p, d);
    for (size_t j = 0; j < n; j++)
      d[j] = p[j] * (d[j] - sum);
  }
}

/* Of one sequence: dqkv from dmean. dp: scratch (asked, rows), one head after the other in the same
 * place. With p the weights, d the gradient of the means and s the scores:
 *   dv = p^T d,   ds = p (d v^T - its row sums under p),   dq = scale ds k,   dk = scale ds^T q */
static void attend_backward(const struct fray_block *b, const struct place *at, const float *qkv,
                            const float *p, const float *dmean, float *dp, float *dqkv) {
  const size_t width = b->width, part = width / b->heads, ld = 3 * width, rows = at->rows;
  const float scale = 1 / sqrtf((float)part);
  for (size_t h = 0; h < b->heads; h++, p += at->asked * rows) {
    const float *q = qkv + at->from * ld + h * part, *k = q + width, *v = k + width;
    float *dq = dqkv + at->from * ld + h * part, *dk = dq + width, *dv = dk + width;
    const float *d = dmean + at->out * width + h * part;
    fray_gemm(false, true, at->asked, rows, part, 1, d, width, v, ld, 0, dp, rows);
    fray_gemm(true, false, rows, part, at->asked, 1, p, rows, d, width, 0, dv, ld);
    through_softmax(at->asked, rows, p, dp);
    fray_gemm(false, false, at->asked, part, rows, scale, dp, rows, k, ld, 0, dq, ld);
    fray_gemm(true, false, rows, part, at->asked, scale, dp, rows, q, ld, 0, dk, ld);
  }
}

/* What comes from the side branch: d times the mask, or d itself where nothing was dropped. */
static enum fray_status unmask(const struct fray_pass *pass, size_t n, const float *d,
                               const float *mask, const float **out, struct fray_err *err) {
  float *copy;
  *out = d;
  if (!mask)
    return FRAY_OK;
  FRAY_ALLOC(copy, pass->arena, n, err);
  memcpy(copy, d, n * sizeof *copy);
  fray_dropout_backward(n, mask, copy);
  *out = copy;
  return FRAY_OK;
}

/* dy becomes the gradient of the rows before the second part: what goes past it stays in dy, and
 * the norm's backward adds what came through. ReLU is known by its value. */
static enum fray_status second_backward(const struct fray_block *b, const struct fray_pass *pass,
                                        const struct fray_block_tape *t, size_t rows, float *dy,
                                        struct fray_err *err) {
  const size_t width = b->width, size = rows * b->inner;
  const float *d;
  float *dhidden, *da;
  FRAY_TRY(unmask(pass, rows * width, dy, t->mask2, &d, err));
  FRAY_ALLOC(dhidden, pass->arena, size, err);
  FRAY_ALLOC(da, pass->arena, rows * width, err);
  fray_linear_backward(&b->down, pass, &(struct fray_rows){rows, b->inner, t->hidden}, d, dhidden,
                       false);
  for (size_t i = 0; i < size; i++)
    dhidden[i] = t->hidden[i] > 0 ? dhidden[i] : 0;
  fray_linear_backward(&b->up, pass, &(struct fray_rows){rows, width, t->a2}, dhidden, da, false);
  fray_norm_backward(&b->norm2, pass, rows, t->hat2, t->scale2, da, dy);
  return FRAY_OK;
}

/* dx is the gradient that goes past the first part, 0 for rows that were not asked for, and what
 * comes through keys and values to all rows, and through queries to those that were. */
static enum fray_status first_backward(const struct fray_block *b, const struct fray_pass *pass,
                                       const struct fray_block_tape *t, const float *dy, float *dx,
                                       struct fray_err *err) {
  const struct fray_sequences *s = t->sequences;
  const size_t rows = rows_of(s), asked = rows_asked(s, t->lead), width = b->width;
  const float *d, *p = t->p;
  float *dmean, *dqkv, *da, *dp;
  FRAY_TRY(unmask(pass, asked * width, dy, t->mask1, &d, err));
  FRAY_ALLOC(dmean, pass->arena, asked * width, err);
  FRAY_ALLOC_ZERO(dqkv, pass->arena, rows * 3 * width, err); /* queries nobody asked for: 0 */
  FRAY_ALLOC(da, pass->arena, rows * width, err);
  FRAY_ALLOC(dp, pass->arena, weights_size(b, s, t->lead, false), err);
  fray_linear_backward(&b->out, pass, &(struct fray_rows){asked, width, t->mean}, d, dmean, false);
  for (size_t i = 0; i < s->n; i++) {
    const struct place at = place_of(s, t->lead, i);
    attend_backward(b, &at, t->qkv, p, dmean, dp, dqkv);
    p += b->heads * at.asked * at.rows;
  }
  fray_linear_backward(&b->qkv, pass, &(struct fray_rows){rows, width, t->a1}, dqkv, da, false);
  memset(dx, 0, rows * width * sizeof *dx);
  for (size_t i = 0; i < s->n; i++) {
    const struct place at = place_of(s, t->lead, i);
    memcpy(dx + at.from * width, dy + at.out * width, at.asked * width * sizeof *dx);
  }
  fray_norm_backward(&b->norm1, pass, rows, t->hat1, t->scale1, da, dx);
  return FRAY_OK;
}

/* The parts in reverse. All scratch is given back: it is as large as what forward kept. */
enum fray_status fray_block_backward(const struct fray_block *b, const struct fray_pass *pass,
                                     struct fray_block_tape *t, float *dy, float *dx,
                                     struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  FRAY_TRY(second_backward(b, pass, t, rows_asked(t->sequences, t->lead), dy, err));
  FRAY_TRY(first_backward(b, pass, t, dy, dx, err));
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}
