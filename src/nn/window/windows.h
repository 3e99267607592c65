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

/** Of windows over time: y (rows of all samples, out), packed, = x * W. Scratch from the arena,
 * given back. MEMORY. */
enum fray_status windows_forward(const struct windows *g, const float *w,
                                 const struct fray_steps *x, float *y, struct fray_arena *arena,
                                 struct fray_err *err);
/** Of windows over time: dw += the gradient of W, from dy (as y); dx (rows, in), packed,
 *  overwritten, or NULL. MEMORY. */
enum fray_status windows_backward(const struct windows *g, const float *w,
                                  const struct fray_steps *x, const float *dy, float *dw, float *dx,
                                  struct fray_arena *arena, struct fray_err *err);

/** Of windows over pictures: y = x * W in bands of up to two lines, sample by sample and from
 * above, each of which is given to `take` once and then forgotten: y (lines, width, out). */
struct windows_bands {
  void (*take)(void *user, size_t i, size_t first, size_t lines, const float *y);
  void *user;
};
enum fray_status windows_forward_bands(const struct windows *g, const float *w,
                                       const struct fray_steps *x,
                                       const struct windows_bands *bands, struct fray_arena *arena,
                                       struct fray_err *err);
/** And back, sample by sample: `put` is asked once for each, in order, to write its dy (height,
 * width, out), whose lines are `line` floats apart. db (out) += the sums over all rows. */
struct windows_slope {
  void (*put)(void *user, size_t i, float *dy, size_t line);
  void *user;
};
enum fray_status windows_backward_each(const struct windows *g, const float *w,
                                       const struct fray_steps *x, const struct windows_slope *dy,
                                       float *dw, float *db, float *dx, struct fray_arena *arena,
                                       struct fray_err *err);

#endif
