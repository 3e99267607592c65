/* Zooms that keep the size: an axis becomes a list of pairs of neighbours and a share of the
 * second, rows are mixed first, as vectors, and then the pixels of the mixed row. */
#include "clipped_zoom.h"

#include "fray/base/size.h"

#include <math.h>

/* Where a value of the enlarged axis lies on the axis itself. */
struct pick {
  size_t at, next;
  float share; /* of next */
};

/* Ends of the crop fall onto ends of the enlarged axis, as scipy places them: not the middles of
 * the pixels. Rounding halves to even is Python's. */
static enum fray_status picks_of(size_t n, double factor, struct fray_arena *scratch,
                                 struct pick **out, struct fray_err *err) {
  const size_t crop = (size_t)ceil((double)n / factor), from = (n - crop) / 2;
  const size_t wide = FRAY_MAX((size_t)rint((double)crop * factor), n), trim = (wide - n) / 2;
  /* A single value has nowhere to go. */
  const double step = wide > 1 ? (double)(crop - 1) / (double)(wide - 1) : 0;
  FRAY_ALLOC(*out, scratch, n, err);
  for (size_t i = 0; i < n; i++) {
    const double place = fmin((double)(i + trim) * step, (double)(crop - 1));
    const size_t at = (size_t)place;
    (*out)[i] =
        (struct pick){from + at, from + (at + 1 < crop ? at + 1 : at), (float)(place - (double)at)};
  }
  return FRAY_OK;
}

/* The axis whose steps are whole rows, which needs no gathering. */
static void mix_rows(const float *a, const float *b, float share, size_t n, float *restrict out) {
  for (size_t i = 0; i < n; i++)
    out[i] = a[i] + share * (b[i] - a[i]);
}

/* Colour and grey by themselves, so that the loop over channels is unrolled. */
static void add_row(const float *restrict row, const struct pick *pick, size_t width,
                    size_t channels, float *restrict sum) {
  if (channels == 3) {
    for (size_t i = 0; i < width; i++) {
      const float *a = row + pick[i].at * 3, *b = row + pick[i].next * 3, share = pick[i].share;
      sum[i * 3] += a[0] + share * (b[0] - a[0]);
      sum[i * 3 + 1] += a[1] + share * (b[1] - a[1]);
      sum[i * 3 + 2] += a[2] + share * (b[2] - a[2]);
    }
    return;
  }
  for (size_t i = 0; i < width; i++) {
    const float *a = row + pick[i].at * channels, *b = row + pick[i].next * channels;
    for (size_t c = 0; c < channels; c++)
      sum[i * channels + c] += a[c] + pick[i].share * (b[c] - a[c]);
  }
}

/* Each axis by itself, as bilinear sampling of a grid allows: a row of work space is all it takes.
 */
enum fray_status fray_clipped_zoom_add(const float *x, size_t height, size_t width, size_t channels,
                                       double factor, float *sum, struct fray_arena *scratch,
                                       struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const size_t n = width * channels;
  struct pick *down, *along;
  float *row;
  FRAY_TRY(picks_of(height, factor, scratch, &down, err));
  FRAY_TRY(picks_of(width, factor, scratch, &along, err));
  FRAY_ALLOC(row, scratch, n, err);
  for (size_t i = 0; i < height; i++) {
    mix_rows(x + down[i].at * n, x + down[i].next * n, down[i].share, n, row);
    add_row(row, along, width, channels, sum + i * n);
  }
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}
