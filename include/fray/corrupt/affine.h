/* Pictures seen through an affine map. */
#ifndef FRAY_CORRUPT_AFFINE_H
#define FRAY_CORRUPT_AFFINE_H

#include "fray/corrupt/signal.h"

#include <stddef.h>

/** Where a pixel of the result comes from: column a x + b y + c, row d x + e y + f of the source.
 */
struct fray_affine {
  double a, b, c, d, e, f;
};
/** What lies outside of a picture. */
enum fray_edge {
  FRAY_EDGE_ZERO,     /* black; of a pixel that is half outside the half inside counts */
  FRAY_EDGE_MIRROR,   /* reflected about the middle of the outermost pixel: dcb|abcd|cba */
  FRAY_EDGE_SYMMETRIC /* reflected about the edge: cba|abcd|dcb */
};

/** The map that turns, shears or scales about the middle of a picture: (a b; d e) about ((width -
 * 1) / 2, (height - 1) / 2), then moved by (right, down) in the source. */
struct fray_affine fray_affine_about_middle(double a, double b, double d, double e, double right,
                                            double down, size_t height, size_t width);
/** out (height, width, channels) from x of the same shape, bilinear. x and out do not overlap. */
void fray_affine_warp(const float *x, size_t height, size_t width, size_t channels,
                      struct fray_affine map, enum fray_edge edge, float *out);
/** Shows a picture through a map, in place: black outside, cut at 0 and 1. Memory: scratch. MEMORY.
 */
enum fray_status fray_affine_see(struct fray_signal *image, struct fray_affine map,
                                 struct fray_arena *scratch, struct fray_err *err);
/** The same with a source of its own for each pixel: column across[i] and row down[i], i = y width
 * + x. */
void fray_remap(const float *x, size_t height, size_t width, size_t channels, const float *across,
                const float *down, enum fray_edge edge, float *out);
/** i folded back into 0 .. n - 1 by one of the reflections. */
size_t fray_reflect(ptrdiff_t i, size_t n, enum fray_edge edge);

#endif
