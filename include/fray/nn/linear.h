/* Linear layer y = x W^T + b (PyTorch's layout W (out, in)), dropout, and the classification loss.
 */
#ifndef FRAY_NN_LINEAR_H
#define FRAY_NN_LINEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** y (rows, out) = x (rows, in) w^T + b (out); b may be NULL. ld: distance of rows. */
void fray_linear_forward(size_t rows, size_t in, size_t out, const float *x, size_t ldx,
                         const float *w, const float *b, float *y, size_t ldy);
/** dw (out, in) += dy^T x; db (out) += column sums of dy (db may be NULL); dx (rows, in) = dy w, or
 *  += when add_dx (dx may be NULL: not needed). */
void fray_linear_backward(size_t rows, size_t in, size_t out, const float *x, size_t ldx,
                          const float *w, const float *dy, size_t ldy, float *dw, float *db,
                          float *dx, size_t lddx, bool add_dx);

/** Inverted dropout: x[i] *= mask[i], mask[i] = 0 with probability p, else 1 / (1 - p). The stream
 * is keyed by `layer` (hash of the layer's name) and the pass (who, when, step): never by call
 * order. mask (n) is kept for backward (dx[i] *= mask[i]). Nothing to do when p = 0 (mask
 * untouched). */
void fray_dropout_forward(size_t n, float p, uint64_t seed, uint64_t layer, uint64_t who,
                          uint64_t when, uint64_t step, float *x, float *mask);
void fray_dropout_backward(size_t n, float p, const float *mask, float *dx);

/** Mean cross-entropy of -log softmax(logits)[label] over n samples, in double, in sample order;
 *  dlogits (n, classes) = its gradient. */
double fray_cross_entropy(size_t n, size_t classes, const float *logits, const int32_t *label,
                          float *dlogits);
/** Per sample: -log softmax(logits)[label], and the class of the largest logit (first on ties; NaN
 *  loses). nll or predicted may be NULL; label -1 gives NaN. */
void fray_classify(size_t n, size_t classes, const float *logits, const int32_t *label, double *nll,
                   int16_t *predicted);

#endif
