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

/* gates (rows, 3 hidden) = W_ih x of all samples and steps, which wait for nothing. Biases are
 * added where the gates are made: a product that adds to them would need them in every row first.
 */
static enum fray_status input_products(const struct fray_gru *gru, const struct fray_pass *pass,
                                       const struct fray_steps *x, float *gates,
                                       struct fray_err *err) {
  const size_t width = 3 * gru->hidden, rows = x->n * x->time;
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  struct fray_right weights;
  FRAY_TRY(fray_right_make(rows, width, gru->in, pass->w + gru->w_ih, pass->arena, &weights, err));
  fray_right_times(&weights, rows, x->x, gru->in, 0, gates, width);
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}

/* The products with x are one for all steps; the recurrent ones read the states of a step in place
 * (rows a whole sequence apart). A copy of the recurrent weights, transposed, pays for itself: the
 * small products of the steps are nearly twice as fast without a transpose. */
enum fray_status fray_gru_forward(const struct fray_gru *gru, const struct fray_pass *pass,
                                  const struct fray_steps *x, float *h, struct fray_gru_tape *tape,
                                  struct fray_err *err) {
  const size_t H = gru->hidden, n = x->n, time = x->time, row = time * H;
  struct fray_arena *arena = pass->arena;
  const struct fray_arena_place before_all = fray_arena_mark(arena);
  float *gates, *kept = NULL; /* stay for backward */
  float *g, *w_hh;            /* W_hh h of one step; W_hh transposed */
  FRAY_ALLOC(gates, arena, n * time * 3 * H, err);
  if (tape)
    FRAY_ALLOC(kept, arena, n * row, err);
  const struct fray_arena_place mark = fray_arena_mark(arena);
  FRAY_ALLOC(g, arena, n * 3 * H, err);
  FRAY_ALLOC(w_hh, arena, 3 * H * H, err);
  fray_transpose(3 * H, H, pass->w + gru->w_hh, w_hh);
  FRAY_TRY(input_products(gru, pass, x, gates, err));
  /* The first step has no state before it: its recurrent product is left out, not made with zeros.
   */
  for (size_t t = 0; t < time; t++) {
    const float *before = t > 0 ? h + (t - 1) * H : NULL;
    if (before)
      fray_gemm(false, false, n, 3 * H, H, 1, before, row, w_hh, 3 * H, 0, g, 3 * H);
    const struct fray_gru_step step = {.n = n,
                                       .width = H,
                                       .row = row,
                                       .b_i = pass->w + gru->b_ih,
                                       .b_h = pass->w + gru->b_hh,
                                       .before = before,
                                       .gates = gates + t * 3 * H,
                                       .kept = kept ? kept + t * H : NULL};
    fray_gru_gates_forward(&step, g, h + t * H);
  }
  fray_arena_rewind(arena, tape ? mark : before_all);
  if (tape)
    *tape = (struct fray_gru_tape){.x = *x, .h = h, .gates = gates, .hidden = kept};
  return FRAY_OK;
}

/* From the last step to the first: gradients of the gates' inputs, in tape->gates and dg. A state
 * reaches the loss by itself (dh), through z of the next step (carry, which the gates leave) and
 * through the next step's products: dg W_hh, added to carry. */
static void through_time(const struct fray_gru *gru, const float *w_hh,
                         const struct fray_gru_tape *tape, const float *dh, float *carry,
                         float *dg) {
  const size_t H = gru->hidden, n = tape->x.n, time = tape->x.time, row = time * H;
  memset(carry, 0, n * H * sizeof *carry);
  for (size_t t = time; t-- > 0;) {
    const struct fray_gru_step step = {.n = n,
                                       .width = H,
                                       .row = row,
                                       .before = t > 0 ? tape->h + (t - 1) * H : NULL,
                                       .gates = tape->gates + t * 3 * H,
                                       .kept = tape->hidden + t * H};
    fray_gru_gates_backward(&step, dh + t * H, carry, dg + t * 3 * H);
    if (t > 0)
      fray_gemm(false, false, n, H, 3 * H, 1, dg + t * 3 * H, 3 * row, w_hh, H, 1, carry, H);
  }
}

/* dW_hh = sum of dg_t^T h_{t-1}, all samples and steps in one product: row k of dg meets row k - 1
 * of h. At a sample's first step that row is another sample's, but the true state there is 0, so
 * those rows of dg are cleared (after their share of the bias was taken). */
static void recurrent_gradient(const struct fray_gru *gru, const struct fray_gru_tape *tape,
                               float *dg, float *grad) {
  const size_t H = gru->hidden, time = tape->x.time, rows = tape->x.n * time;
  fray_column_sums(rows, 3 * H, dg, 3 * H, 1, grad + gru->b_hh);
  for (size_t i = 0; i < tape->x.n; i++)
    memset(dg + i * time * 3 * H, 0, 3 * H * sizeof *dg);
  if (time > 1)
    fray_gemm(true, false, 3 * H, H, rows - 1, 1, dg + 3 * H, 3 * H, tape->h, H, 1,
              grad + gru->w_hh, H);
}

enum fray_status fray_gru_backward(const struct fray_gru *gru, const struct fray_pass *pass,
                                   struct fray_gru_tape *tape, const float *dh, float *dx,
                                   struct fray_err *err) {
  const size_t H = gru->hidden, n = tape->x.n, time = tape->x.time;
  const struct fray_linear input = {.in = gru->in, .out = 3 * H, .w = gru->w_ih, .b = gru->b_ih};
  const struct fray_rows rows = {.n = n * time, .ld = gru->in, .x = tape->x.x};
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  float *dg, *carry; /* of W_hh h + b_hh at all steps; of the state, on its way back */
  FRAY_ALLOC(dg, pass->arena, n * time * 3 * H, err);
  FRAY_ALLOC(carry, pass->arena, n * H, err);
  through_time(gru, pass->w + gru->w_hh, tape, dh, carry, dg);
  recurrent_gradient(gru, tape, dg, pass->grad);
  fray_linear_backward(&input, pass, &rows, tape->gates, dx, false);
  fray_arena_rewind(pass->arena, mark);
  return FRAY_OK;
}
