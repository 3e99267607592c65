/* The relief of drops: edges of a layer of liquid, how far away they are, and light from one side.
 * Each step is OpenCV's in its integer arithmetic, since the published sets were made by it. */
#include "droplets.h"

#include "padded.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct sheet {
  size_t height, width;
  uint8_t *level; /* (height, width) */
};

/* Of a pixel beyond the border, as the filter in question continues the picture. */
static int at(const struct sheet *s, enum fray_border border, size_t row, size_t column, int dy,
              int dx) {
  const size_t y = fray_border_at(border, (ptrdiff_t)row + dy, s->height);
  const size_t x = fray_border_at(border, (ptrdiff_t)column + dx, s->width);
  return s->level[y * s->width + x];
}

/* Sobel's two slopes, and their L1 length with a rim of zeros, which no edge can be longer than. */
static void slopes(const struct sheet *s, int *dx, int *dy, int *length) {
  static const int weight[3] = {1, 2, 1};
  const enum fray_border b = FRAY_BORDER_REPEAT;
  for (size_t row = 0; row < s->height; row++)
    for (size_t column = 0; column < s->width; column++) {
      const size_t i = row * s->width + column;
      dx[i] = dy[i] = 0;
      for (int k = -1; k <= 1; k++) {
        dx[i] += weight[k + 1] * (at(s, b, row, column, k, 1) - at(s, b, row, column, k, -1));
        dy[i] += weight[k + 1] * (at(s, b, row, column, 1, k) - at(s, b, row, column, -1, k));
      }
      length[(row + 1) * (s->width + 2) + column + 1] = abs(dx[i]) + abs(dy[i]);
    }
}

/* Longest across the edge: left and right, above and below, or along a diagonal, by the tangents of
 * 22.5 and 67.5 degrees in 15 bits. Ties go to one side, as there. */
static bool is_ridge(const int *m, size_t stride, int dx, int dy) {
  const int64_t tangent = (int64_t)abs(dx) * 13573, y = (int64_t)abs(dy) << 15;
  if (y < tangent)
    return m[0] > m[-1] && m[0] >= m[1];
  if (y > tangent + ((int64_t)abs(dx) << 16))
    return m[0] > *(m - stride) && m[0] >= m[stride];
  const ptrdiff_t s = (dx ^ dy) < 0 ? -1 : 1;
  return m[0] > *(m - stride - s) && m[0] > *(m + stride + s);
}

/* Canny: ridges above 150, and those above 50 that hang together with one. edge: 1 or 0. */
static enum fray_status find_edges(const struct sheet *s, uint8_t *edge, struct fray_arena *scratch,
                                   struct fray_err *err) {
  enum { LOW = 50, HIGH = 150, WEAK = 2 };
  const size_t n = s->height * s->width, stride = s->width + 2;
  int *dx, *dy, *length;
  size_t *stack, depth = 0;
  FRAY_ALLOC(dx, scratch, n, err);
  FRAY_ALLOC(dy, scratch, n, err);
  FRAY_ALLOC(stack, scratch, n, err);
  FRAY_ALLOC_ZERO(length, scratch, (s->height + 2) * stride, err);
  slopes(s, dx, dy, length);
  for (size_t i = 0; i < n; i++) {
    const int *m = length + (i / s->width + 1) * stride + i % s->width + 1;
    edge[i] = *m > LOW && is_ridge(m, stride, dx[i], dy[i]) ? (*m > HIGH ? 1 : WEAK) : 0;
    if (edge[i] == 1)
      stack[depth++] = i;
  }
  /* From each sure edge on: what hangs together with it is one too. */
  while (depth) {
    const size_t i = stack[--depth], row = i / s->width, column = i % s->width;
    for (size_t y = row ? row - 1 : 0; y < FRAY_MIN(row + 2, s->height); y++)
      for (size_t x = column ? column - 1 : 0; x < FRAY_MIN(column + 2, s->width); x++)
        if (edge[y * s->width + x] == WEAK) {
          edge[y * s->width + x] = 1;
          stack[depth++] = y * s->width + x;
        }
  }
  for (size_t i = 0; i < n; i++)
    edge[i] = edge[i] == 1;
  return FRAY_OK;
}

/* Distance to the nearest edge by two sweeps with steps of 1, 1.4 and 2.1969 (a knight's), in 16
 * bits after the point; at most 20. */
static enum fray_status distances(const uint8_t *edge, size_t height, size_t width, float *out,
                                  struct fray_arena *scratch, struct fray_err *err) {
  enum { STRAIGHT = 65536, DIAGONAL = 91750, KNIGHT = 143976, FAR = 1 << 29 };
  static const struct {
    int dy, dx, cost;
  } step[8] = {{-2, -1, KNIGHT},  {-2, 1, KNIGHT},   {-1, -2, KNIGHT}, {-1, -1, DIAGONAL},
               {-1, 0, STRAIGHT}, {-1, 1, DIAGONAL}, {-1, 2, KNIGHT},  {0, -1, STRAIGHT}};
  const ptrdiff_t stride = (ptrdiff_t)width + 4;
  const size_t n = (height + 4) * (size_t)stride;
  int *d;
  FRAY_ALLOC(d, scratch, n, err);
  /* Two pixels of nothing around, as far as a knight steps; without any edge all stays far. */
  for (size_t i = 0; i < n; i++)
    d[i] = FAR;
  /* Down and then up: each step of a shortest way belongs to one of the sweeps. */
  for (int back = 0; back < 2; back++)
    for (size_t k = 0; k < height * width; k++) {
      const size_t i = back ? height * width - 1 - k : k;
      int *here = d + ((ptrdiff_t)(i / width) + 2) * stride + (ptrdiff_t)(i % width) + 2;
      if (edge[i])
        *here = 0;
      for (size_t j = 0; j < 8; j++) {
        const ptrdiff_t by = step[j].dy * stride + step[j].dx;
        *here = FRAY_MIN(*here, (back ? here[-by] : here[by]) + step[j].cost);
      }
      out[i] = (float)fmin((double)*here / STRAIGHT, 20);
    }
  return FRAY_OK;
}

/* Levels are spread so that each takes as much room as it has pixels; one level alone stays. */
static void equalise(uint8_t *level, size_t n) {
  size_t count[256] = {0}, first = 0, sum = 0;
  uint8_t to[256] = {0};
  for (size_t i = 0; i < n; i++)
    count[level[i]]++;
  while (count[first] == 0)
    first++;
  if (count[first] == n)
    return;
  /* In float and with halves to even, as there: a level more or less would show in the relief. */
  const float scale = 255.0f / (float)(n - count[first]);
  for (size_t i = first + 1; i < 256; i++) {
    sum += count[i];
    to[i] = (uint8_t)fminf(rintf((float)sum * scale), 255);
  }
  for (size_t i = 0; i < n; i++)
    level[i] = to[level[i]];
}

/* Weighted sum of the 3 x 3 around each pixel, divided and rounded, cut to 8 bits. */
static void filter(const struct sheet *s, const int weight[9], int divisor, uint8_t *out) {
  for (size_t i = 0; i < s->height * s->width; i++) {
    int sum = 0;
    for (int k = 0; k < 9; k++)
      sum +=
          weight[k] * at(s, FRAY_BORDER_REFLECT, i / s->width, i % s->width, k / 3 - 1, k % 3 - 1);
    out[i] = (uint8_t)FRAY_MIN(FRAY_MAX((2 * sum + divisor) / (2 * divisor), 0), 255);
  }
}

/* Means of 3 x 3 distances, which are no whole numbers, cut to 8 bits. */
static void mean_distance(const float *x, size_t height, size_t width, uint8_t *out) {
  for (size_t i = 0; i < height * width; i++) {
    double sum = 0;
    for (int k = 0; k < 9; k++) {
      const ptrdiff_t y = (ptrdiff_t)(i / width) + k / 3 - 1,
                      c = (ptrdiff_t)(i % width) + k % 3 - 1;
      sum += (double)x[fray_border_at(FRAY_BORDER_REFLECT, y, height) * width +
                       fray_border_at(FRAY_BORDER_REFLECT, c, width)];
    }
    out[i] = (uint8_t)(float)(sum * (1.0 / 9));
  }
}

/* The order is the published one. Two sheets of bytes take turns, as no filter may write over what
 * it still reads. */
enum fray_status fray_droplets(const float *layer, size_t height, size_t width, float *light,
                               struct fray_arena *scratch, struct fray_err *err) {
  static const int emboss[9] = {-2, -1, 0, -1, 1, 1, 0, 1, 2},
                   mean[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  const size_t n = height * width;
  struct sheet s = {height, width, NULL};
  uint8_t *level, *relief, *other;
  float most = 0;
  FRAY_ALLOC(level, scratch, n, err);
  FRAY_ALLOC(relief, scratch, n, err);
  FRAY_ALLOC(other, scratch, n, err);
  for (size_t i = 0; i < n; i++) /* what is above 1 begins at 0 again, as there */
    level[i] = (uint8_t)(int)FRAY_MIN(FRAY_MAX(layer[i] * 255, 0.0f), 1e6f);
  s.level = level;
  FRAY_TRY(find_edges(&s, other, scratch, err));
  FRAY_TRY(distances(other, height, width, light, scratch, err));
  mean_distance(light, height, width, relief);
  equalise(relief, n);
  s.level = relief;
  filter(&s, emboss, 1, other);
  s.level = other;
  filter(&s, mean, 9, relief);
  for (size_t i = 0; i < n; i++)
    most = FRAY_MAX(most, light[i] = (float)level[i] * (float)relief[i]);
  /* The brightest point of the drops is 1, whatever they are; a dry pane has none. */
  for (size_t i = 0; i < n && most > 0; i++)
    light[i] /= most;
  return FRAY_OK;
}
