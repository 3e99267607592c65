/* What convolutions over time and over pictures share: windows that slide over lines of cells. */
#ifndef WINDOWS_H
#define WINDOWS_H

#include "fray/base/status.h"
#include "fray/nn/pass.h"
#include "fray/tensor/product.h"

/** A sample is height x width cells of `in` values, a window high x wide of them around each cell,
 *  zero outside; each gives `out` values. Weights (out, high, wide, in). Over time height and high
 *  are 1 and width is the longest; of pictures all cells are rows of a sample. */
struct windows {
  size_t height, width, in, out, high, wide;
};

/** y (rows of all samples, out), packed, = x * W. Scratch from the arena, given back. MEMORY. */
enum fray_status windows_forward(const struct windows *g, const float *w,
                                 const struct fray_steps *x, float *y, struct fray_arena *arena,
                                 struct fray_err *err);
/** Of windows over time: dw += the gradient of W, from dy (as y); dx (rows, in), packed,
 *  overwritten, or NULL. MEMORY. */
enum fray_status windows_backward(const struct windows *g, const float *w,
                                  const struct fray_steps *x, const float *dy, float *dw, float *dx,
                                  struct fray_arena *arena, struct fray_err *err);

/** Of windows over pictures, whose dy comes sample by sample: `of` is asked for each once, in
 * order, and what it returns (rows, out) is read before the next. db (out) += the sums over all
 * rows. */
struct windows_slope {
  const float *(*of)(void *user, size_t i);
  void *user;
};
enum fray_status windows_backward_each(const struct windows *g, const float *w,
                                       const struct fray_steps *x, const struct windows_slope *dy,
                                       float *dw, float *db, float *dx, struct fray_arena *arena,
                                       struct fray_err *err);

#endif
