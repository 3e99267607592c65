/* Floating-point operations: those of matrix products and convolutions, a multiplication and an
 * addition for each pair of values that meet. Biases, activations, normalisation, means, look-ups,
 * losses and optimisers are not counted: they are a few per value, where these are as many as
 * there are weights. A convolution counts the values past its borders as any other. */
#ifndef FRAY_NN_FLOPS_H
#define FRAY_NN_FLOPS_H

#include <stdbool.h>
#include <stddef.h>

/** backward: what a training step does beyond the forward pass. Whole numbers, exact up to 2^53. */
struct fray_flops {
  double forward, backward;
};

static inline void fray_flops_add(struct fray_flops *sum, struct fray_flops more, double times) {
  sum->forward += times * more.forward;
  sum->backward += times * more.backward;
}
/** `rows` rows of `in` values through out x in weights. The gradient of the weights takes as many
 *  operations as the product, and that of the rows as many again, where somebody needs it. */
static inline struct fray_flops fray_flops_product(size_t rows, size_t in, size_t out,
                                                   bool needs_rows) {
  const double once = 2.0 * (double)rows * (double)in * (double)out;
  return (struct fray_flops){once, needs_rows ? 2 * once : once};
}

#endif
