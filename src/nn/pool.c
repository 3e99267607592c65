/* Bias, ReLU and max-pooling as one pass over memory, forward and backward. */
#include "fray/nn/pool.h"

#include "fray/tensor/vec.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* One pooled row: `count` rows of y (a constant wherever this is inlined) and the bias. Adding the
 * bias after the maximum gives the same value, since rounding is monotonic. Each choice is a select
 * of its own, and ReLU's a product: nested selects become branches, which no compiler vectorises.
 */
INLINE void pool_row(size_t channels, int count, const float *const row[4],
                     const float *restrict bias, float *restrict out, float *restrict choice) {
  for (size_t c = 0; c < channels; c++) {
    float best = row[0][c], which = 1;
    for (int k = 1; k < count; k++) {
      const float v = row[k][c];
      which = v > best ? (float)(k + 1) : which;
      best = v > best ? v : best;
      best = v != v ? v : best;
    }
    best += bias[c];
    const float open = best <= 0 ? 0.0f : 1.0f;
    out[c] = best < 0 ? 0.0f : best;
    if (choice)
      choice[c] = which * open;
  }
}

/* The same with the number of rows and the presence of `choice` known to the compiler: six loops
 * without a branch in them, each a vector's width at a time. */
INLINE void pool_rows(size_t channels, int count, const float *const row[4], const float *bias,
                      float *out, float *choice) {
  if (!choice) {
    if (count == 4)
      pool_row(channels, 4, row, bias, out, NULL);
    else if (count == 2)
      pool_row(channels, 2, row, bias, out, NULL);
    else
      pool_row(channels, 1, row, bias, out, NULL);
  } else if (count == 4) {
    pool_row(channels, 4, row, bias, out, choice);
  } else if (count == 2) {
    pool_row(channels, 2, row, bias, out, choice);
  } else {
    pool_row(channels, 1, row, bias, out, choice);
  }
}

/* One sample of `valid` rows, into fray_pooled(valid) rows of out. A lone row is its own maximum,
 * which is more of a sample of one step than PyTorch's pool leaves of it: nothing. */
INLINE void pool_sample(size_t valid, size_t channels, const float *y, const float *bias,
                        float *out, float *choice) {
  for (size_t t = 0; t < fray_pooled(valid); t++) {
    const float *first = y + 2 * t * channels;
    const float *const row[4] = {first, first + channels};
    pool_rows(channels, valid > 1 ? 2 : 1, row, bias, out + t * channels,
              choice ? choice + t * channels : NULL);
  }
}

/* Samples may begin anywhere in a batch: places count from the first of these. */
static size_t rows_of(const struct fray_pool1d *pool, size_t i) {
  return pool->first ? pool->first[i + 1] - pool->first[i] : pool->time;
}

/* Sample after sample, one behind the other on both sides; nothing is written for steps that a
 * sample does not have. */
FRAY_DISPATCH void fray_relu_pool1d_forward(const struct fray_pool1d *pool, const float *y,
                                            const float *bias, float *out, float *choice) {
  const size_t channels = pool->channels;
  for (size_t i = 0; i < pool->n; i++) {
    const size_t rows = rows_of(pool, i), size = fray_pooled(rows) * channels;
    pool_sample(rows, channels, y, bias, out, choice);
    y += rows * channels;
    out += size;
    choice = choice ? choice + size : NULL;
  }
}

/* dy = dout where this row (1, 2, ...) won, else 0. Nothing won where ReLU is closed: choice is 0
 * there, which is no row. */
INLINE void unpool_row(size_t channels, float which, const float *restrict choice,
                       const float *restrict dout, float *restrict dy) {
  for (size_t c = 0; c < channels; c++)
    dy[c] = choice[c] == which ? dout[c] : 0;
}

/* In step with forward: a window's rows lie beside one another, so all that moves is ahead. */
FRAY_DISPATCH void fray_relu_pool1d_backward(const struct fray_pool1d *pool, const float *choice,
                                             const float *dout, float *dy) {
  const size_t channels = pool->channels;
  for (size_t i = 0; i < pool->n; i++) {
    const size_t rows = rows_of(pool, i), pooled = fray_pooled(rows), per = rows < 2 ? 1 : 2;
    for (size_t t = 0; t < pooled; t++, choice += channels, dout += channels)
      for (size_t k = 0; k < per; k++, dy += channels)
        unpool_row(channels, (float)(k + 1), choice, dout, dy);
    /* The odd last row, which the pool left out. */
    memset(dy, 0, (rows - per * pooled) * channels * sizeof *dy);
    dy += (rows - per * pooled) * channels;
  }
}

/* The window's rows, those that exist first: a picture one pixel wide has no second column, and its
 * second row is the one below. */
FRAY_DISPATCH void fray_relu_pool2d_forward(const struct fray_pool2d *pool, const float *y,
                                            const float *bias, float *out, float *choice) {
  const size_t n = pool->n, height = pool->height, width = pool->width, channels = pool->channels;
  const size_t ph = fray_pooled(height), pw = fray_pooled(width);
  const int wide = width > 1, count = (height > 1 ? 2 : 1) * (wide ? 2 : 1);
  for (size_t i = 0; i < n; i++)
    for (size_t r = 0; r < ph; r++)
      for (size_t c = 0; c < pw; c++) {
        const float *p = y + ((i * height + 2 * r) * width + 2 * c) * channels;
        const float *below = p + width * channels;
        const float *const row[4] = {p, wide ? p + channels : below, below, below + channels};
        const size_t at = ((i * ph + r) * pw + c) * channels;
        pool_rows(channels, count, row, bias, out + at, choice ? choice + at : NULL);
      }
}

/* All pixels of a window at once: what is read of it is read once, and four loops of a row each, of
 * as many values as there are filters, would take longer to begin than to run. */
INLINE void unpool_four(size_t channels, const float *restrict choice, const float *restrict dout,
                        float *restrict first, float *restrict right, float *restrict below,
                        float *restrict last) {
  for (size_t c = 0; c < channels; c++) {
    const float d = dout[c], which = choice[c];
    first[c] = which == 1 ? d : 0;
    right[c] = which == 2 ? d : 0;
    below[c] = which == 3 ? d : 0;
    last[c] = which == 4 ? d : 0;
  }
}

FRAY_DISPATCH void fray_relu_pool2d_backward(const struct fray_pool2d *pool, const float *choice,
                                             const float *dout, float *dy) {
  const size_t n = pool->n, height = pool->height, width = pool->width, channels = pool->channels;
  const size_t ph = fray_pooled(height), pw = fray_pooled(width);
  const size_t high = height > 1 ? 2 : 1, wide = width > 1 ? 2 : 1;
  if (high * ph != height || wide * pw != width) /* odd edges are left out by the pool */
    memset(dy, 0, n * height * width * channels * sizeof *dy);
  for (size_t i = 0; i < n; i++)
    for (size_t r = 0; r < ph; r++)
      for (size_t c = 0; c < pw; c++) {
        const size_t at = ((i * ph + r) * pw + c) * channels;
        if (high * wide == 4) {
          float *to = dy + ((i * height + 2 * r) * width + 2 * c) * channels;
          float *below = to + width * channels;
          unpool_four(channels, choice + at, dout + at, to, to + channels, below, below + channels);
          continue;
        }
        for (size_t k = 0; k < high * wide; k++) {
          const size_t row = 2 * r + k / wide, column = 2 * c + k % wide;
          unpool_row(channels, (float)(k + 1), choice + at, dout + at,
                     dy + ((i * height + row) * width + column) * channels);
        }
      }
}
