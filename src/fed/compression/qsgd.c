/* QSGD: values on a grid whose unit is the length of the update. With many parameters most of them
 * are far below one step and become 0 or, seldom, one step: cheap to send, and noisy. */
#include "random_rounding.h"

#include "fray/tensor/vec.h"

#include <math.h>

struct params {
  int64_t bits;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "bits", struct params, bits, .def = 8, .min = 2, .max = 16, .unit = "bits",
               .help = "of a value, one of them its sign: 2^(bits - 1) - 1 levels; 2 sends -1, 0 "
                       "or 1 times the length"),
};
static FRAY_TABLE(table, "qsgd", struct params, fields, .help = "");

/* Without the entropy code of the paper: its length hangs on the values, so no plan could say it.
 */
static double bytes(const void *params, size_t n) {
  const int64_t bits = ((const struct params *)params)->bits;
  return ceil((double)n * (double)bits / 8) + (double)sizeof(float);
}

static void code(const void *params, const struct fray_coding *of, size_t n, float *x) {
  const int64_t bits = ((const struct params *)params)->bits;
  const double levels = (double)(((int64_t)1 << (bits - 1)) - 1);
  compression_quantise(of, (float)sqrt(fray_vec_norm2(n, x)), levels, n, x);
}

static const struct fray_coder_ops ops = {.own_grid = true, .bytes = bytes, .code = code};

extern const struct fray_choice fray_compression_qsgd;
const struct fray_choice fray_compression_qsgd = {
    .name = "qsgd",
    .meaning = "values rounded at random to levels of the update's Euclidean length: unbiased",
    .source = "Alistarh et al. 2017, arXiv 1610.02132, without its entropy code",
    .table = &table,
    .impl = &ops,
};
