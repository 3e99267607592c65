/* The kernels of apart.c for one instruction set, in the words of product_body.h, which is included
 * before; TALL: rows of a block of sums; LANES(v): the sum of a vector, in one order, and
 * LANES_OF_FOUR(a, b, c, d, out), if it is there, those of four in the same; FETCH(p): brings a
 * line into the second-level cache. */
#ifndef APART_BODY_H
#define APART_BODY_H

enum { WIDE = 5 }; /* columns of a block of sums */

/* Rows [fetch, n + ahead) in equal runs, one after the other, for `parts` parts of a product:
 * memory takes about as long for a row as its products do. */
static inline struct apart_next NAME(share)(const struct fray_apart *x, size_t part, size_t parts) {
  const size_t end = x->n + x->ahead, rows = end > x->fetch ? end - x->fetch : 0;
  const size_t from = part * rows / parts, to = (part + 1) * rows / parts;
  return (struct apart_next){x->row + x->fetch + from, to - from};
}

/* R rows of X by C rows of W: a lane of a sum adds every WIDTH-th product. Rows that follow are
 * brought near meanwhile, line after line. R and C are constants wherever this is inlined. */
static inline __attribute__((always_inline)) TARGET void
NAME(dots)(const int R, const int C, size_t width, const float *const *x,
           const struct apart_next *next, const float *w, size_t m, float *out) {
  const struct apart_next fetch = *next;
  VEC sum[TALL][WIDE], left[TALL];
  UNROLL for (int r = 0; r < R; r++) UNROLL for (int c = 0; c < C; c++) sum[r][c] = ZERO;
  size_t k = 0;
  for (; k + WIDTH <= width; k += WIDTH) {
    for (size_t i = 0; i < fetch.n; i++)
      FETCH(fetch.row[i] + k);
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
  UNROLL for (int c = 0; c < C; c++) {
#ifdef LANES_OF_FOUR
    if (R == 4) {
      float four[4];
      LANES_OF_FOUR(sum[0][c], sum[1][c], sum[2][c], sum[3][c], four);
      UNROLL for (int r = 0; r < R; r++) out[(size_t)r * m + (size_t)c] += four[r];
      continue;
    }
#endif
    UNROLL for (int r = 0; r < R; r++) out[(size_t)r * m + (size_t)c] += LANES(sum[r][c]);
  }
}

/* C rows of the sum by V vectors of columns, over all of X; with `cut` V is 1, and the vector is
 * the end of a row. The same columns of rows that follow are brought near meanwhile. */
static inline __attribute__((always_inline)) TARGET void
NAME(sums)(const int C, const int V, const bool cut, const struct fray_apart *x,
           const struct apart_next *next, size_t at, TAIL tail, size_t m, const float *d,
           float *out) {
  VEC sum[WIDE][TALL], right[TALL];
  UNROLL for (int c = 0; c < C; c++) UNROLL for (int v = 0; v < V; v++) sum[c][v] = ZERO;
  for (size_t i = 0; i < x->n; i++) {
    for (size_t j = i; j < next->n; j += x->n)
      UNROLL for (int v = 0; v < V; v++) FETCH(next->row[j] + at + v * WIDTH);
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
  static TARGET void NAME(sums_##C)(const struct fray_apart *x, const struct apart_next *next,     \
                                    size_t m, const float *d, float *out) {                        \
    const TAIL none = TAIL_OF(0);                                                                  \
    size_t at = 0;                                                                                 \
    for (; at + TALL * WIDTH <= x->width; at += TALL * WIDTH)                                      \
      NAME(sums)(C, TALL, false, x, next, at, none, m, d, out);                                    \
    for (; at + WIDTH <= x->width; at += WIDTH)                                                    \
      NAME(sums)(C, 1, false, x, next, at, none, m, d, out);                                       \
    if (at < x->width)                                                                             \
      NAME(sums)(C, 1, true, x, next, at, TAIL_OF(x->width - at), m, d, out);                      \
  }
WIDTHS(1)
WIDTHS(2)
WIDTHS(3)
WIDTHS(4)
WIDTHS(5)

static inline size_t NAME(parts_of)(size_t m) {
  return (m + WIDE - 1) / WIDE;
}

TARGET void NAME(apart_dots)(const struct fray_apart *x, size_t m, const float *w, float *out) {
  typedef void dots(size_t, size_t, const float *const *, const struct apart_next *, const float *,
                    size_t, float *);
  static dots *const by_width[] = {NAME(dots_1), NAME(dots_2), NAME(dots_3), NAME(dots_4),
                                   NAME(dots_5)};
  const size_t parts = (x->n + TALL - 1) / TALL * NAME(parts_of)(m);
  for (size_t i = 0, part = 0, rows; i < x->n; i += rows) {
    rows = FRAY_MIN(x->n - i, (size_t)TALL);
    for (size_t c = 0, columns; c < m; c += columns, part++) {
      const struct apart_next next = NAME(share)(x, part, parts);
      columns = FRAY_MIN(m - c, (size_t)WIDE);
      by_width[columns - 1](rows, x->width, x->row + i, &next, w + c * x->width, m,
                            out + i * m + c);
    }
  }
}

TARGET void NAME(apart_sums)(const struct fray_apart *x, size_t m, const float *d, float *out) {
  typedef void sums(const struct fray_apart *, const struct apart_next *, size_t, const float *,
                    float *);
  static sums *const by_width[] = {NAME(sums_1), NAME(sums_2), NAME(sums_3), NAME(sums_4),
                                   NAME(sums_5)};
  for (size_t c = 0, part = 0, columns; c < m; c += columns, part++) {
    const struct apart_next next = NAME(share)(x, part, NAME(parts_of)(m));
    columns = FRAY_MIN(m - c, (size_t)WIDE);
    by_width[columns - 1](x, &next, m, d + c, out + c * x->width);
  }
}

#endif
