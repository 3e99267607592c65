/* Inverted dropout, whose masks depend on what they are for, never on the order of calls. */
#ifndef FRAY_NN_DROPOUT_H
#define FRAY_NN_DROPOUT_H

#include "fray/nn/pass.h"

#include <stdint.h>

/** p: probability that a value is cut, 0 <= p < 1. layer: hash of "dropout/PREFIX.NAME"; with the
 *  pass's (seed, who, when, step) it keys the stream, so that two layers, clients, rounds or steps
 *  never share a mask, and a batch trained again gets the same one. */
struct fray_dropout {
  float p;
  uint64_t layer;
};

struct fray_dropout fray_dropout_plan(const char *prefix, const char *name, double p);
/** Whether it does anything in this pass: only then forward needs a mask. */
bool fray_dropout_drops(const struct fray_dropout *dropout, const struct fray_pass *pass);
/** x[i] *= mask[i], mask[i] = 0 with probability p, else 1 / (1 - p). mask (n) is kept for
 * backward; NULL, or p 0: nothing happens. Cost: one block of Philox for 16 values. */
void fray_dropout_forward(const struct fray_dropout *dropout, const struct fray_pass *pass,
                          size_t n, float *x, float *mask);
/** The same of values at .. at + n - 1 of a layer, whose masks are theirs whichever of the others
 *  are there. */
void fray_dropout_forward_from(const struct fray_dropout *dropout, const struct fray_pass *pass,
                               size_t at, size_t n, float *x, float *mask);
/** The same where what backward needs is 0 for values that nothing goes back through: kept is set
 * to 0 for each value that is cut; what goes back through the others is multiplied with
 *  fray_dropout_factor, 1 where nothing is dropped. */
void fray_dropout_forward_kept(const struct fray_dropout *dropout, const struct fray_pass *pass,
                               size_t at, size_t n, float *x, int32_t *kept);
float fray_dropout_factor(const struct fray_dropout *dropout, const struct fray_pass *pass);
/** dx[i] *= mask[i]; mask NULL: nothing happens. */
void fray_dropout_backward(size_t n, const float *mask, float *dx);
/** dx[i] = dy[i] * mask[i], none of them NULL. */
void fray_dropout_backward_to(size_t n, const float *mask, const float *dy, float *dx);

#endif
