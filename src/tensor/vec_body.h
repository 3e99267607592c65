/* Bodies of the element-wise functions. They are always inlined into functions that are compiled
 * once per instruction set: those of vec.c, chosen at run time, and those of the tests, which call
 * every level that the machine has.
 *
 * Written so that the compiler vectorises them without -ffast-math: no branches, no calls, no
 * conversion between float and int (adding MAGIC rounds to an integer that then lies in the low
 * bits). Comparisons are arranged so that a NaN survives. */
#ifndef VEC_BODY_H
#define VEC_BODY_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VEC_INLINE static inline __attribute__((always_inline))

/* Iterations are independent even in place (out == x). */
#if defined(__GNUC__) && !defined(__clang__)
#define VEC_INDEPENDENT _Pragma("GCC ivdep")
#else
#define VEC_INDEPENDENT
#endif

#define VEC_MAGIC 0x1.8p23f
#define VEC_LOG2E 1.44269504088896341f
/* ln 2 in two parts: the first has 10 significant bits, so n * LN2_HIGH is exact for |n| < 2^13. */
#define VEC_LN2_HIGH 0.693359375f
#define VEC_LN2_LOW -2.12194440054690583e-4f

VEC_INLINE uint32_t vec_bits(float x) {
  uint32_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}

VEC_INLINE float vec_float(uint32_t u) {
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}

/* 2^n for n given as an unsigned two's complement number, -126 <= n <= 127. */
VEC_INLINE float vec_pow2(uint32_t n) {
  return vec_float((n + 127u) << 23);
}

/* exp(x) - 1 = 2^n (1 + p) - 1, |r| <= ln 2 / 2: p(r) = r + r^2 q(r), q fitted to
 * (e^r - 1 - r) / r^2 on that interval (relative error of 1 + p below 2e-8). */
VEC_INLINE float vec_reduce(float x, uint32_t *n) {
  const float t = x * VEC_LOG2E + VEC_MAGIC;
  const float k = t - VEC_MAGIC;
  *n = vec_bits(t) - vec_bits(VEC_MAGIC);
  const float r = (x - k * VEC_LN2_HIGH) - k * VEC_LN2_LOW;
  float q = 1.0f / 5040;
  q = q * r + 1.0f / 720;
  q = q * r + 1.0f / 120;
  q = q * r + 1.0f / 24;
  q = q * r + 1.0f / 6;
  q = q * r + 0.5f;
  return r + r * r * q;
}

VEC_INLINE float vec_clamp(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/* Beyond the clamp exp is 0 or infinity. The scale is applied in two halves so that denormal
 * results round once and the largest do not overflow early. */
VEC_INLINE float vec_exp1(float x) {
  uint32_t n;
  const float p = vec_reduce(vec_clamp(x, -104.0f, 89.0f), &n);
  const uint32_t half = (uint32_t)((int32_t)n >> 1);
  return (1.0f + p) * vec_pow2(half) * vec_pow2(n - half);
}

/* 1 / (1 + exp(-x)); exp(89) is infinite, so that sigmoid(-inf) = 0. */
VEC_INLINE float vec_sigmoid1(float x) {
  uint32_t n;
  const float p = vec_reduce(vec_clamp(-x, -87.0f, 89.0f), &n);
  return 1.0f / (1.0f + (2.0f + 2.0f * p) * vec_pow2(n - 1u));
}

/* tanh(x) = e / (e + 2), e = exp(2x) - 1, which keeps small arguments to relative accuracy; tanh
 * rounds to +-1 beyond 9.02. */
VEC_INLINE float vec_tanh1(float x) {
  uint32_t n;
  const float p = vec_reduce(2.0f * vec_clamp(x, -9.2f, 9.2f), &n);
  const float s = vec_pow2(n);
  const float e = s * p + (s - 1.0f);
  return e / (e + 2.0f);
}

VEC_INLINE float vec_relu1(float x) {
  return x < 0.0f ? 0.0f : x;
}

VEC_INLINE void vec_exp_body(size_t n, const float *x, float *out) {
  VEC_INDEPENDENT
  for (size_t i = 0; i < n; i++)
    out[i] = vec_exp1(x[i]);
}

VEC_INLINE void vec_tanh_body(size_t n, const float *x, float *out) {
  VEC_INDEPENDENT
  for (size_t i = 0; i < n; i++)
    out[i] = vec_tanh1(x[i]);
}

VEC_INLINE void vec_tanh_rows_body(size_t m, size_t n, const float *restrict b, float *restrict x) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      x[i * n + j] = vec_tanh1(x[i * n + j] + b[j]);
}

VEC_INLINE void vec_sigmoid_body(size_t n, const float *x, float *out) {
  VEC_INDEPENDENT
  for (size_t i = 0; i < n; i++)
    out[i] = vec_sigmoid1(x[i]);
}

VEC_INLINE void vec_relu_body(size_t n, const float *x, float *out) {
  VEC_INDEPENDENT
  for (size_t i = 0; i < n; i++)
    out[i] = vec_relu1(x[i]);
}

VEC_INLINE void vec_axpy_body(size_t n, float a, const float *x, float *y) {
  VEC_INDEPENDENT
  for (size_t i = 0; i < n; i++)
    y[i] += a * x[i];
}

VEC_INLINE void vec_scale_body(size_t n, float a, float *x) {
  for (size_t i = 0; i < n; i++)
    x[i] *= a;
}

enum { VEC_LANES = 16 };

/* Sixteen sums side by side, then added in order: the same order on every level, and since a
 * product of two floats is exact in double, the same bits. */
VEC_INLINE void vec_norm2_add_body(size_t n, const float *x, double lane[VEC_LANES]) {
  size_t i = 0;
  for (; i + VEC_LANES <= n; i += VEC_LANES)
    for (size_t j = 0; j < VEC_LANES; j++)
      lane[j] += (double)x[i + j] * (double)x[i + j];
  for (size_t j = 0; i + j < n; j++)
    lane[j] += (double)x[i + j] * (double)x[i + j];
}

VEC_INLINE double vec_norm2_sum_body(const double lane[VEC_LANES]) {
  double sum = 0;
  for (size_t j = 0; j < VEC_LANES; j++)
    sum += lane[j];
  return sum;
}

VEC_INLINE double vec_norm2_body(size_t n, const float *x) {
  double lane[VEC_LANES] = {0};
  vec_norm2_add_body(n, x, lane);
  return vec_norm2_sum_body(lane);
}

/* Floats without their sign are in the order of their bits, NaN above infinity: a maximum of
 * integers loses no NaN, and needs no order to be kept, as that of floats does. */
VEC_INLINE float vec_max_abs_body(size_t n, const float *x) {
  uint32_t most = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffff;
    most = bits > most ? bits : most;
  }
  float out;
  memcpy(&out, &most, sizeof out);
  return most > 0x7f800000 ? INFINITY : out;
}

/* Four rows per pass over out, added one after the other: row order, a quarter of the traffic. */
VEC_INLINE void vec_column_sums_body(size_t m, size_t n, const float *a, size_t lda,
                                     float *restrict out) {
  size_t i = 0;
  for (; i + 4 <= m; i += 4) {
    const float *r0 = a + i * lda, *r1 = r0 + lda, *r2 = r1 + lda, *r3 = r2 + lda;
    for (size_t j = 0; j < n; j++)
      out[j] = (((out[j] + r0[j]) + r1[j]) + r2[j]) + r3[j];
  }
  for (; i < m; i++)
    for (size_t j = 0; j < n; j++)
      out[j] += a[i * lda + j];
}

#endif
