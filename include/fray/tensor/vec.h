/* Element-wise work on float32, compiled for AVX-512, AVX2 and the baseline, chosen at run time.
 * NaN and infinity go through as such. In-place use (out == x) is allowed everywhere. */
#ifndef FRAY_TENSOR_VEC_H
#define FRAY_TENSOR_VEC_H

#include <stddef.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(FRAY_NO_DISPATCH)
#define FRAY_DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FRAY_DISPATCH
#endif

/** Level that dispatch chose: "avx512", "avx2" or "baseline". */
const char *fray_vec_level(void);

void fray_vec_exp(size_t n, const float *x, float *out); /* relative error < 2e-7 */
/** As exp, to the bit where the C library is glibc with fused multiply-adds, and within a unit in
 *  the last place elsewhere. */
void fray_vec_exp_double(size_t n, const double *x, double *out);
void fray_vec_tanh(size_t n, const float *x, float *out);    /* absolute error < 3e-7 */
void fray_vec_sigmoid(size_t n, const float *x, float *out); /* absolute error < 2e-7 */
void fray_vec_relu(size_t n, const float *x, float *out);
/** Rows of x (m x n, packed) = tanh(x + b (n)), as fray_vec_tanh. */
void fray_vec_tanh_rows(size_t m, size_t n, const float *b, float *x);
/** y += a x */
void fray_vec_axpy(size_t n, float a, const float *x, float *y);
void fray_vec_scale(size_t n, float a, float *x);
/** Sum of squares in double, in a fixed order. */
double fray_vec_norm2(size_t n, const float *x);
/** The same in pieces: adds those of x to lanes that were 0; zeros that a piece leaves out change
 *  nothing, where pieces are multiples of the lanes in length and in place. */
enum { FRAY_NORM_LANES = 16 };
void fray_vec_norm2_add(size_t n, const float *x, double lane[FRAY_NORM_LANES]);
double fray_vec_norm2_sum(const double lane[FRAY_NORM_LANES]);
/** Largest |x|, 0 of none; infinity if one of them is infinite or NaN. */
float fray_vec_max_abs(size_t n, const float *x);

#endif
