/* The linear layer: one matrix product forward, two backward. */
#include "fray/nn/linear.h"

#include "fray/tensor/blas.h"

/* Weight before bias: PyTorch's order, in which kept models are compared with it. */
enum fray_status fray_linear_plan(const struct fray_param_scope *scope, const char *name,
                                  struct fray_linear *linear, struct fray_err *err) {
  return fray_param_add_layer(scope, name, (size_t[4]){linear->out, linear->in, 1, 1}, &linear->w,
                              &linear->b, err);
}

enum fray_status fray_linear_right(const struct fray_linear *linear, const struct fray_pass *pass,
                                   size_t rows, struct fray_right *out, struct fray_err *err) {
  return fray_right_make(rows, linear->out, linear->in, pass->w + linear->w, pass->arena, out, err);
}

void fray_linear_forward(const struct fray_linear *linear, const struct fray_pass *pass,
                         const struct fray_rows *x, float *y) {
  const float *bias = linear->b == FRAY_NO_BIAS ? NULL : pass->w + linear->b;
  const struct fray_arena_place mark = fray_arena_mark(pass->arena);
  struct fray_right right;
  /* Without memory for the copy it is the weights themselves; that memory is short is remembered.
   */
  (void)fray_linear_right(linear, pass, x->n, &right, NULL);
  fray_right_times(&right, x->n, x->x, x->ld, bias, false, y, linear->out);
  fray_arena_rewind(pass->arena, mark);
}

/* db = the sum of dy's rows over the batch; dx = dy W. */
static void other_gradients(const struct fray_linear *linear, const struct fray_pass *pass,
                            const struct fray_rows *x, const float *dy, float *dx, bool add_dx) {
  const size_t in = linear->in, out = linear->out;
  if (linear->b != FRAY_NO_BIAS)
    fray_column_sums(x->n, out, dy, out, 1, pass->grad + linear->b);
  if (dx) /* a first layer has no use for it, and a third of the layer's work is saved */
    fray_gemm(false, false, x->n, in, out, 1, dy, out, pass->w + linear->w, in, add_dx ? 1 : 0, dx,
              x->ld);
}

/* dW = dy^T x, over the batch. */
void fray_linear_backward(const struct fray_linear *linear, const struct fray_pass *pass,
                          const struct fray_rows *x, const float *dy, float *dx, bool add_dx) {
  const size_t in = linear->in, out = linear->out;
  fray_gemm(true, false, out, in, x->n, 1, dy, out, x->x, x->ld, 1, pass->grad + linear->w, in);
  other_gradients(linear, pass, x, dy, dx, add_dx);
}

void fray_linear_backward_on(const struct fray_linear *linear, const struct fray_pass *pass,
                             const struct fray_rows *x, const float *dy, float *dx) {
  const size_t in = linear->in, out = linear->out;
  fray_gemm_on(out, in, x->n, dy, out, x->x, x->ld, pass->grad + linear->w, in);
  other_gradients(linear, pass, x, dy, dx, false);
}
