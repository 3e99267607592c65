/* Products on any machine: four values at a time, as its compiler finds vectors for them. */
#include "product_kernels.h"

#include <string.h>

/* Sixteen bytes are what every machine with vectors has; others get four floats. */
typedef float four __attribute__((vector_size(16)));

static inline four load(const float *p) {
  four v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* The end of a row: no value behind it may be touched. */
static inline four load_some(const float *p, size_t n) {
  float x[4] = {0};
  for (size_t i = 0; i < n; i++)
    x[i] = p[i];
  return load(x);
}

static inline void store_some(float *p, size_t n, four v) {
  for (size_t i = 0; i < n; i++)
    p[i] = v[i];
}

static inline four spread(float x) {
  return (four){x, x, x, x};
}

/* By bits, which leaves a NaN as it is. */
static inline four not_below_0(four x) {
  typedef int bits __attribute__((vector_size(16)));
  return (four)((bits)x & ~(x < spread(0)));
}

/* Sixteen registers: twelve sums, two vectors of B, and a value of A. */
#define NAME(x) x##_any
#define TARGET
#define VEC four
#define WIDTH 4
#define MOST 6
#define WIDE_ROWS 0
#define MORE_BLOCKS(V)
#define MORE_NAMES(name, V)
#define ZERO spread(0)
#define SPREAD(x) spread(x)
#define FMA(a, b, c) ((a) * (b) + (c))
#define NOT_BELOW_0(x) not_below_0(x)
#define LOAD(p) load(p)
#define STORE(p, v) memcpy((p), &(v), sizeof(v))
#define TAIL size_t
#define TAIL_OF(n) (n)
#define LOAD_TAIL(p, t) ((t) == WIDTH ? load(p) : load_some((p), (t)))
#define STORE_TAIL(p, t, v) store_some((p), (t), (v))
#include "product_body.h"

#define TALL 2
#define WIDEST 5
#define TALL_OF(C) TALL
#define HOLD(v) (void)(v)
#define LANES(v) (((v)[0] + (v)[2]) + ((v)[1] + (v)[3]))
#define FETCH(p) __builtin_prefetch((p), 0, 2)
#include "apart_body.h"
