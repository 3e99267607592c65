/* Diamond-square maps on a torus. */
#include "plasma.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <stdbool.h>
#include <string.h>

enum { DRAWS = 256 }; /* at a time; even */

/* wibble: the b of the step, whose noise is b U(-b, b): as published it falls with b squared. */
struct grid {
  float *map;
  size_t side;
  struct fray_rng *rng;
  double wibble;
  size_t numbers;       /* of the stream that are still to be taken */
  uint32_t bits[DRAWS]; /* half a number each, as a map takes many; the low half first */
  size_t used, filled;  /* of them */
};

/* Halves of the next numbers; never more than the map needs in all. */
static void refill(struct grid *g) {
  uint64_t number[DRAWS / 2];
  const size_t n = FRAY_MIN(g->numbers, (size_t)DRAWS / 2);
  fray_rng_fill(g->rng, n, number);
  for (size_t i = 0; i < n; i++) {
    g->bits[2 * i] = (uint32_t)number[i];
    g->bits[2 * i + 1] = (uint32_t)(number[i] >> 32);
  }
  g->numbers -= n;
  g->filled = 2 * n;
  g->used = 0;
}

/* Points that lie `step` apart: each the mean of four others, and noise uniform on [-1, 1) times
 * `size`. Inlined for the finest step, which has most of the points, as a number. */
static inline __attribute__((always_inline)) void means(const float *const from[4], size_t n,
                                                        size_t step, const uint32_t *bits,
                                                        double size, float *out) {
  const float *a = from[0], *b = from[1], *c = from[2], *d = from[3];
  for (size_t k = 0; k < n; k++) {
    const float sum = a[k * step] + b[k * step] + c[k * step] + d[k * step];
    out[k] = (float)((double)sum / 4 + size * ((double)bits[k] * 0x1p-31 - 1));
  }
}
static FRAY_DISPATCH void means_of(const float *const from[4], size_t n, size_t step,
                                   const uint32_t *bits, double size, float *out) {
  if (step == 2)
    means(from, n, 2, bits, size, out);
  else
    means(from, n, step, bits, size, out);
}

/* n points of a row from place `at` of the map on; from: the first neighbours, in the order of the
 * sum. */
static void fill(struct grid *g, size_t at, size_t n, size_t step, const float *a, const float *b,
                 const float *c, const float *d) {
  float out[DRAWS];
  for (size_t done = 0; done < n;) {
    if (g->used == g->filled)
      refill(g);
    const size_t count = FRAY_MIN(n - done, g->filled - g->used), by = done * step;
    const float *const from[4] = {a + by, b + by, c + by, d + by};
    means_of(from, count, step, g->bits + g->used, g->wibble * g->wibble, out);
    for (size_t k = 0; k < count; k++)
      g->map[at + (done + k) * step] = out[k];
    g->used += count;
    done += count;
  }
}

/* Middles of squares, of row y: their corners. The last one's right corners are at the left end, as
 * the map is a torus. */
static void fill_squares(struct grid *g, size_t y, size_t step) {
  const size_t half = step / 2, n = g->side / step;
  const float *up = g->map + (y - half) * g->side,
              *down = g->map + ((y + half) & (g->side - 1)) * g->side;
  const size_t at = y * g->side + half, last = (n - 1) * step;
  fill(g, at, n - 1, step, up, up + step, down, down + step);
  fill(g, at + last, 1, step, up + last, up, down + last, down);
}

/* Middles of edges, of row y: what is above, below, left and right, x = 0 (shifted: half) first. */
static void fill_edges(struct grid *g, size_t y, size_t step, bool shifted) {
  const size_t half = step / 2, n = g->side / step, last = (n - 1) * step;
  const float *here = g->map + y * g->side, *up = g->map + ((y - half) & (g->side - 1)) * g->side,
              *down = g->map + ((y + half) & (g->side - 1)) * g->side;
  const size_t at = y * g->side;
  if (shifted) {
    fill(g, at + half, n - 1, step, up + half, down + half, here, here + step);
    fill(g, at + half + last, 1, step, up + half + last, down + half + last, here + last, here);
  } else {
    fill(g, at, 1, step, up, down, here + g->side - half, here + half);
    fill(g, at + step, n - 1, step, up + step, down + step, here + half, here + step + half);
  }
}

/* In lanes, since the compiler keeps the order of comparisons; n is a multiple of them. */
static FRAY_DISPATCH void extremes(const float *x, size_t n, float *low, float *high) {
  enum { LANES = 16 };
  float least[LANES], most[LANES];
  memcpy(least, x, sizeof least);
  memcpy(most, x, sizeof most);
  for (size_t i = 0; i < n; i += LANES)
    for (size_t l = 0; l < LANES; l++) {
      least[l] = FRAY_MIN(least[l], x[i + l]);
      most[l] = FRAY_MAX(most[l], x[i + l]);
    }
  *low = least[0];
  *high = most[0];
  for (size_t l = 1; l < LANES; l++) {
    *low = FRAY_MIN(*low, least[l]);
    *high = FRAY_MAX(*high, most[l]);
  }
}

/* Middles of squares first and then the middles of their edges, from which the next squares are
 * made. The corner that all begins with is the only point that is not drawn. */
void fray_plasma(struct fray_rng *rng, size_t side, double decay, float *map) {
  struct grid g = {.map = map, .side = side, .rng = rng, .wibble = 100, .numbers = side * side / 2};
  float low, high;
  map[0] = 0;
  for (size_t step = side; step >= 2; step /= 2, g.wibble /= decay) {
    const size_t half = step / 2;
    for (size_t y = half; y < side; y += step)
      fill_squares(&g, y, step);
    for (size_t y = 0; y < side; y += step)
      fill_edges(&g, y, step, true);
    for (size_t y = half; y < side; y += step)
      fill_edges(&g, y, step, false);
  }
  /* To 0 .. 1 by the extremes of the whole map, also where only a part of it is laid over. */
  extremes(map, side * side, &low, &high);
  /* A flat map would need every draw to be 1/2. */
  const float scale = high > low ? 1 / (high - low) : 0;
  for (size_t i = 0; i < side * side; i++)
    map[i] = FRAY_MIN((map[i] - low) * scale, 1.0f);
}

/* No smaller than the map of the smallest published set: the map decides how rough the fog is. */
size_t fray_plasma_side(size_t n) {
  size_t side = 32;
  while (side < n)
    side *= 2;
  return side;
}
