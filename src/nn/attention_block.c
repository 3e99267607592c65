/* Self-attention and a network of two layers, both behind a norm and beside the row itself. */
#include "fray/nn/attention_block.h"

#include "fray/base/size.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/softmax_rows.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GROUP = 256, LEAST_ROWS = 64 }; /* rows at least that go through together */

/* Of all sequences, or of a group of them. */
struct fray_block_tape {
  const struct fray_sequences *sequences;
  size_t lead;
  float *hat1, *scale1, *a1; /* (rows, width), (rows), (rows, width): the first norm */
  float *qkv;                /* (rows, 3 width) */
  float *p;                  /* of each sequence and head (rows asked for, ld): weights */
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

/* Rows of sequence i, those of it that are asked for, and where these begin in the output; ld: of
 * its weights. */
struct place {
  size_t from, rows, asked, out, ld;
};

static struct place place_of(const struct fray_sequences *s, size_t lead, size_t i) {
  const size_t from = s->first[i] - s->first[0], rows = s->first[i + 1] - s->first[i];
  return (struct place){from, rows, lead ? lead : rows, lead ? i * lead : from,
                        fray_softmax_ld(rows)};
}

/* first[0] is not 0 where sequences are a group of more: offsets count from it. */
static size_t rows_of(const struct fray_sequences *s) {
  return s->first[s->n] - s->first[0];
}

static size_t rows_asked(const struct fray_sequences *s, size_t lead) {
  return lead ? s->n * lead : rows_of(s);
}

/* Weights and means of one sequence, head by head: parts of wide rows. Sequences differ in length,
 * and none is made longer to fit others. Of all that the products need only the keys lie the wrong
 * way round; the scale goes into the product and costs nothing.
 * p: (heads, asked, ld); across: scratch (width, rows). */
static void attend(const struct fray_block *b, const struct place *at, const float *qkv, float *p,
                   float *across, float *mean) {
  const size_t width = b->width, part = width / b->heads, ld = 3 * width, n = at->rows;
  const float scale = 1 / sqrtf((float)part);
  const float *rows = qkv + at->from * ld;
  fray_transpose_rows(n, width, rows + width, ld, across);
  for (size_t h = 0; h < b->heads; h++, p += at->asked * at->ld) {
    const float *q = rows + h * part, *v = q + 2 * width;
    fray_gemm(false, false, at->asked, n, part, scale, q, ld, across + h * part * n, n, 0, p,
              at->ld);
    fray_softmax_rows(at->asked, n, p);
    fray_gemm(false, false, at->asked, part, n, 1, p, at->ld, v, ld, 0,
              mean + at->out * width + h * part, width);
  }
}

/* Rows of the longest. */
static size_t most_rows(const struct fray_sequences *s) {
  size_t most = 0;
  for (size_t i = 0; i < s->n; i++)
    most = FRAY_MAX(most, s->first[i + 1] - s->first[i]);
  return most;
}

/* Space for the weights: of all sequences where they are kept, else of the longest. */
static size_t weights_size(const struct fray_block *b, const struct fray_sequences *s, size_t lead,
                           bool all) {
  size_t size = 0;
  for (size_t i = 0; i < s->n; i++) {
    const struct place at = place_of(s, lead, i);
    const size_t own = b->heads * at.asked * at.ld;
    size = all ? size + own : FRAY_MAX(size, own);
  }
  return size;
}

/* Memory for what backward needs, or, where nothing is kept, for what forward passes on. */
static enum fray_status make_tape(const struct fray_block *b, const struct fray_pass *pass,
                                  bool keep, struct fray_block_tape *t, struct fray_err *err) {
  const struct fray_sequences *s = t->sequences;
  const size_t rows = rows_of(s), asked = rows_asked(s, t->lead), width = b->width;
  struct fray_arena *arena = pass->arena;
  if (keep) {
    FRAY_ALLOC(t->hat1, arena, rows * width, err);
    FRAY_ALLOC(t->scale1, arena, rows, err);
    FRAY_ALLOC(t->hat2, arena, asked * width, err);
    FRAY_ALLOC(t->scale2, arena, asked, err);
  }
  FRAY_ALLOC(t->a1, arena, rows * width, err);
  FRAY_ALLOC(t->qkv, arena, rows * 3 * width, err);
  FRAY_ALLOC(t->p, arena, weights_size(b, s, t->lead, keep), err);
  FRAY_ALLOC(t->mean, arena, asked * width, err);
  FRAY_ALLOC(t->a2, arena, asked * width, err);
  FRAY_ALLOC(t->hidden, arena, asked * b->inner, err);
  if (fray_dropout_drops(&b->drop1, pass))
    FRAY_ALLOC(t->mask1, arena, asked * width, err);
  if (fray_dropout_drops(&b->drop2, pass))
    FRAY_ALLOC(t->mask2, arena, asked * width, err);
  return FRAY_OK;
}

/* A group of a tape's sequences, and the same of what is kept for them. */
struct group {
  struct fray_sequences sequences;
  struct place at; /* of its first sequence */
  size_t weights;  /* of those before it */
};

/* From the end of the group before. Activations of a group stay in the cache from one product to
 * the next. Which group a sequence is in depends on lengths alone; where all of them are kept, and
 * so make one sum, no group is so small that its products would add in another order. */
static bool next_group(const struct fray_block *b, const struct fray_sequences *s, size_t lead,
                       bool keep, struct group *g) {
  const size_t *first = s->first, *end = first + s->n, *from = g->sequences.first;
  if (from)
    g->weights += weights_size(b, &g->sequences, lead, true);
  from = from ? from + g->sequences.n : first;
  if (from == end)
    return false;
  const size_t *to = from + 1;
  while (to < end && *to - *from < GROUP)
    to++;
  if (keep && *end - *to < LEAST_ROWS)
    to = end;
  g->sequences = (struct fray_sequences){(size_t)(to - from), from};
  g->at = place_of(s, lead, (size_t)(from - first));
  return true;
}

static float *advance(float *x, size_t n) {
  return x ? x + n : NULL;
}

static struct fray_block_tape part_of(const struct fray_block *b, const struct fray_block_tape *t,
                                      const struct group *g) {
  const size_t from = g->at.from, out = g->at.out, width = b->width;
  return (struct fray_block_tape){.sequences = &g->sequences,
                                  .lead = t->lead,
                                  .hat1 = advance(t->hat1, from * width),
                                  .scale1 = advance(t->scale1, from),
                                  .a1 = t->a1 + from * width,
                                  .qkv = t->qkv + from * 3 * width,
                                  .p = t->p + g->weights,
                                  .mean = t->mean + out * width,
                                  .mask1 = advance(t->mask1, out * width),
                                  .hat2 = advance(t->hat2, out * width),
                                  .scale2 = advance(t->scale2, out),
                                  .a2 = t->a2 + out * width,
                                  .hidden = t->hidden + out * b->inner,
                                  .mask2 = advance(t->mask2, out * width)};
}

/* Weights in the form for products with many rows, made once for all groups. keep: for all of them,
 * however few rows the last one has. */
struct weights {
  bool keep;
  struct fray_right qkv, out, up, down;
};

static enum fray_status make_weights(const struct fray_block *b, const struct fray_pass *pass,
                                     size_t rows, size_t asked, struct weights *out,
                                     struct fray_err *err) {
  FRAY_TRY(fray_linear_right(&b->qkv, pass, rows, &out->qkv, err));
  FRAY_TRY(fray_linear_right(&b->out, pass, asked, &out->out, err));
  FRAY_TRY(fray_linear_right(&b->up, pass, asked, &out->up, err));
  return fray_linear_right(&b->down, pass, asked, &out->down, err);
}

static void apply(const struct fray_linear *l, const struct fray_pass *pass,
                  const struct weights *weights, const struct fray_right *right, size_t rows,
                  const float *x, bool relu, float *y) {
  const struct fray_right as_is = {.n = l->out, .k = l->in, .b = pass->w + l->w};
  const bool pays = weights->keep || fray_right_pays(rows, l->in);
  fray_right_times(pays ? right : &as_is, rows, x, l->in, pass->w + l->b, relu, y, l->out);
}

/* The first part: y of the rows asked for, x + D(W_o A(norm_1(x)) + b_o). at: of the first of them
 * among all that the layer sees, which its mask is drawn for. */
static enum fray_status first_part(const struct fray_block *b, const struct fray_pass *pass,
                                   const struct weights *w, const struct fray_block_tape *t,
                                   size_t at, const float *x, float *y, struct fray_err *err) {
  const struct fray_sequences *s = t->sequences;
  const size_t rows = rows_of(s), asked = rows_asked(s, t->lead), width = b->width;
  float *across, *p = t->p;
  FRAY_ALLOC(across, pass->arena, most_rows(s) * width, err);
  fray_norm_forward(&b->norm1, pass, rows, x, t->hat1, t->scale1, t->a1);
  apply(&b->qkv, pass, w, &w->qkv, rows, t->a1, false, t->qkv);
  for (size_t i = 0; i < s->n; i++) {
    const struct place place = place_of(s, t->lead, i);
    attend(b, &place, t->qkv, p, across, t->mean);
    p += w->keep ? b->heads * place.asked * place.ld : 0;
  }
  apply(&b->out, pass, w, &w->out, asked, t->mean, false, y);
  fray_dropout_forward_from(&b->drop1, pass, at * width, asked * width, y, t->mask1);
  for (size_t i = 0; i < s->n; i++) {
    const struct place place = place_of(s, t->lead, i);
    fray_vec_axpy(place.asked * width, 1, x + place.from * width, y + place.out * width);
  }
  return FRAY_OK;
}

/* The second part, in place: y += D(W_2 relu(W_1 norm_2(y) + b_1) + b_2). */
static enum fray_status second_part(const struct fray_block *b, const struct fray_pass *pass,
                                    const struct weights *w, const struct fray_block_tape *t,
                                    size_t at, float *y, struct fray_err *err) {
  const size_t rows = rows_asked(t->sequences, t->lead), width = b->width;
  float *change;
  FRAY_ALLOC(change, pass->arena, rows * width, err);
  fray_norm_forward(&b->norm2, pass, rows, y, t->hat2, t->scale2, t->a2);
  apply(&b->up, pass, w, &w->up, rows, t->a2, true, t->hidden);
  apply(&b->down, pass, w, &w->down, rows, t->hidden, false, change);
  fray_dropout_forward_from(&b->drop2, pass, at * width, rows * width, change, t->mask2);
  fray_vec_axpy(rows * width, 1, change, y);
  return FRAY_OK;
}

/* Where nothing is kept, a group's memory is used again for the next; t->p is that of the longest
 * sequence, and never leaves the cache. */
enum fray_status fray_block_forward(const struct fray_block *b, const struct fray_pass *pass,
                                    const struct fray_sequences *s, const float *x, size_t lead,
                                    float *y, struct fray_block_tape **tape, struct fray_err *err) {
  const bool keep = tape != NULL;
  struct fray_block_tape whole = {.sequences = s, .lead = lead};
  struct weights w = {.keep = keep};
  struct group g = {0};
  if (keep) {
    FRAY_ALLOC(*tape, pass->arena, 1, err);
    FRAY_TRY(make_tape(b, pass, true, &whole, err));
    **tape = whole;
  }
  const struct fray_arena_place before = fray_arena_mark(pass->arena);
  FRAY_TRY(make_weights(b, pass, rows_of(s), rows_asked(s, lead), &w, err));
  while (next_group(b, s, lead, keep, &g)) {
    const struct fray_arena_place mark = fray_arena_mark(pass->arena);
    struct fray_block_tape part = {.sequences = &g.sequences, .lead = lead};
    float *to = y + g.at.out * b->width;
    if (keep)
      part = part_of(b, &whole, &g);
    else
      FRAY_TRY(make_tape(b, pass, false, &part, err));
    FRAY_TRY(first_part(b, pass, &w, &part, g.at.out, x + g.at.from * b->width, to, err));
    FRAY_TRY(second_part(b, pass, &w, &part, g.at.out, to, err));
    fray_arena_rewind(pass->arena, mark);
  }
  fray_arena_rewind(pass->arena, before);
  return FRAY_OK;
}

/* Of one sequence: dqkv from dmean. dp: scratch (asked, ld), one head after the other in the same
 * place; across: scratch (width, rows). With p the weights, d the gradient of the means and s the
 * scores:
 *   dv = p^T d,   ds = p (d v^T - its row sums under p),   dq = scale ds k,   dk = scale ds^T q */
static void attend_backward(const struct fray_block *b, const struct place *at, const float *qkv,
                            const float *p, const float *dmean, float *dp, float *across,
                            float *dqkv) {
  const size_t width = b->width, part = width / b->heads, ld = 3 * width, rows = at->rows;
  const float scale = 1 / sqrtf((float)part);
  fray_transpose_rows(rows, width, qkv + at->from * ld + 2 * width, ld, across);
  for (size_t h = 0; h < b->heads; h++, p += at->asked * at->ld) {
    const float *q = qkv + at->from * ld + h * part, *k = q + width;
    float *dq = dqkv + at->from * ld + h * part, *dk = dq + width, *dv = dk + width;
    const float *d = dmean + at->out * width + h * part;
    fray_gemm(false, false, at->asked, rows, part, 1, d, width, across + h * part * rows, rows, 0,
              dp, at->ld);
    fray_gemm(true, false, rows, part, at->asked, 1, p, at->ld, d, width, 0, dv, ld);
    fray_softmax_backward(at->asked, rows, p, dp);
    fray_gemm(false, false, at->asked, part, rows, scale, dp, at->ld, k, ld, 0, dq, ld);
    fray_gemm(true, false, rows, part, at->asked, scale, dp, at->ld, q, ld, 0, dk, ld);
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
  fray_dropout_backward_to(n, mask, d, copy);
  *out = copy;
  return FRAY_OK;
}

/* ReLU is known by its value. */
static FRAY_DISPATCH void through_relu(size_t n, const float *restrict y, float *restrict dy) {
  for (size_t i = 0; i < n; i++)
    dy[i] = y[i] > 0 ? dy[i] : 0;
}

/* dy becomes the gradient of the rows before the second part: what goes past it stays in dy, and
 * the norm's backward adds what came through. */
static enum fray_status second_backward(const struct fray_block *b, const struct fray_pass *pass,
                                        const struct fray_block_tape *t, float *dy,
                                        struct fray_err *err) {
  const size_t rows = rows_asked(t->sequences, t->lead), width = b->width, size = rows * b->inner;
  const float *d;
  float *dhidden, *da;
  FRAY_TRY(unmask(pass, rows * width, dy, t->mask2, &d, err));
  FRAY_ALLOC(dhidden, pass->arena, size, err);
  FRAY_ALLOC(da, pass->arena, rows * width, err);
  fray_linear_backward_on(&b->down, pass, &(struct fray_rows){rows, b->inner, t->hidden}, d,
                          dhidden);
  through_relu(size, t->hidden, dhidden);
  fray_linear_backward_on(&b->up, pass, &(struct fray_rows){rows, width, t->a2}, dhidden, da);
  fray_norm_backward(&b->norm2, pass, rows, t->hat2, t->scale2, da, dy);
  return FRAY_OK;
}

/* The gradient that goes past the first part; 0 for rows that were not asked for. */
static void past_first(const struct fray_block_tape *t, size_t width, const float *dy, float *dx) {
  const struct fray_sequences *s = t->sequences;
  for (size_t i = 0; i < s->n; i++) {
    const struct place at = place_of(s, t->lead, i);
    float *to = dx + at.from * width;
    memcpy(to, dy + at.out * width, at.asked * width * sizeof *dx);
    memset(to + at.asked * width, 0, (at.rows - at.asked) * width * sizeof *dx);
  }
}

/* dx is the gradient that goes past the first part, and what comes through keys and values to all
 * rows, and through queries to those that were asked for. */
static enum fray_status first_backward(const struct fray_block *b, const struct fray_pass *pass,
                                       const struct fray_block_tape *t, const float *dy, float *dx,
                                       struct fray_err *err) {
  const struct fray_sequences *s = t->sequences;
  const size_t rows = rows_of(s), asked = rows_asked(s, t->lead), width = b->width;
  const float *d, *p = t->p;
  float *dmean, *dqkv, *da, *dp, *across;
  FRAY_TRY(unmask(pass, asked * width, dy, t->mask1, &d, err));
  FRAY_ALLOC(dmean, pass->arena, asked * width, err);
  FRAY_ALLOC(dqkv, pass->arena, rows * 3 * width, err);
  FRAY_ALLOC(da, pass->arena, rows * width, err);
  FRAY_ALLOC(dp, pass->arena, weights_size(b, s, t->lead, false), err);
  FRAY_ALLOC(across, pass->arena, most_rows(s) * width, err);
  if (asked < rows) /* queries nobody asked for */
    memset(dqkv, 0, rows * 3 * width * sizeof *dqkv);
  fray_linear_backward_on(&b->out, pass, &(struct fray_rows){asked, width, t->mean}, d, dmean);
  for (size_t i = 0; i < s->n; i++) {
    const struct place at = place_of(s, t->lead, i);
    attend_backward(b, &at, t->qkv, p, dmean, dp, across, dqkv);
    p += b->heads * at.asked * at.ld;
  }
  fray_linear_backward_on(&b->qkv, pass, &(struct fray_rows){rows, width, t->a1}, dqkv, da);
  past_first(t, width, dy, dx);
  fray_norm_backward(&b->norm1, pass, rows, t->hat1, t->scale1, da, dx);
  return FRAY_OK;
}

/* The parts in reverse, group by group, in the order of rows, as sums over them have it. */
enum fray_status fray_block_backward(const struct fray_block *b, const struct fray_pass *pass,
                                     struct fray_block_tape *t, float *dy, float *dx,
                                     struct fray_err *err) {
  struct group g = {0};
  while (next_group(b, t->sequences, t->lead, true, &g)) {
    const struct fray_arena_place mark = fray_arena_mark(pass->arena);
    const struct fray_block_tape part = part_of(b, t, &g);
    float *d = dy + g.at.out * b->width;
    FRAY_TRY(second_backward(b, pass, &part, d, err));
    FRAY_TRY(first_backward(b, pass, &part, d, dx + g.at.from * b->width, err));
    fray_arena_rewind(pass->arena, mark);
  }
  return FRAY_OK;
}
