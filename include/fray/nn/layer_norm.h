/* Layer normalisation of rows: y = gain * (x - mean) / sqrt(variance + 1e-5) + bias, mean and
 * variance (of the population) over a row. Source: Ba, Kiros & Hinton 2016 (arXiv 1607.06450);
 * as PyTorch's nn.LayerNorm. */
#ifndef FRAY_NN_LAYER_NORM_H
#define FRAY_NN_LAYER_NORM_H

#include "fray/nn/params.h"
#include "fray/nn/pass.h"

/** gain, bias (width): offsets in the flat vector. */
struct fray_norm {
  size_t width, gain, bias;
};

/** Adds NAME.weight, which starts as ones, and NAME.bias, as zeros; width is given. */
enum fray_status fray_norm_plan(const struct fray_param_scope *scope, const char *name,
                                struct fray_norm *norm, struct fray_err *err);
/** y (n, width) from x (n, width), both packed. For backward: hat (n, width) the rows before gain
 *  and bias, scale (n) what they were multiplied with; both NULL if no backward follows. y may be
 *  x. O(n width). */
void fray_norm_forward(const struct fray_norm *norm, const struct fray_pass *pass, size_t n,
                       const float *x, float *hat, float *scale, float *y);
/** Adds the gradients of gain and bias to pass->grad, and that of x to dx (n, width). dy and dx
 *  must not overlap. */
void fray_norm_backward(const struct fray_norm *norm, const struct fray_pass *pass, size_t n,
                        const float *hat, const float *scale, const float *dy, float *dx);

#endif
