/* Linear layer y = x W^T + b, in PyTorch's layout W (out, in). */
#ifndef FRAY_NN_LINEAR_H
#define FRAY_NN_LINEAR_H

#include "fray/nn/params.h"
#include "fray/nn/pass.h"

/** Sizes, and offsets of W and b in the flat vector. b FRAY_NO_BIAS: the layer has none. */
struct fray_linear {
  size_t in, out;
  size_t w, b;
};
#define FRAY_NO_BIAS SIZE_MAX

/** Adds NAME.weight (out, in) and NAME.bias (out) with PyTorch's bound 1 / sqrt(in); in and out are
 *  given, w and b set. INPUT, INTERNAL, MEMORY: as fray_param_add. */
enum fray_status fray_linear_plan(const struct fray_param_scope *scope, const char *name,
                                  struct fray_linear *linear, struct fray_err *err);
struct fray_right; /* fray/tensor/blas.h */
/** W as products with so many rows, in one or in parts, want it: from the arena, or the weights
 *  themselves, which must stay. MEMORY. */
enum fray_status fray_linear_right(const struct fray_linear *linear, const struct fray_pass *pass,
                                   size_t rows, struct fray_right *out, struct fray_err *err);
/** y (n, out), packed, from the rows x (n, in). Scratch from the arena, given back. */
void fray_linear_forward(const struct fray_linear *linear, const struct fray_pass *pass,
                         const struct fray_rows *x, float *y);
/** Adds the gradients of W and b to pass->grad, from dy (n, out), packed. dx (n, in), its rows as
 *  far apart as those of x: = dy W, or += when add_dx; NULL: not needed. */
void fray_linear_backward(const struct fray_linear *linear, const struct fray_pass *pass,
                          const struct fray_rows *x, const float *dy, float *dx, bool add_dx);
/** The same of a part of the batch's rows: sums go on from those of the parts before. */
void fray_linear_backward_on(const struct fray_linear *linear, const struct fray_pass *pass,
                             const struct fray_rows *x, const float *dy, float *dx);

#endif
