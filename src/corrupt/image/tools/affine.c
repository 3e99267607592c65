/* Bilinear sampling of pictures through affine and free maps. Coordinates are exact: OpenCV rounds
 * them to 1/32 of a pixel, which shows where a picture is steep. */
#include "fray/corrupt/affine.h"

#include "pixels.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The middle of the outermost pixels and not of their edges: of 28 pixels it is 13.5. */
struct fray_affine fray_affine_about_middle(double a, double b, double d, double e, double right,
                                            double down, size_t height, size_t width) {
  const double x = ((double)width - 1) / 2, y = ((double)height - 1) / 2;
  return (struct fray_affine){a, b, x - a * x - b * y + right, d, e, y - d * x - e * y + down};
}

size_t fray_reflect(ptrdiff_t i, size_t n, enum fray_edge edge) {
  const ptrdiff_t last = (ptrdiff_t)n - 1;
  if (i >= 0 && i <= last)
    return (size_t)i;
  if (n == 1)
    return 0;
  /* One period there and back; the outermost pixel counts once or twice in it. */
  const ptrdiff_t period = edge == FRAY_EDGE_MIRROR ? 2 * last : 2 * (last + 1);
  i %= period;
  if (i < 0)
    i += period;
  if (i <= last)
    return (size_t)i;
  return (size_t)(edge == FRAY_EDGE_MIRROR ? period - i : period - 1 - i);
}

/* Beyond this a coordinate is outside whatever the edge, and would not fit an index. */
static inline double tame(double at) {
  return at < -1e9 ? -1e9 : at > 1e9 ? 1e9 : at;
}

/* A corner of the four that a pixel is mixed of: its weight goes where it lies. */
static void add_corner(const float *x, size_t height, size_t width, size_t channels, ptrdiff_t row,
                       ptrdiff_t column, float weight, enum fray_edge edge, float *out) {
  const bool inside =
      row >= 0 && row < (ptrdiff_t)height && column >= 0 && column < (ptrdiff_t)width;
  if (weight == 0 || (edge == FRAY_EDGE_ZERO && !inside))
    return;
  const size_t r = inside ? (size_t)row : fray_reflect(row, height, edge);
  const size_t c = inside ? (size_t)column : fray_reflect(column, width, edge);
  const float *from = x + (r * width + c) * channels;
  for (size_t k = 0; k < channels; k++)
    out[k] += weight * from[k];
}

/* Between four corners that are all inside. */
static inline __attribute__((always_inline)) void
between_corners(const float *a, const float *b, size_t channels, float u, float v, float *out) {
  for (size_t k = 0; k < channels; k++) {
    const float above = a[k] + u * (a[k + channels] - a[k]);
    const float below = b[k] + u * (b[k + channels] - b[k]);
    out[k] = above + v * (below - above);
  }
}

/* Places of some pixels of a row: the corner above and to the left, and how far beyond it. Made
 * for many at once, in vectors, where each by itself would be a chain of roundings. */
enum { SOME = 64 };
struct places {
  int32_t column[SOME], row[SOME];
  float u[SOME], v[SOME];
};

static inline __attribute__((always_inline)) void place(double across, double down, size_t i,
                                                        struct places *to) {
  /* In double: at 1e4 pixels a float has no thousandth of a pixel left. */
  const double x_at = tame(across), y_at = tame(down), left = floor(x_at), top = floor(y_at);
  to->u[i] = (float)(x_at - left);
  to->v[i] = (float)(y_at - top);
  to->column[i] = (int32_t)left;
  to->row[i] = (int32_t)top;
}

/* Most pixels have all four corners inside: those need no questions. */
static inline __attribute__((always_inline)) void sample(const float *x, size_t height,
                                                         size_t width, size_t channels,
                                                         const struct places *from, size_t i,
                                                         enum fray_edge edge, float *out) {
  const float u = from->u[i], v = from->v[i];
  const ptrdiff_t c = from->column[i], r = from->row[i];
  if (r >= 0 && c >= 0 && r + 1 < (ptrdiff_t)height && c + 1 < (ptrdiff_t)width) {
    const float *a = x + ((size_t)r * width + (size_t)c) * channels;
    between_corners(a, a + width * channels, channels, u, v, out);
    return;
  }
  for (size_t k = 0; k < channels; k++)
    out[k] = 0;
  /* No corner at all is inside. */
  if (edge == FRAY_EDGE_ZERO &&
      (r < -1 || c < -1 || r >= (ptrdiff_t)height || c >= (ptrdiff_t)width))
    return;
  add_corner(x, height, width, channels, r, c, (1 - u) * (1 - v), edge, out);
  add_corner(x, height, width, channels, r, c + 1, u * (1 - v), edge, out);
  add_corner(x, height, width, channels, r + 1, c, (1 - u) * v, edge, out);
  add_corner(x, height, width, channels, r + 1, c + 1, u * v, edge, out);
}

/* Numbers of channels that pictures have are constants to the compiler. */
static inline __attribute__((always_inline)) void samples(const float *x, size_t height,
                                                          size_t width, size_t channels,
                                                          const struct places *from, size_t n,
                                                          enum fray_edge edge, float *out) {
  if (channels == 3)
    for (size_t i = 0; i < n; i++)
      sample(x, height, width, 3, from, i, edge, out + i * 3);
  else if (channels == 1)
    for (size_t i = 0; i < n; i++)
      sample(x, height, width, 1, from, i, edge, out + i);
  else
    for (size_t i = 0; i < n; i++)
      sample(x, height, width, channels, from, i, edge, out + i * channels);
}

/* Corners at -0 or n - 1 + 1e-16 by rounding would take a whole row to the outside. */
static inline double settle(double at) {
  const double whole = rint(at); /* halves are far from whole either way */
  return fabs(at - whole) < 1e-9 ? whole : at;
}

/* Row by row of the result: each pixel is made once, from wherever it comes. */
FRAY_DISPATCH void fray_affine_warp(const float *x, size_t height, size_t width, size_t channels,
                                    struct fray_affine map, enum fray_edge edge, float *out) {
  struct places from;
  for (size_t r = 0; r < height; r++)
    for (size_t c = 0; c < width; c += SOME) {
      const size_t n = FRAY_MIN(width - c, (size_t)SOME);
      for (size_t i = 0; i < n; i++)
        place(settle(map.a * (double)(c + i) + map.b * (double)r + map.c),
              settle(map.d * (double)(c + i) + map.e * (double)r + map.f), i, &from);
      samples(x, height, width, channels, &from, n, edge, out + (r * width + c) * channels);
    }
}

/* What a turned, sheared, smaller or moved picture has in common; only the map differs. */
enum fray_status fray_affine_see(struct fray_signal *image, struct fray_affine map,
                                 struct fray_arena *scratch, struct fray_err *err) {
  float *out;
  FRAY_ALLOC(out, scratch, fray_pixels(image), err);
  fray_affine_warp(image->x, image->height, image->width, image->channels, map, FRAY_EDGE_ZERO,
                   out);
  memcpy(image->x, out, fray_pixels(image) * sizeof *out);
  fray_clip_picture(image);
  return FRAY_OK;
}

/* Coordinates of elastic fields are no whole numbers, so nothing is settled here. */
FRAY_DISPATCH void fray_remap(const float *x, size_t height, size_t width, size_t channels,
                              const float *across, const float *down, enum fray_edge edge,
                              float *out) {
  struct places from;
  for (size_t at = 0; at < height * width; at += SOME) {
    const size_t n = FRAY_MIN(height * width - at, (size_t)SOME);
    for (size_t i = 0; i < n; i++)
      place((double)across[at + i], (double)down[at + i], i, &from);
    samples(x, height, width, channels, &from, n, edge, out + at * channels);
  }
}
