/* Separable resampling with a filter that widens as a picture shrinks, columns first. Libraries
 * that do not widen it alias; others use cubic filters by default, whose damage is a quarter
 * smaller. */
#include "fray/corrupt/resizing.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Source pixels of one pixel of the result. */
struct taps {
  size_t first, n;
  float *weight; /* (n) they sum to 1 */
};

/* The box is open at its left, as in Pillow: a pixel on the edge of two counts once. */
static double filter_at(enum fray_resize_filter filter, double x) {
  if (filter == FRAY_RESIZE_BOX)
    return x > -0.5 && x <= 0.5 ? 1 : 0;
  return fmax(1 - fabs(x), 0);
}

/* Of every pixel of a side of n_out, from `span` pixels from `from` on of n_in. */
static enum fray_status make_taps(size_t n_in, double from, double span, size_t n_out,
                                  enum fray_resize_filter filter, struct fray_arena *scratch,
                                  struct taps **out, struct fray_err *err) {
  const double scale = span / (double)n_out, wide = fmax(scale, 1);
  const double reach = wide * (filter == FRAY_RESIZE_BOX ? 0.5 : 1);
  struct taps *taps;
  float *weight;
  /* Room for the widest; at the rim a pixel has fewer. */
  const size_t most = (size_t)ceil(reach) * 2 + 1;
  FRAY_ALLOC(taps, scratch, n_out, err);
  FRAY_ALLOC(weight, scratch, n_out * most, err);
  for (size_t i = 0; i < n_out; i++) {
    const double middle = from + ((double)i + 0.5) * scale;
    /* Middles of pixels lie at halves: those within reach count. */
    const double low = fmax(floor(middle - reach + 0.5), 0);
    const double high = fmin(floor(middle + reach + 0.5), (double)n_in);
    struct taps *t = &taps[i];
    *t = (struct taps){.first = (size_t)fmin(low, (double)n_in - 1), .weight = weight + i * most};
    t->n = high > low ? (size_t)(high - low) : 1;
    t->n = FRAY_MIN(t->n, most);
    double sum = 0;
    for (size_t k = 0; k < t->n; k++) {
      const double w = filter_at(filter, ((double)(t->first + k) - middle + 0.5) / wide);
      t->weight[k] = (float)w;
      sum += w;
    }
    /* A pixel that no source pixel's middle comes near takes the nearest. */
    for (size_t k = 0; k < t->n; k++)
      t->weight[k] = sum > 0 ? (float)(t->weight[k] / sum) : k == 0 ? 1.0f : 0.0f;
  }
  *out = taps;
  return FRAY_OK;
}

/* Columns before rows: rows then lie one after another, and a whole row is added at once. */
enum fray_status fray_resize(const struct fray_resize_from *from, enum fray_resize_filter filter,
                             size_t rows, size_t columns, float *out, struct fray_arena *scratch,
                             struct fray_err *err) {
  const size_t channels = from->channels, row = columns * channels;
  struct taps *across, *down;
  float *middle;
  FRAY_TRY(
      make_taps(from->width, from->left, from->columns, columns, filter, scratch, &across, err));
  FRAY_TRY(make_taps(from->height, from->top, from->rows, rows, filter, scratch, &down, err));
  FRAY_ALLOC_ZERO(middle, scratch, from->height * row, err);
  for (size_t r = 0; r < from->height; r++)
    for (size_t c = 0; c < columns; c++)
      for (size_t t = 0; t < across[c].n; t++) {
        const float *x = from->x + (r * from->width + across[c].first + t) * channels;
        for (size_t k = 0; k < channels; k++)
          middle[r * row + c * channels + k] += across[c].weight[t] * x[k];
      }
  memset(out, 0, rows * row * sizeof *out);
  for (size_t r = 0; r < rows; r++)
    for (size_t t = 0; t < down[r].n; t++) {
      const float w = down[r].weight[t], *x = middle + (down[r].first + t) * row;
      for (size_t i = 0; i < row; i++)
        out[r * row + i] += w * x[i];
    }
  return FRAY_OK;
}

/* The sizes between are cut to whole pixels, as in the published sets. */
enum fray_status fray_resize_there_and_back(float *x, size_t height, size_t width, size_t channels,
                                            double factor, enum fray_resize_filter filter,
                                            struct fray_arena *scratch, struct fray_err *err) {
  const size_t rows = (size_t)fmax((double)height * factor, 1);
  const size_t columns = (size_t)fmax((double)width * factor, 1);
  const struct fray_resize_from all = {.x = x,
                                       .height = height,
                                       .width = width,
                                       .channels = channels,
                                       .rows = (double)height,
                                       .columns = (double)width};
  /* All of the small picture, whatever part the large one was. */
  struct fray_resize_from few = {.height = rows,
                                 .width = columns,
                                 .channels = channels,
                                 .rows = (double)rows,
                                 .columns = (double)columns};
  float *small;
  FRAY_ALLOC(small, scratch, rows * columns * channels, err);
  FRAY_TRY(fray_resize(&all, filter, rows, columns, small, scratch, err));
  few.x = small;
  return fray_resize(&few, filter, height, width, x, scratch, err);
}
