/* Gated recurrent unit, one layer, forward in time, as PyTorch defines it (gates r, z, n):
 *   r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)      z likewise
 *   n = tanh(W_in x + b_in + r (W_hn h + b_hn))     h' = (1 - z) n + z h,  h = 0 before the first
 * step Source: Cho et al. 2014, with the reset gate inside, after the product (cuDNN's variant). */
#ifndef FRAY_NN_GRU_H
#define FRAY_NN_GRU_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>

/** Sizes, and offsets in the flat vector of weight_ih (3 hidden, in), weight_hh (3 hidden, hidden),
 *  bias_ih, bias_hh (3 hidden); rows in the order r, z, n. PyTorch's bound is 1 / sqrt(hidden). */
struct fray_gru {
  size_t in, hidden;
  size_t w_ih, w_hh, b_ih, b_hh;
};

/** What backward needs; arena memory. */
struct fray_gru_tape {
  float *gates;  /* (n, time, 3 hidden): r, z, n */
  float *hidden; /* (n, time, hidden): W_hn h + b_hn */
};

/** h (n, time, hidden): the state after every step. x (n, time, in). w: flat vector. tape: NULL if
 * no backward follows (then the scratch is given back). A step depends only on earlier ones, so the
 *  outputs of a sample do not depend on what follows its length. MEMORY. */
enum fray_status fray_gru_forward(const struct fray_gru *gru, size_t n, size_t time, const float *x,
                                  const float *w, float *h, struct fray_gru_tape *tape,
                                  struct fray_arena *arena, struct fray_err *err);
/** Adds to grad (flat vector) from dh (n, time, hidden), the gradient of every state, which must be
 *  0 past a sample's length. dx (n, time, in) is overwritten; NULL: not needed. The tape is used
 *  up. Scratch is given back. MEMORY. */
enum fray_status fray_gru_backward(const struct fray_gru *gru, size_t n, size_t time,
                                   const float *x, const float *w, const float *h,
                                   struct fray_gru_tape *tape, const float *dh, float *grad,
                                   float *dx, struct fray_arena *arena, struct fray_err *err);

#endif
