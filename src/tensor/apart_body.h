/* The kernels of apart.c for one instruction set, in the words of product_body.h, which is included
 * before; TALL: rows of a block of sums; LANES(v): the sum of a vector, in one order; FETCH(p):
 * brings a line of the cache near. */
#ifndef APART_BODY_H
#define APART_BODY_H

enum { WIDE = 5, LINE = 16 }; /* columns of a block of sums; floats of a line */

/* R rows of X by C rows of W: a lane of a sum adds every WIDTH-th product. Lines of rows that
 * follow are brought near meanwhile, as memory takes about as long for a row as its products do. R
 * and C are constants wherever this is inlined. */
static inline __attribute__((always_inline)) TARGET void
NAME(dots)(const int R, const int C, size_t width, const float *const *x,
           const struct apart_next *next, const float *w, size_t m, float *out) {
  VEC sum[TALL][WIDE], left[TALL];
  UNROLL for (int r = 0; r < R; r++) UNROLL for (int c = 0; c < C; c++) sum[r][c] = ZERO;
  size_t k = 0, due = next ? next->first * LINE : width;
  for (; k + WIDTH <= width; k += WIDTH) {
    if (k == due) {
      UNROLL for (int r = 0; r < R; r++) FETCH(next->row[r] + k);
      due += next->every * LINE;
    }
    UNROLL for (int r = 0; r < R; r++) left[r] = LOAD(x[r] + k);
    UNROLL for (int c = 0; c < C; c++) {
      const VEC right = LOAD(w + (size_t)c * width + k);
      UNROLL for (int r = 0; r < R; r++) sum[r][c] = FMA(left[r], right, sum[r][c]);
    }
  }
  if (k < width) {
    const TAIL tail = TAIL_OF(width - k);
    UNROLL for (int r = 0; r < R; r++) left[r] = LOAD_TAIL(x[r] + k, tail);
    UNROLL for (int c = 0; c < C; c++) {
      const VEC right = LOAD_TAIL(w + (size_t)c * width + k, tail);
      UNROLL for (int r = 0; r < R; r++) sum[r][c] = FMA(left[r], right, sum[r][c]);
    }
  }
  UNROLL for (int r = 0; r < R; r++) UNROLL for (int c = 0; c < C; c++)
      out[(size_t)r * m + (size_t)c] += LANES(sum[r][c]);
}

/* C rows of the sum by V vectors of columns, over all of X; with `cut` V is 1, and the vector is
 * the end of a row. The same columns of rows that follow are brought near meanwhile. */
static inline __attribute__((always_inline)) TARGET void
NAME(sums)(const int C, const int V, const bool cut, const struct fray_apart *x, size_t at,
           TAIL tail, size_t m, const float *d, float *out) {
  VEC sum[WIDE][TALL], right[TALL];
  UNROLL for (int c = 0; c < C; c++) UNROLL for (int v = 0; v < V; v++) {
    const float *from = out + (size_t)c * x->width + at + v * WIDTH;
    sum[c][v] = cut ? LOAD_TAIL(from, tail) : LOAD(from);
  }
  for (size_t i = 0; i < x->n; i++) {
    if (i < x->ahead)
      UNROLL for (int v = 0; v < V; v++) FETCH(x->row[x->n + i] + at + v * WIDTH);
    UNROLL for (int v = 0; v < V; v++) {
      const float *from = x->row[i] + at + v * WIDTH;
      right[v] = cut ? LOAD_TAIL(from, tail) : LOAD(from);
    }
    UNROLL for (int c = 0; c < C; c++) {
      const VEC left = SPREAD(d[i * m + (size_t)c]);
      UNROLL for (int v = 0; v < V; v++) sum[c][v] = FMA(left, right[v], sum[c][v]);
    }
  }
  UNROLL for (int c = 0; c < C; c++) UNROLL for (int v = 0; v < V; v++) {
    float *to = out + (size_t)c * x->width + at + v * WIDTH;
    if (cut)
      STORE_TAIL(to, tail, sum[c][v]);
    else
      STORE(to, sum[c][v]);
  }
}

#define ROWS(R, C)                                                                                 \
  if (r == (R))                                                                                    \
    NAME(dots)((R) < TALL ? (R) : TALL, C, width, x, next, w, m, out);
#define WIDTHS(C)                                                                                  \
  static TARGET void NAME(dots_##C)(size_t r, size_t width, const float *const *x,                 \
                                    const struct apart_next *next, const float *w, size_t m,       \
                                    float *out) {                                                  \
    ROWS(1, C)                                                                                     \
    ROWS(2, C)                                                                                     \
    ROWS(3, C)                                                                                     \
    ROWS(4, C)                                                                                     \
  }                                                                                                \
  static TARGET void NAME(sums_##C)(const struct fray_apart *x, size_t m, const float *d,          \
                                    float *out) {                                                  \
    const TAIL none = TAIL_OF(0);                                                                  \
    size_t at = 0;                                                                                 \
    for (; at + TALL * WIDTH <= x->width; at += TALL * WIDTH)                                      \
      NAME(sums)(C, TALL, false, x, at, none, m, d, out);                                          \
    for (; at + WIDTH <= x->width; at += WIDTH)                                                    \
      NAME(sums)(C, 1, false, x, at, none, m, d, out);                                             \
    if (at < x->width)                                                                             \
      NAME(sums)(C, 1, true, x, at, TAIL_OF(x->width - at), m, d, out);                            \
  }
WIDTHS(1)
WIDTHS(2)
WIDTHS(3)
WIDTHS(4)
WIDTHS(5)

/* Rows that follow are known up to the last ones: these fetch nothing. */
TARGET void NAME(apart_dots)(const struct fray_apart *x, size_t m, const float *w, float *out) {
  typedef void dots(size_t, size_t, const float *const *, const struct apart_next *, const float *,
                    size_t, float *);
  static dots *const by_width[] = {NAME(dots_1), NAME(dots_2), NAME(dots_3), NAME(dots_4),
                                   NAME(dots_5)};
  for (size_t i = 0, rows; i < x->n; i += rows) {
    rows = FRAY_MIN(x->n - i, (size_t)TALL);
    const bool known = i + TALL + rows <= x->n + x->ahead;
    struct apart_next next = {x->row + i + TALL, 0, (m + WIDE - 1) / WIDE};
    for (size_t c = 0, columns; c < m; c += columns, next.first++) {
      columns = FRAY_MIN(m - c, (size_t)WIDE);
      by_width[columns - 1](rows, x->width, x->row + i, known ? &next : NULL, w + c * x->width, m,
                            out + i * m + c);
    }
  }
}

TARGET void NAME(apart_sums)(const struct fray_apart *x, size_t m, const float *d, float *out) {
  typedef void sums(const struct fray_apart *, size_t, const float *, float *);
  static sums *const by_width[] = {NAME(sums_1), NAME(sums_2), NAME(sums_3), NAME(sums_4),
                                   NAME(sums_5)};
  for (size_t c = 0, columns; c < m; c += columns) {
    columns = FRAY_MIN(m - c, (size_t)WIDE);
    by_width[columns - 1](x, m, d + c, out + c * x->width);
  }
}

#endif
