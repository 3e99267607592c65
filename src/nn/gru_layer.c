/* The GRU over a batch of sequences, and its gradient back through time. */
#include "fray/nn/gru.h"

#include "fray/nn/linear.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/gates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One bound for all four, weights and biases alike: PyTorch's, by the width of the state. */
enum fray_status fray_gru_plan(const struct fray_param_scope *scope, const char *name,
                               struct fray_gru *gru, struct fray_err *err) {
  const double bound = 1 / sqrt((double)gru->hidden);
  const size_t rows = 3 * gru->hidden;
  const struct {
    const char *name;
    size_t columns, *offset;
  } tensor[] = {{"weight_ih", gru->in, &gru->w_ih},
                {"weight_hh", gru->hidden, &gru->w_hh},
                {"bias_ih", 1, &gru->b_ih},
                {"bias_hh", 1, &gru->b_hh}};
  for (size_t i = 0; i < sizeof tensor / sizeof *tensor; i++) {
    char full[2 * FRAY_PARAM_NAME];
    snprintf(full, sizeof full, "%s.%s", name, tensor[i].name);
    FRAY_TRY(fray_param_add(scope, full, (size_t[4]){rows, tensor[i].columns, 1, 1}, bound,
                            tensor[i].offset, err));
  }
  return FRAY_OK;
}

/* The samples of a batch, longest first: those that have a step are the first of them. */
struct by_length {
  size_t *row;     /* (n) of a sample, at the step that it is at */
  size_t *present; /* (time) samples that have the step */
};

/* By counting; samples of one length stay in their order. Each is at its first step. */
static enum fray_status sort_by_length(const struct fray_steps *x, struct fray_arena *arena,
                                       struct by_length *out, struct fray_err *err) {
  size_t *place;
  FRAY_ALLOC_ZERO(place, arena, x->time + 1, err);
  FRAY_ALLOC(out->row, arena, x->n, err);
  FRAY_ALLOC(out->present, arena, x->time, err);
  for (size_t i = 0; i < x->n; i++)
    place[fray_steps_rows(x, i)]++;
  /* From the longest down: how many have more than t rows is how many have step t. */
  for (size_t t = x->time, longer = 0; t-- > 0;) {
    out->present[t] = longer + place[t + 1];
    place[t + 1] = longer; /* of the first sample with t + 1 rows */
    longer = out->present[t];
  }
  for (size_t i = 0; i < x->n; i++)
    out->row[place[fray_steps_rows(x, i)]++] = fray_steps_before(x, i);
  return FRAY_OK;
}

/* gates (rows, 3 hidden) = W_ih x of all samples and steps, which wait for nothing. Biases are
 * added where the gates are made: a product that adds to them would need them in every row first.
 * The form of the weights is that for samples that are all as long as the longest. Samples that lie
 * apart have products of their own. */
static enum fray_status input_products(const struct fray_gru *gru, const struct fray_pass *pass,
                                       const struct fray_steps *x, float *gates,
                                       struct fray_err *err) {
  const size_t width = 3 * gru->hidden;
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  struct fray_right weights;
  FRAY_TRY(fray_right_make(x->n * x->time, width, gru->in, pass->w + gru->w_ih, pass->arena,
                           &weights, err));
  const size_t at_once = x->stride ? 1 : x->n;
  for (size_t i = 0; i < x->n; i += at_once) {
    const size_t before = fray_steps_before(x, i),
                 rows = fray_steps_before(x, i + at_once) - before;
    fray_right_times(&weights, rows, fray_steps_at(x, i, gru->in), gru->in, NULL, false,
                     gates + before * width, width);
  }
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* The products with x are one for all steps; the recurrent ones have the states of a step side by
 * side. */
enum fray_status fray_gru_forward(const struct fray_gru *gru, const struct fray_pass *pass,
                                  const struct fray_steps *x, float *h, struct fray_gru_tape *tape,
                                  struct fray_err *err) {
  const size_t H = gru->hidden, n = x->n, rows = fray_steps_before(x, n);
  struct fray_arena *arena = pass->arena;
  const struct fray_arena_place before_all = fray_arena_mark(arena);
  float *gates, *kept = NULL; /* stay for backward */
  float *g, *state;           /* W_hh h of one step; h of it */
  struct fray_right w_hh;
  struct by_length by_length;
  FRAY_ALLOC(gates, arena, rows * 3 * H, err);
  if (tape)
    FRAY_ALLOC(kept, arena, rows * H, err);
  const struct fray_arena_place mark = fray_arena_mark(arena);
  FRAY_ALLOC(g, arena, n * 3 * H, err);
  FRAY_ALLOC(state, arena, n * H, err);
  FRAY_TRY(sort_by_length(x, arena, &by_length, err));
  FRAY_TRY(fray_right_copy(3 * H, H, pass->w + gru->w_hh, arena, &w_hh, err));
  FRAY_TRY(input_products(gru, pass, x, gates, err));
  struct fray_gru_step step = {.width = H,
                               .row = by_length.row,
                               .b_i = pass->w + gru->b_ih,
                               .b_h = pass->w + gru->b_hh,
                               .gates = gates,
                               .kept = kept};
  /* The first step has no state before it: its recurrent product is left out, not made with zeros.
   */
  for (size_t t = 0; t < x->time; t++) {
    step.n = by_length.present[t];
    step.begins = t == 0;
    if (t > 0)
      fray_right_times(&w_hh, step.n, state, H, NULL, false, g, 3 * H);
    fray_gru_gates_forward(&step, g, h, state);
    for (size_t i = 0; i < step.n; i++)
      by_length.row[i]++;
  }
  fray_arena_rewind(arena, tape ? mark : before_all);
  if (tape)
    *tape = (struct fray_gru_tape){.x = *x, .h = h, .gates = gates, .hidden = kept};
  return FRAY_OK;
}

/* From the last step to the first: gradients of the gates' inputs, in tape->gates and dg. A state
 * reaches the loss by itself (dh), through z of the next step (carry, which the gates leave) and
 * through the next step's products: dg W_hh, added to carry. Samples that end earlier join later,
 * with nothing carried. */
static enum fray_status through_time(const struct fray_gru *gru, const float *w_hh,
                                     const struct fray_gru_tape *tape, const float *dh, float *dg,
                                     struct fray_arena *arena, struct fray_err *err) {
  const size_t H = gru->hidden, n = tape->x.n;
  struct by_length by_length;
  float *carry, *now; /* of the state, on its way back; dg of one step */
  FRAY_ALLOC_ZERO(carry, arena, n * H, err);
  FRAY_ALLOC(now, arena, n * 3 * H, err);
  FRAY_TRY(sort_by_length(&tape->x, arena, &by_length, err));
  struct fray_gru_step step = {
      .width = H, .row = by_length.row, .gates = tape->gates, .kept = tape->hidden};
  /* To behind the last step of each, as forward left them. */
  for (size_t t = 0; t < tape->x.time; t++)
    for (size_t i = 0; i < by_length.present[t]; i++)
      by_length.row[i]++;
  for (size_t t = tape->x.time; t-- > 0;) {
    step.n = by_length.present[t];
    step.begins = t == 0;
    for (size_t i = 0; i < step.n; i++)
      by_length.row[i]--;
    fray_gru_gates_backward(&step, tape->h, dh, carry, now, dg);
    if (t > 0)
      fray_gemm(false, false, step.n, H, 3 * H, 1, now, 3 * H, w_hh, H, 1, carry, H);
  }
  return FRAY_OK;
}

/* dW_hh = sum of dg_t^T h_{t-1}, all samples and steps in one product: row k of dg meets row k - 1
 * of h. At a sample's first step that row is another sample's, but the true state there is 0, so
 * those rows of dg are cleared (after their share of the bias was taken). */
static void recurrent_gradient(const struct fray_gru *gru, const struct fray_gru_tape *tape,
                               float *dg, float *grad) {
  const size_t H = gru->hidden, rows = fray_steps_before(&tape->x, tape->x.n);
  fray_column_sums(rows, 3 * H, dg, 3 * H, 1, grad + gru->b_hh);
  for (size_t i = 0; i < tape->x.n; i++)
    memset(dg + fray_steps_before(&tape->x, i) * 3 * H, 0, 3 * H * sizeof *dg);
  if (tape->x.time > 1)
    fray_gemm(true, false, 3 * H, H, rows - 1, 1, dg + 3 * H, 3 * H, tape->h, H, 1,
              grad + gru->w_hh, H);
}

enum fray_status fray_gru_backward(const struct fray_gru *gru, const struct fray_pass *pass,
                                   struct fray_gru_tape *tape, const float *dh, float *dx,
                                   struct fray_err *err) {
  const size_t H = gru->hidden, n = fray_steps_before(&tape->x, tape->x.n);
  const struct fray_linear input = {.in = gru->in, .out = 3 * H, .w = gru->w_ih, .b = gru->b_ih};
  const struct fray_rows rows = {.n = n, .ld = gru->in, .x = tape->x.x};
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  float *dg; /* of W_hh h + b_hh at all steps */
  FRAY_ALLOC(dg, pass->arena, n * 3 * H, err);
  FRAY_TRY(through_time(gru, pass->w + gru->w_hh, tape, dh, dg, pass->arena, err));
  recurrent_gradient(gru, tape, dg, pass->grad);
  fray_linear_backward(&input, pass, &rows, tape->gates, dx, false);
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}
