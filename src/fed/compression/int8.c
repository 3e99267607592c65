/* Eight bits a value, with the largest value as the unit: the finest grid of eight bits that holds
 * them all. */
#include "random_rounding.h"

#include "fray/tensor/vec.h"

static double bytes(const void *params, size_t n) {
  (void)params;
  return (double)n + (double)sizeof(float);
}

/* -127 .. 127: as many levels on both sides of 0. */
static void code(const void *params, const struct fray_coding *of, size_t n, float *x) {
  (void)params;
  compression_quantise(of, fray_vec_max_abs(n, x), 127, n, x);
}

static const struct fray_coder_ops ops = {.own_grid = true, .bytes = bytes, .code = code};

extern const struct fray_choice fray_compression_int8;
const struct fray_choice fray_compression_int8 = {
    .name = "int8",
    .meaning = "values rounded at random to 127 levels of the largest: unbiased",
    .source = "Alistarh et al. 2017, arXiv 1610.02132, with the largest value as scale",
    .impl = &ops,
};
