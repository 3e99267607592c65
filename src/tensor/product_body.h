/* The kernels of product.c for one instruction set. Defined before this file is included:
 *   NAME(x)  name of its functions       TARGET  attribute of each of them
 *   VEC      a vector of WIDTH floats    MOST    rows of a block, the accumulators that there are
 *   ZERO, SPREAD(x), FMA(a, b, c): a b + c, LOAD(p), STORE(p, v)
 *   TAIL, TAIL_OF(n), LOAD_TAIL(p, t), STORE_TAIL(p, t, v): the first n values of a vector */
#ifndef PRODUCT_BODY_H
#define PRODUCT_BODY_H

#include "fray/base/size.h"

enum { VECTORS = 2, MOST_SUMS = 4 };
#define SUMS(accumulators) ((accumulators) <= 2 ? 4 : (accumulators) <= 4 ? 2 : 1)
#define UNROLL _Pragma("GCC unroll 14")
#define LOAD_AT(p, v) ((v) + 1 < V ? LOAD((p) + (v)*WIDTH) : LOAD_TAIL((p) + (v)*WIDTH, tail))

/* One column of A by one row of B, into sums s. Rows are reached from every fourth, by multiples
 * of their distance that addresses can hold. */
#define MULTIPLY(s)                                                                                \
  do {                                                                                             \
    VEC right[VECTORS];                                                                            \
    UNROLL for (int v = 0; v < V; v++) right[v] = LOAD_AT(b, v);                                   \
    UNROLL for (int r = 0; r < R; r++) {                                                           \
      const float *from = r < 4 ? x0 : r < 8 ? x4 : r < 12 ? x8 : x12;                             \
      const VEC left = SPREAD(from[r % 4 == 3 ? row3 : r % 4 * row]);                              \
      UNROLL for (int v = 0; v < V; v++) sum[s][r][v] = FMA(left, right[v], sum[s][r][v]);         \
    }                                                                                              \
    x0 += step, x4 += step, x8 += step, x12 += step, b += ldb;                                     \
  } while (0)

/* R rows by V vectors of C stay in registers over all of k; the last vector of a row may be cut.
 * Where they are few, S neighbours in a run have sums of their own, since an addition waits for the
 * one before it. R, V and S are constants wherever this is inlined. */
static inline __attribute__((always_inline)) TARGET void
NAME(block)(const int R, const int V, const int S, const struct fray_left *a, const float *x,
            const float *b, size_t ldb, TAIL tail, bool add, float *c, size_t ldc) {
  const ptrdiff_t row = (ptrdiff_t)a->row, row3 = 3 * row;
  const size_t step = a->step, run = a->run;
  VEC sum[MOST_SUMS][MOST][VECTORS];
  UNROLL for (int r = 0; r < R; r++) UNROLL for (int v = 0; v < V; v++) {
    sum[0][r][v] = add ? LOAD_AT(c + (size_t)r * ldc, v) : ZERO;
    UNROLL for (int s = 1; s < S; s++) sum[s][r][v] = ZERO;
  }
  for (size_t j = 0; j < a->runs; j++) {
    const float *x0 = x + j * a->leap, *x4 = x0 + 4 * row, *x8 = x4 + 4 * row, *x12 = x8 + 4 * row;
    size_t l = 0;
    if (S > 1)
      for (; l + (size_t)S <= run; l += (size_t)S)
        UNROLL for (int s = 0; s < S; s++) MULTIPLY(s);
    for (; l < run; l++)
      MULTIPLY(0);
  }
  UNROLL for (int r = 0; r < R; r++) UNROLL for (int v = 0; v < V; v++) {
    float *to = c + (size_t)r * ldc + v * WIDTH;
    UNROLL for (int s = 1; s < S; s++) sum[0][r][v] = sum[0][r][v] + sum[s][r][v];
    if (v + 1 < V)
      STORE(to, sum[0][r][v]);
    else
      STORE_TAIL(to, tail, sum[0][r][v]);
  }
}

#define BLOCK(R, V)                                                                                \
  static TARGET void NAME(block_##R##_##V)(const struct fray_left *a, const float *x,              \
                                           const float *b, size_t ldb, TAIL tail, bool add,        \
                                           float *c, size_t ldc) {                                 \
    NAME(block)(R, V, SUMS((R) * (V)), a, x, b, ldb, tail, add, c, ldc);                           \
  }
#define BLOCKS(V)                                                                                  \
  BLOCK(1, V)                                                                                      \
  BLOCK(2, V)                                                                                      \
  BLOCK(3, V)                                                                                      \
  BLOCK(4, V)                                                                                      \
  BLOCK(5, V)                                                                                      \
  BLOCK(6, V)                                                                                      \
  MORE_BLOCKS(V)
BLOCKS(1)
BLOCKS(2)

/* Rows in equal shares rather than whole blocks and a rest: a block of few rows waits for itself.
 */
TARGET void NAME(product)(const struct fray_left *a, size_t n, const float *b, size_t ldb, bool add,
                          float *c, size_t ldc) {
#define ROW(V)                                                                                     \
  {                                                                                                \
    NAME(block_1_##V), NAME(block_2_##V), NAME(block_3_##V), NAME(block_4_##V), NAME(block_5_##V), \
        NAME(block_6_##V) MORE_NAMES(V)                                                            \
  }
  typedef void block(const struct fray_left *, const float *, const float *, size_t, TAIL, bool,
                     float *, size_t);
  static block *const blocks[VECTORS][MOST] = {ROW(1), ROW(2)};
#undef ROW
  const size_t parts = (a->rows + MOST - 1) / MOST;
  for (size_t j = 0; j < n; j += VECTORS * WIDTH) {
    const size_t columns = FRAY_MIN(n - j, (size_t)VECTORS * WIDTH);
    const size_t before = (columns - 1) / WIDTH; /* whole vectors */
    const TAIL tail = TAIL_OF(columns - before * WIDTH);
    for (size_t i = 0; i < a->lines; i++)
      for (size_t p = 0; p < parts; p++) {
        const size_t from = a->rows * p / parts, to = a->rows * (p + 1) / parts;
        blocks[before][to - from - 1](a, a->x + i * a->line + from * a->row, b + j, ldb, tail, add,
                                      c + (i * a->rows + from) * ldc + j, ldc);
      }
  }
}

#endif
