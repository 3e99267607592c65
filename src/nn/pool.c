/* Bias, ReLU and max-pooling as one pass over memory, forward and backward. */
#include "fray/nn/pool.h"

#include "fray/tensor/vec.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* One pooled row: `count` rows of y (a constant wherever this is inlined) and the bias. Adding the
 * bias after the maximum gives the same value, since rounding is monotonic. Each choice is a select
 * of its own: nested selects become branches, which no compiler vectorises. */
INLINE void pool_row(size_t channels, int count, const float *const row[4],
                     const float *restrict bias, float *restrict out, int32_t *restrict kept) {
  const float *r0 = row[0], *r1 = row[1], *r2 = row[2], *r3 = row[3];
  for (size_t c = 0; c < channels; c++) {
    const float other[3] = {count > 1 ? r1[c] : 0, count > 2 ? r2[c] : 0, count > 2 ? r3[c] : 0};
    float best = r0[c];
    int32_t which = 1;
    for (int k = 1; k < count; k++) {
      const float v = other[k - 1];
      which = v > best ? k + 1 : which;
      best = v > best ? v : best;
      best = v != v ? v : best;
    }
    best += bias[c];
    out[c] = best < 0 ? 0.0f : best;
    if (kept)
      kept[c] = best <= 0 ? 0 : which;
  }
}

/* One pooled row of `count` rows of y. */
INLINE void pool_rows(size_t channels, int count, const float *const row[4], const float *bias,
                      float *out, int32_t *kept) {
  if (count == 4 && kept)
    pool_row(channels, 4, row, bias, out, kept);
  else if (count == 4)
    pool_row(channels, 4, row, bias, out, NULL);
  else if (count == 2 && kept)
    pool_row(channels, 2, row, bias, out, kept);
  else if (count == 2)
    pool_row(channels, 2, row, bias, out, NULL);
  else if (kept)
    pool_row(channels, 1, row, bias, out, kept);
  else
    pool_row(channels, 1, row, bias, out, NULL);
}

static int32_t *further(int32_t *kept, size_t n) {
  return kept ? kept + n : NULL;
}

/* One sample of `valid` rows, into fray_pooled(valid) rows of out. A lone row is its own maximum,
 * which is more of a sample of one step than PyTorch's pool leaves of it: nothing. */
INLINE void pool_sample(size_t valid, size_t channels, const float *y, const float *bias,
                        float *out, int32_t *kept) {
  for (size_t t = 0; t < fray_pooled(valid); t++) {
    const float *first = y + 2 * t * channels;
    const float *const row[4] = {first, first + channels};
    pool_rows(channels, valid > 1 ? 2 : 1, row, bias, out + t * channels,
              further(kept, t * channels));
  }
}

/* Samples may begin anywhere in a batch: places count from the first of these. */
static size_t rows_of(const struct fray_pool1d *pool, size_t i) {
  return pool->first ? pool->first[i + 1] - pool->first[i] : pool->time;
}

/* Sample after sample, one behind the other on both sides; nothing is written for steps that a
 * sample does not have. */
FRAY_DISPATCH void fray_relu_pool1d_forward(const struct fray_pool1d *pool, const float *y,
                                            const float *bias, float *out, int32_t *kept) {
  const size_t channels = pool->channels;
  for (size_t i = 0; i < pool->n; i++) {
    const size_t rows = rows_of(pool, i), size = fray_pooled(rows) * channels;
    pool_sample(rows, channels, y, bias, out, kept);
    y += rows * channels;
    out += size;
    kept = further(kept, size);
  }
}

/* Channels at a time: of few of them a loop of any length takes longer to begin than to run, and
 * one of known length is taken apart into single values. */
enum { LANES = 16 };
typedef float values __attribute__((vector_size(4 * LANES)));
typedef int32_t bits __attribute__((vector_size(4 * LANES)));

/* What came through goes to the row (1, 2, ...) that won, the others get 0. Nothing won where ReLU
 * is closed. All rows at once: what is read of them is read once. */
INLINE void unpool_lanes(int count, const int32_t *kept, float factor, const float *dout,
                         float *const to[4], size_t at) {
  values d;
  bits which;
  memcpy(&d, dout + at, sizeof d);
  memcpy(&which, kept + at, sizeof which);
  d *= factor;
  for (int k = 0; k < count; k++) {
    const bits won = (bits)d & (which == k + 1);
    memcpy(to[k] + at, &won, sizeof won);
  }
}

/* Of channels that fill no vector. */
INLINE void unpool_one(int count, const int32_t *kept, float factor, const float *dout,
                       float *const to[4], size_t at) {
  for (int k = 0; k < count; k++)
    to[k][at] = kept[at] == k + 1 ? dout[at] * factor : 0;
}

INLINE void unpool_row(size_t channels, int count, const int32_t *kept, float factor,
                       const float *dout, float *const to[4]) {
  size_t c = 0;
  for (; c + LANES <= channels; c += LANES)
    unpool_lanes(count, kept, factor, dout, to, c);
  for (; c < channels; c++)
    unpool_one(count, kept, factor, dout, to, c);
}

/* As pool_rows: three loops, each without a test of how many rows there are. */
INLINE void unpool_rows(size_t channels, int count, const int32_t *kept, float factor,
                        const float *dout, float *const to[4]) {
  if (count == 4)
    unpool_row(channels, 4, kept, factor, dout, to);
  else if (count == 2)
    unpool_row(channels, 2, kept, factor, dout, to);
  else
    unpool_row(channels, 1, kept, factor, dout, to);
}

/* In step with forward: a window's rows lie beside one another, so all that moves is ahead. */
FRAY_DISPATCH void fray_relu_pool1d_backward(const struct fray_pool1d *pool, const int32_t *kept,
                                             float factor, const float *dout, float *dy) {
  const size_t channels = pool->channels;
  for (size_t i = 0; i < pool->n; i++) {
    const size_t rows = rows_of(pool, i), pooled = fray_pooled(rows), per = rows < 2 ? 1 : 2;
    for (size_t t = 0; t < pooled; t++, kept += channels, dout += channels, dy += per * channels) {
      float *const to[4] = {dy, dy + channels};
      unpool_rows(channels, (int)per, kept, factor, dout, to);
    }
    /* The odd last row, which the pool left out. */
    memset(dy, 0, (rows - per * pooled) * channels * sizeof *dy);
    dy += (rows - per * pooled) * channels;
  }
}

/* The window's rows, those that exist first: a picture one pixel wide has no second column, and its
 * second row is the one below. */
FRAY_DISPATCH void fray_relu_pool2d_forward(const struct fray_pool2d *pool, const float *y,
                                            const float *bias, float *out, int32_t *kept) {
  const size_t height = pool->height, width = pool->width, channels = pool->channels;
  const size_t ph = fray_pooled(height), pw = fray_pooled(width);
  const int wide = width > 1, count = (height > 1 ? 2 : 1) * (wide ? 2 : 1);
  for (size_t r = 0; r < ph; r++)
    for (size_t c = 0; c < pw; c++) {
      const float *p = y + (2 * r * width + 2 * c) * channels, *below = p + width * channels;
      const float *const row[4] = {p, wide ? p + channels : below, below, below + channels};
      const size_t at = (r * pw + c) * channels;
      pool_rows(channels, count, row, bias, out + at, further(kept, at));
    }
}

/* Odd edges are left out by the pool: no window writes to them. */
static void clear_edges(const struct fray_pool2d *pool, float *dy, size_t line) {
  const size_t height = pool->height, width = pool->width, size = width * pool->channels;
  const size_t seen = (width > 1 ? 2 : 1) * fray_pooled(width) * pool->channels;
  if (seen < size)
    for (size_t r = 0; r < height; r++)
      memset(dy + r * line + seen, 0, (size - seen) * sizeof *dy);
  if (height > 1 && height % 2 == 1)
    memset(dy + (height - 1) * line, 0, size * sizeof *dy);
}

FRAY_DISPATCH void fray_relu_pool2d_backward(const struct fray_pool2d *pool, const int32_t *kept,
                                             float factor, const float *dout, float *dy,
                                             size_t line) {
  const size_t height = pool->height, width = pool->width, channels = pool->channels;
  const size_t ph = fray_pooled(height), pw = fray_pooled(width);
  const int wide = width > 1, count = (height > 1 ? 2 : 1) * (wide ? 2 : 1);
  clear_edges(pool, dy, line);
  for (size_t r = 0; r < ph; r++)
    for (size_t c = 0; c < pw; c++, kept += channels, dout += channels) {
      float *p = dy + 2 * r * line + 2 * c * channels, *below = p + line;
      float *const to[4] = {p, wide ? p + channels : below, below, below + channels};
      unpool_rows(channels, count, kept, factor, dout, to);
    }
}
