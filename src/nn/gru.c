#include "fray/nn/gru.h"

#include "fray/nn/linear.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/gates.h"

#include <string.h>

/* gates (rows, 3 hidden) = W_ih x. */
static enum fray_status input_products(const struct fray_gru *gru, size_t rows, const float *x,
                                       const float *w, float *gates, struct fray_arena *arena,
                                       struct fray_err *err) {
  const size_t width = 3 * gru->hidden;
  const struct fray_arena_place mark = fray_arena_mark(arena);
  struct fray_right weights;
  FRAY_TRY(fray_right_make(rows, width, gru->in, w + gru->w_ih, arena, &weights, err));
  fray_right_times(&weights, rows, x, gru->in, 0, gates, width);
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* The products with x are one for all steps; the recurrent ones read the states of a step in place
 * (rows a whole sequence apart). A copy of the recurrent weights, transposed, pays for itself: the
 * small products of the steps are nearly twice as fast without a transpose. */
enum fray_status fray_gru_forward(const struct fray_gru *gru, size_t n, size_t time, const float *x,
                                  const float *w, float *h, struct fray_gru_tape *tape,
                                  struct fray_arena *arena, struct fray_err *err) {
  const size_t H = gru->hidden, row = time * H;
  const struct fray_arena_place before_all = fray_arena_mark(arena);
  float *gates, *kept = NULL, *g, *w_hh;
  FRAY_ALLOC(gates, arena, n * time * 3 * H, err);
  if (tape)
    FRAY_ALLOC(kept, arena, n * row, err);
  const struct fray_arena_place mark = fray_arena_mark(arena);
  FRAY_ALLOC(g, arena, n * 3 * H, err);
  FRAY_ALLOC(w_hh, arena, 3 * H * H, err);
  fray_transpose(3 * H, H, w + gru->w_hh, w_hh);
  FRAY_TRY(input_products(gru, n * time, x, w, gates, arena, err));
  for (size_t t = 0; t < time; t++) {
    const float *before = t > 0 ? h + (t - 1) * H : NULL;
    if (before)
      fray_gemm(false, false, n, 3 * H, H, 1, before, row, w_hh, 3 * H, 0, g, 3 * H);
    fray_gru_gates_forward(n, H, gates + t * 3 * H, 3 * row, w + gru->b_ih, g, w + gru->b_hh,
                           before, h + t * H, row, kept ? kept + t * H : NULL, row);
  }
  fray_arena_rewind(arena, tape ? mark : before_all);
  if (tape)
    *tape = (struct fray_gru_tape){.gates = gates, .hidden = kept};
  return FRAY_OK;
}

/* From the last step to the first: gradients of the gates' inputs, in tape->gates and dg. */
static void through_time(const struct fray_gru *gru, size_t n, size_t time, const float *w,
                         const float *h, const struct fray_gru_tape *tape, const float *dh,
                         float *carry, float *dg) {
  const size_t H = gru->hidden, row = time * H;
  memset(carry, 0, n * H * sizeof *carry);
  for (size_t t = time; t-- > 0;) {
    fray_gru_gates_backward(n, H, tape->gates + t * 3 * H, 3 * row, tape->hidden + t * H, row,
                            t > 0 ? h + (t - 1) * H : NULL, dh + t * H, row, carry, dg + t * 3 * H);
    if (t > 0)
      fray_gemm(false, false, n, H, 3 * H, 1, dg + t * 3 * H, 3 * row, w + gru->w_hh, H, 1, carry,
                H);
  }
}

/* dW_hh = sum of dg_t^T h_{t-1}, all samples and steps in one product: row k of dg meets row k - 1
 * of h. At a sample's first step that row is another sample's, but the true state there is 0, so
 * those rows of dg are cleared (after their share of the bias was taken). */
static void recurrent_gradient(const struct fray_gru *gru, size_t n, size_t time, const float *h,
                               float *dg, float *grad) {
  const size_t H = gru->hidden, rows = n * time;
  fray_column_sums(rows, 3 * H, dg, 3 * H, 1, grad + gru->b_hh);
  for (size_t i = 0; i < n; i++)
    memset(dg + i * time * 3 * H, 0, 3 * H * sizeof *dg);
  if (time > 1)
    fray_gemm(true, false, 3 * H, H, rows - 1, 1, dg + 3 * H, 3 * H, h, H, 1, grad + gru->w_hh, H);
}

enum fray_status fray_gru_backward(const struct fray_gru *gru, size_t n, size_t time,
                                   const float *x, const float *w, const float *h,
                                   struct fray_gru_tape *tape, const float *dh, float *grad,
                                   float *dx, struct fray_arena *arena, struct fray_err *err) {
  const size_t H = gru->hidden;
  const struct fray_arena_place mark = fray_arena_mark(arena);
  float *dg, *carry;
  FRAY_ALLOC(dg, arena, n * time * 3 * H, err);
  FRAY_ALLOC(carry, arena, n * H, err);
  through_time(gru, n, time, w, h, tape, dh, carry, dg);
  recurrent_gradient(gru, n, time, h, dg, grad);
  fray_linear_backward(n * time, gru->in, 3 * H, x, gru->in, w + gru->w_ih, tape->gates, 3 * H,
                       grad + gru->w_ih, grad + gru->b_ih, dx, gru->in, false);
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}
