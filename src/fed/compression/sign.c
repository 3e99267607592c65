/* Signs with one length for all of them, and error feedback: a bit a parameter. */
#include "fray/fed/compression.h"
#include "fray/tensor/vec.h"

#include <math.h>

enum { LANES = 8 };

static double bytes(const void *params, size_t n) {
  (void)params;
  return ceil((double)n / 8) + (double)sizeof(float);
}

/* In lanes whose order no vector level changes. */
FRAY_DISPATCH
static double sum_of_lengths(size_t n, const float *x) {
  double lane[LANES] = {0}, sum = 0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t k = 0; k < LANES; k++)
      lane[k] += fabs((double)x[i + k]);
  for (size_t k = 0; i + k < n; k++)
    lane[k] += fabs((double)x[i + k]);
  for (size_t k = 0; k < LANES; k++)
    sum += lane[k];
  return sum;
}

/* One bit has no zero: a value of 0 is sent as the mean, with its sign bit. The error takes it
 * back. */
FRAY_DISPATCH
static void send_signs(size_t n, float mean, float *x) {
  for (size_t i = 0; i < n; i++)
    x[i] = copysignf(mean, x[i]);
}

/* The mean of all, so that the error is shorter than what was to be sent: ||u - Q(u)||^2 = ||u||^2
 * -
 * ||u||_1^2 / n. */
static void code(const void *params, const struct fray_coding *of, size_t n, float *x) {
  (void)params, (void)of;
  send_signs(n, (float)(sum_of_lengths(n, x) / (double)n), x);
}

static const struct fray_coder_ops ops = {
    .keeps_error = true, .own_grid = true, .bytes = bytes, .code = code};

extern const struct fray_choice fray_compression_sign;
const struct fray_choice fray_compression_sign = {
    .name = "sign",
    .meaning = "signs times the mean of all lengths, with error feedback",
    .source = "Karimireddy et al. 2019, arXiv 1901.09847, Alg. 1 (EF-SIGNSGD)",
    .impl = &ops,
};
