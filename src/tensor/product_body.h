/* The kernels of product.c for one instruction set. Defined before this file is included:
 *   NAME(x)  name of its functions       TARGET  attribute of each of them
 *   VEC      a vector of WIDTH floats    MOST    rows of a block, the accumulators that there are
 *   ZERO, SPREAD(x), FMA(a, b, c): a b + c, NOT_BELOW_0(x): 0 where x < 0, LOAD(p), STORE(p, v)
 *   TAIL, TAIL_OF(n), LOAD_TAIL(p, t), STORE_TAIL(p, t, v): the first n values of a vector */
#ifndef PRODUCT_BODY_H
#define PRODUCT_BODY_H

#include "fray/base/size.h"

enum { VECTORS = 2, MOST_VECTORS = 4, SUM_VECTORS = 4 };
#define SUMS(accumulators) ((accumulators) <= 2 ? 4 : (accumulators) <= 4 ? 2 : 1)
#define UNROLL _Pragma("GCC unroll 14")
#define IS_TAIL(v) (!WHOLE && (v) + 1 == V)
#define LOAD_AT(p, v) (IS_TAIL(v) ? LOAD_TAIL((p) + (v)*WIDTH, tail) : LOAD((p) + (v)*WIDTH))

/* The compiler would work out all addresses in C beforehand, for a sum that begins with what is
 * there, and keep them in memory: a twentieth of the time of a short sum. */
#ifdef __GNUC__
#define HIDE(x) __asm__("" : "+r"(x))
#else
#define HIDE(x) (void)(x)
#endif

/* One column of A by one row of B, into sums s. Rows are reached from every fourth, or from the
 * first of their line, by multiples of their distance that addresses can hold. */
#define MULTIPLY(s)                                                                                \
  do {                                                                                             \
    VEC right[MOST_VECTORS];                                                                       \
    UNROLL for (int v = 0; v < V; v++) right[v] = LOAD_AT(b, v);                                   \
    UNROLL for (int r = 0; r < R; r++) {                                                           \
      const float *from = r < G ? x0 : r < 2 * G ? x1 : r < 3 * G ? x2 : x3;                       \
      const VEC left = SPREAD(from[r % G == 3 ? row3 : r % G * row]);                              \
      UNROLL for (int v = 0; v < V; v++) sum[s][r][v] = FMA(left, right[v], sum[s][r][v]);         \
    }                                                                                              \
    x0 += step, x1 += step, x2 += step, x3 += step, b += ldb;                                      \
  } while (0)

/* R rows by V vectors of C stay in registers over all of k; the last vector of a row may be cut,
 * unless they are WHOLE: to load a part takes a place among the multiplications, one in 15 to 25.
 * Where they are few, S neighbours in a run have sums of their own, since an addition waits for the
 * one before it. G: rows of a line where several lines are one block, else 4. R, V, S, G and WHOLE
 * are constants wherever this is inlined. */
static inline __attribute__((always_inline)) TARGET void
NAME(block)(const int R, const int V, const int S, const int G, const bool WHOLE,
            const struct fray_left *a, const float *x, const float *b, size_t ldb, TAIL tail,
            bool add, const struct fray_finish *finish, float *c, size_t ldc) {
  const ptrdiff_t row = (ptrdiff_t)a->row, row3 = 3 * row;
  const ptrdiff_t next = G == 4 ? 4 * row : (ptrdiff_t)a->line;
  const size_t step = a->step, run = a->run;
  VEC sum[SUM_VECTORS][MOST][MOST_VECTORS];
  UNROLL for (int s = 0; s < S; s++) UNROLL for (int r = 0; r < R; r++)
      UNROLL for (int v = 0; v < V; v++) sum[s][r][v] = ZERO;
  if (add) {
    const float *from = c;
    UNROLL for (int r = 0; r < R; r++, from += ldc) UNROLL for (int v = 0; v < V; v++)
        sum[0][r][v] = LOAD_AT(from, v);
  }
  for (size_t j = 0; j < a->runs; j++) {
    const float *x0 = x + j * a->leap, *x1 = x0 + next, *x2 = x1 + next, *x3 = x2 + next;
    size_t l = 0;
    if (S > 1)
      for (; l + (size_t)S <= run; l += (size_t)S)
        UNROLL for (int s = 0; s < S; s++) MULTIPLY(s);
    for (; l < run; l++)
      MULTIPLY(0);
    b += a->gap;
  }
  UNROLL for (int r = 0; r < R; r++) UNROLL for (int v = 0; v < V; v++)
      UNROLL for (int s = 1; s < S; s++) sum[0][r][v] = sum[0][r][v] + sum[s][r][v];
  if (finish)
    UNROLL for (int v = 0; v < V; v++) {
      const VEC scale = SPREAD(finish->scale);
      const VEC bias = finish->bias ? LOAD_AT(finish->bias, v) : ZERO;
      UNROLL for (int r = 0; r < R; r++) {
        VEC y = sum[0][r][v] * scale;
        if (finish->bias)
          y = y + bias;
        if (finish->relu)
          y = NOT_BELOW_0(y);
        sum[0][r][v] = y;
      }
    }
  HIDE(ldc);
  UNROLL for (int r = 0; r < R; r++, c += ldc) UNROLL for (int v = 0; v < V; v++) {
    if (IS_TAIL(v))
      STORE_TAIL(c + v * WIDTH, tail, sum[0][r][v]);
    else
      STORE(c + v * WIDTH, sum[0][r][v]);
  }
}

#define BLOCK_AS(name, R, V, WHOLE)                                                                \
  static TARGET void NAME(name##_##R##_##V)(                                                       \
      const struct fray_left *a, const float *x, const float *b, size_t ldb, TAIL tail, bool add,  \
      const struct fray_finish *finish, float *c, size_t ldc) {                                    \
    NAME(block)(R, V, SUMS((R) * (V)), 4, WHOLE, a, x, b, ldb, tail, add, finish, c, ldc);         \
  }
#define BLOCK(R, V) BLOCK_AS(cut, R, V, false) BLOCK_AS(whole, R, V, true)
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

#if WIDE_ROWS
BLOCK_AS(whole, 3, 4, true)
BLOCK_AS(whole, 4, 4, true)
BLOCK_AS(whole, 5, 4, true)
BLOCK_AS(whole, 6, 4, true)

/* Three lines of three rows, as windows of 3 x 3 over one channel have, with the sums of each line
 * as a block of its own would have them: alone its few additions wait for each other. */
#define LINES_AS(name, V, WHOLE)                                                                   \
  static TARGET void NAME(name##_lines_##V)(                                                       \
      const struct fray_left *a, const float *x, const float *b, size_t ldb, TAIL tail, bool add,  \
      const struct fray_finish *finish, float *c, size_t ldc) {                                    \
    NAME(block)(9, V, SUMS(3 * (V)), 3, WHOLE, a, x, b, ldb, tail, add, finish, c, ldc);           \
  }
LINES_AS(cut, 1, false)
LINES_AS(whole, 1, true)
LINES_AS(cut, 2, false)
LINES_AS(whole, 2, true)
#endif

typedef void NAME(blocks)(const struct fray_left *, const float *, const float *, size_t, TAIL,
                          bool, const struct fray_finish *, float *, size_t);

/* All rows of up to so many columns. In equal shares rather than whole blocks and a rest: a block
 * of few rows waits for itself. */
TARGET static void NAME(columns)(NAME(blocks) *const block[], size_t most,
                                 const struct fray_left *a, const float *b, size_t ldb, TAIL tail,
                                 bool add, const struct fray_finish *finish, float *c, size_t ldc) {
  const size_t parts = (a->rows + most - 1) / most;
  for (size_t i = 0; i < a->lines; i++)
    for (size_t p = 0; p < parts; p++) {
      const size_t from = a->rows * p / parts, to = a->rows * (p + 1) / parts;
      block[to - from - 1](a, a->x + i * a->line + from * a->row, b, ldb, tail, add, finish,
                           c + (i * a->rows + from) * ldc, ldc);
    }
}

/* Four vectors of columns by six rows load less than two by fourteen. Of few rows they would add in
 * another order, see SUMS. */
TARGET void NAME(product)(const struct fray_left *a, size_t n, const float *b, size_t ldb, bool add,
                          const struct fray_finish *finish, float *c, size_t ldc) {
#define ROW(name, V)                                                                               \
  {                                                                                                \
    NAME(name##_1_##V), NAME(name##_2_##V), NAME(name##_3_##V), NAME(name##_4_##V),                \
        NAME(name##_5_##V), NAME(name##_6_##V) MORE_NAMES(name, V)                                 \
  }
  static NAME(blocks) *const cut[VECTORS][MOST] = {ROW(cut, 1), ROW(cut, 2)};
  static NAME(blocks) *const whole[VECTORS][MOST] = {ROW(whole, 1), ROW(whole, 2)};
#undef ROW
#if WIDE_ROWS
  static NAME(blocks) *const wide[] = {
      NULL, NULL, NAME(whole_3_4), NAME(whole_4_4), NAME(whole_5_4), NAME(whole_6_4)};
  static NAME(blocks) *const lines[2][VECTORS] = {{NAME(cut_lines_1), NAME(cut_lines_2)},
                                                  {NAME(whole_lines_1), NAME(whole_lines_2)}};
#endif
  for (size_t j = 0, columns; j < n; j += columns) {
    struct fray_finish own = finish ? *finish : (struct fray_finish){0};
    own.bias = own.bias ? own.bias + j : NULL;
    const struct fray_finish *end = finish ? &own : NULL;
#if WIDE_ROWS
    columns = MOST_VECTORS * WIDTH;
    if (n - j >= columns && a->rows >= 3) {
      NAME(columns)(wide, WIDE_ROWS, a, b + j, ldb, TAIL_OF(WIDTH), add, end, c + j, ldc);
      continue;
    }
#endif
    columns = FRAY_MIN(n - j, (size_t)VECTORS * WIDTH);
    const size_t before = (columns - 1) / WIDTH, rest = columns - before * WIDTH;
#if WIDE_ROWS
    if (a->lines == 3 && a->rows == 3) {
      lines[rest == WIDTH][before](a, a->x, b + j, ldb, TAIL_OF(rest), add, end, c + j, ldc);
      continue;
    }
#endif
    NAME(columns)
    (rest == WIDTH ? whole[before] : cut[before], MOST, a, b + j, ldb, TAIL_OF(rest), add, end,
     c + j, ldc);
  }
}

#endif
