/* The kernels of apart.c for one instruction set, in the words of product_body.h, which is included
 * before:
 *   TALL, WIDEST      the most rows and columns of a block of sums
 *   TALL_OF(C)        rows of a block of C columns
 *   LANES(v)          the sum of a vector, in one order
 *   LANES_OF_FOUR(a, b, c, d, out), if it is there: those of four in the same
 *   FETCH(p)          brings a line into the second-level cache
 *   HOLD(v)           v is loaded here and stays in a register, where that can be said */
#ifndef APART_BODY_H
#define APART_BODY_H

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
  VEC sum[TALL][WIDEST], left[TALL];
  UNROLL for (int r = 0; r < R; r++) UNROLL for (int c = 0; c < C; c++) sum[r][c] = ZERO;
  /* Rows of W are reached from every fourth: ten pointers would not stay in registers. */
  const float *w0 = w, *w1 = w0 + 4 * width, *w2 = w1 + 4 * width;
  const size_t row = width, row3 = 3 * width;
  size_t k = 0;
  for (; k + WIDTH <= width; k += WIDTH) {
    for (size_t i = 0; i < fetch.n; i++)
      FETCH(fetch.row[i] + k);
    UNROLL for (int r = 0; r < R; r++) left[r] = LOAD(x[r] + k);
    UNROLL for (int c = 0; c < C; c++) {
      const float *from = c < 4 ? w0 : c < 8 ? w1 : w2;
      VEC right = LOAD(from + (c % 4 == 3 ? row3 : (size_t)(c % 4) * row));
      HOLD(right);
      UNROLL for (int r = 0; r < R; r++) sum[r][c] = FMA(left[r], right, sum[r][c]);
    }
    w0 += WIDTH, w1 += WIDTH, w2 += WIDTH;
    HIDE(w0);
    HIDE(w1);
    HIDE(w2);
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
    if (R == 2 && (c % 2 == 1 || c + 1 < C)) {
      float four[4];
      if (c % 2 == 1) /* with the column before it */
        continue;
      LANES_OF_FOUR(sum[0][c], sum[0][c + 1], sum[1][c], sum[1][c + 1], four);
      UNROLL for (int r = 0; r < 2; r++) {
        out[(size_t)r * m + (size_t)c] += four[2 * r];
        out[(size_t)r * m + (size_t)c + 1] += four[2 * r + 1];
      }
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
  VEC sum[WIDEST][TALL], right[TALL];
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
    NAME(dots)((R) < TALL_OF(C) ? (R) : TALL_OF(C), C, width, x, next, w, m, out);
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
    for (; at + TALL_OF(C) * WIDTH <= x->width; at += TALL_OF(C) * WIDTH)                          \
      NAME(sums)(C, TALL_OF(C), false, x, next, at, none, m, d, out);                              \
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
#if WIDEST == 10
WIDTHS(6)
WIDTHS(7)
WIDTHS(8)
WIDTHS(9)
WIDTHS(10)
#define MORE_WIDTHS(name)                                                                          \
  , NAME(name##_6), NAME(name##_7), NAME(name##_8), NAME(name##_9), NAME(name##_10)
#else
#define MORE_WIDTHS(name)
#endif
#define BY_WIDTH(name)                                                                             \
  {                                                                                                \
    NAME(name##_1), NAME(name##_2), NAME(name##_3), NAME(name##_4),                                \
        NAME(name##_5) MORE_WIDTHS(name)                                                           \
  }

static inline size_t NAME(parts_of)(size_t m) {
  return (m + WIDEST - 1) / WIDEST;
}

TARGET void NAME(apart_dots)(const struct fray_apart *x, size_t m, const float *w, float *out) {
  typedef void dots(size_t, size_t, const float *const *, const struct apart_next *, const float *,
                    size_t, float *);
  static dots *const by_width[] = BY_WIDTH(dots);
  const size_t most = TALL_OF(m);
  const size_t parts = (x->n + most - 1) / most * NAME(parts_of)(m);
  for (size_t i = 0, part = 0, rows; i < x->n; i += rows) {
    rows = FRAY_MIN(x->n - i, most);
    for (size_t c = 0, columns; c < m; c += columns, part++) {
      const struct apart_next next = NAME(share)(x, part, parts);
      columns = FRAY_MIN(m - c, (size_t)WIDEST);
      by_width[columns - 1](rows, x->width, x->row + i, &next, w + c * x->width, m,
                            out + i * m + c);
    }
  }
}

TARGET void NAME(apart_sums)(const struct fray_apart *x, size_t m, const float *d, float *out) {
  typedef void sums(const struct fray_apart *, const struct apart_next *, size_t, const float *,
                    float *);
  static sums *const by_width[] = BY_WIDTH(sums);
  for (size_t c = 0, part = 0, columns; c < m; c += columns, part++) {
    const struct apart_next next = NAME(share)(x, part, NAME(parts_of)(m));
    columns = FRAY_MIN(m - c, (size_t)WIDEST);
    by_width[columns - 1](x, &next, m, d + c, out + c * x->width);
  }
}

#endif
