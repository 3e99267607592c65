/* Pictures with a border, and sums of shifted copies of them. Rows are the unit: a row of the sum
 * stays in the nearest cache while all taps are added to it. */
#include "padded.h"

#include "fray/tensor/vec.h"

#include <string.h>

size_t fray_border_beyond(enum fray_border border, ptrdiff_t i, size_t n) {
  const ptrdiff_t last = (ptrdiff_t)n - 1;
  if (i >= 0 && i <= last)
    return (size_t)i;
  if (border == FRAY_BORDER_REPEAT || last == 0)
    return i < 0 ? 0 : (size_t)last;
  /* To and fro as often as it takes: a border may be wider than the picture. */
  const ptrdiff_t period = 2 * last;
  const ptrdiff_t at = ((i % period) + period) % period;
  return (size_t)(at <= last ? at : period - at);
}

/* A border that lies in memory costs less than one that every tap of every pixel asks about. */
enum fray_status fray_padded_make(const float *x, size_t height, size_t width, size_t channels,
                                  size_t reach, enum fray_border border, struct fray_arena *scratch,
                                  struct fray_padded *out, struct fray_err *err) {
  const size_t row = width * channels, wide = (width + 2 * reach) * channels;
  const ptrdiff_t edge = (ptrdiff_t)reach;
  float *padded;
  FRAY_ALLOC(padded, scratch, (height + 2 * reach) * wide, err);
  for (size_t i = 0; i < height + 2 * reach; i++) {
    float *to = padded + i * wide;
    const float *from = x + fray_border_at(border, (ptrdiff_t)i - edge, height) * row;
    memcpy(to + reach * channels, from, row * sizeof *x);
    for (ptrdiff_t k = 1; k <= edge; k++)
      for (size_t c = 0; c < channels; c++) {
        to[(size_t)(edge - k) * channels + c] =
            from[fray_border_at(border, -k, width) * channels + c];
        to[(reach + width + (size_t)k - 1) * channels + c] =
            from[fray_border_at(border, (ptrdiff_t)width - 1 + k, width) * channels + c];
      }
  }
  *out = (struct fray_padded){padded, height, width, channels, reach};
  return FRAY_OK;
}

/* Where the row of the shifted copy begins. */
static const float *shifted(const struct fray_padded *p, size_t row, const struct fray_tap *tap) {
  const size_t y = row + (size_t)((ptrdiff_t)p->reach + tap->dy);
  const size_t x = (size_t)((ptrdiff_t)p->reach + tap->dx);
  return p->x + (y * (p->width + 2 * p->reach) + x) * p->channels;
}

/* Four taps at once, so that the sum is loaded and stored a fourth as often. */
static FRAY_DISPATCH void add_four(float *restrict out, const float *a, const float *b,
                                   const float *c, const float *d, const struct fray_tap *tap,
                                   size_t n) {
  const float ka = tap[0].weight, kb = tap[1].weight, kc = tap[2].weight, kd = tap[3].weight;
  for (size_t i = 0; i < n; i++)
    out[i] += (ka * a[i] + kb * b[i]) + (kc * c[i] + kd * d[i]);
}

/* What is left of the taps when fours are taken. */
static FRAY_DISPATCH void add_one(float *restrict out, const float *a, float weight, size_t n) {
  for (size_t i = 0; i < n; i++)
    out[i] += weight * a[i];
}

/* Taps are added in their order, four by four, whatever the machine: sums of floats depend on it.
 */
void fray_padded_sum(const struct fray_padded *p, const struct fray_tap *tap, size_t n_taps,
                     float *out) {
  const size_t n = p->width * p->channels;
  memset(out, 0, p->height * n * sizeof *out);
  for (size_t row = 0; row < p->height; row++, out += n) {
    size_t k = 0;
    for (; k + 4 <= n_taps; k += 4)
      add_four(out, shifted(p, row, &tap[k]), shifted(p, row, &tap[k + 1]),
               shifted(p, row, &tap[k + 2]), shifted(p, row, &tap[k + 3]), &tap[k], n);
    for (; k < n_taps; k++)
      add_one(out, shifted(p, row, &tap[k]), tap[k].weight, n);
  }
}
