/* Element-wise functions, each compiled for three instruction sets of which the program takes the
 * widest that the CPU has. The bodies are in vec_body.h, where the tests reach every level of them.
 */
#include "fray/tensor/vec.h"

#include "vec_body.h"

#include <string.h>

/* As the dispatch of target_clones decides it, which cannot be asked. */
const char *fray_vec_level(void) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(FRAY_NO_DISPATCH)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4"))
    return "avx512";
  if (__builtin_cpu_supports("x86-64-v3"))
    return "avx2";
#endif
  return "baseline";
}

/* exp, tanh and sigmoid of their own, since libm's are calls, one value each, and differ between
 * machines in the last bit. */
FRAY_DISPATCH void fray_vec_exp(size_t n, const float *x, float *out) {
  vec_exp_body(n, x, out);
}

FRAY_DISPATCH void fray_vec_tanh(size_t n, const float *x, float *out) {
  vec_tanh_body(n, x, out);
}

FRAY_DISPATCH void fray_vec_tanh_rows(size_t m, size_t n, const float *b, float *x) {
  vec_tanh_rows_body(m, n, b, x);
}

FRAY_DISPATCH void fray_vec_sigmoid(size_t n, const float *x, float *out) {
  vec_sigmoid_body(n, x, out);
}

FRAY_DISPATCH void fray_vec_relu(size_t n, const float *x, float *out) {
  vec_relu_body(n, x, out);
}

FRAY_DISPATCH void fray_vec_axpy(size_t n, float a, const float *x, float *y) {
  vec_axpy_body(n, a, x, y);
}

FRAY_DISPATCH void fray_vec_scale(size_t n, float a, float *x) {
  vec_scale_body(n, a, x);
}

/* The same bits on every level: see VEC_LANES. */
FRAY_DISPATCH double fray_vec_norm2(size_t n, const float *x) {
  return vec_norm2_body(n, x);
}

FRAY_DISPATCH void fray_vec_norm2_add(size_t n, const float *x, double lane[FRAY_NORM_LANES]) {
  double own[FRAY_NORM_LANES]; /* which no store into lane can change on the way */
  memcpy(own, lane, sizeof own);
  vec_norm2_add_body(n, x, own);
  memcpy(lane, own, sizeof own);
}

double fray_vec_norm2_sum(const double lane[FRAY_NORM_LANES]) {
  return vec_norm2_sum_body(lane);
}

FRAY_DISPATCH float fray_vec_max_abs(size_t n, const float *x) {
  return vec_max_abs_body(n, x);
}
