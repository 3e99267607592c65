/* Diamond-square maps on a torus. */
#include "plasma.h"

#include "fray/base/size.h"

/* wibble: the b of the step, whose noise is b U(-b, b): as published it falls with b squared. */
struct grid {
  float *map;
  size_t side;
  struct fray_rng *rng;
  double wibble;
  uint64_t bits; /* what is left of the last number */
  int halves;
};

/* Uniform on [-1, 1): half a number each, as a map takes many. */
static double next_signed(struct grid *g) {
  if (g->halves == 0) {
    g->bits = fray_rng_u64(g->rng);
    g->halves = 2;
  }
  const double out = (double)(uint32_t)g->bits * 0x1p-31 - 1;
  g->bits >>= 32;
  g->halves--;
  return out;
}

/* The point (y, x) becomes the mean of its neighbours at distance d, straight ones or corners. */
static void fill(struct grid *g, size_t y, size_t x, size_t d, int corners) {
  const size_t mask = g->side - 1; /* side is a power of 2: wraps around */
  const size_t up = (y - d) & mask, down = (y + d) & mask, left = (x - d) & mask,
               right = (x + d) & mask;
  const float *m = g->map;
  const size_t n = g->side;
  const float sum =
      corners ? m[up * n + left] + m[up * n + right] + m[down * n + left] + m[down * n + right]
              : m[up * n + x] + m[down * n + x] + m[y * n + left] + m[y * n + right];
  const double noise = g->wibble * g->wibble * next_signed(g);
  g->map[y * n + x] = (float)((double)sum / 4 + noise);
}

/* Middles of squares first and then the middles of their edges, from which the next squares are
 * made. The corner that all begins with is the only point that is not drawn. */
void fray_plasma(struct fray_rng *rng, size_t side, double decay, float *map) {
  struct grid g = {.map = map, .side = side, .rng = rng, .wibble = 100};
  float low, high;
  map[0] = 0;
  for (size_t step = side; step >= 2; step /= 2, g.wibble /= decay) {
    const size_t half = step / 2;
    for (size_t y = half; y < side; y += step)
      for (size_t x = half; x < side; x += step)
        fill(&g, y, x, half, 1);
    for (size_t y = 0; y < side; y += step)
      for (size_t x = half; x < side; x += step)
        fill(&g, y, x, half, 0);
    for (size_t y = half; y < side; y += step)
      for (size_t x = 0; x < side; x += step)
        fill(&g, y, x, half, 0);
  }
  /* To 0 .. 1 by the extremes of the whole map, also where only a part of it is laid over. */
  low = high = map[0];
  for (size_t i = 1; i < side * side; i++) {
    low = FRAY_MIN(low, map[i]);
    high = FRAY_MAX(high, map[i]);
  }
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
