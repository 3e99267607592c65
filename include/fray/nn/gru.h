/* Gated recurrent unit, one layer, forward in time, as PyTorch defines it (gates r, z, n):
 *   r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)      z likewise
 *   n = tanh(W_in x + b_in + r (W_hn h + b_hn))     h' = (1 - z) n + z h,  h = 0 before the first
 * step Source: Cho et al. 2014, with the reset gate inside, after the product (cuDNN's variant). */
#ifndef FRAY_NN_GRU_H
#define FRAY_NN_GRU_H

#include "fray/nn/params.h"
#include "fray/nn/pass.h"

/** Sizes, and offsets in the flat vector of weight_ih (3 hidden, in), weight_hh (3 hidden, hidden),
 *  bias_ih, bias_hh (3 hidden); rows in the order r, z, n. */
struct fray_gru {
  size_t in, hidden;
  size_t w_ih, w_hh, b_ih, b_hh;
};

/** What backward needs: the input and the states, borrowed, and arena memory. */
struct fray_gru_tape {
  struct fray_steps x; /* (rows, in) */
  const float *h;      /* (rows, hidden) */
  float *gates;        /* (rows, 3 hidden): r, z, n */
  float *hidden;       /* (rows, hidden): W_hn h + b_hn */
};

/** Adds NAME.weight_ih, weight_hh, bias_ih, bias_hh with PyTorch's bound 1 / sqrt(hidden) and sets
 *  their offsets. INPUT, INTERNAL, MEMORY: as fray_param_add. */
enum fray_status fray_gru_plan(const struct fray_param_scope *scope, const char *name,
                               struct fray_gru *gru, struct fray_err *err);
/** h (rows of all samples, hidden): the state after every step. x: rows of in, packed, or without a
 *  tape samples x.stride apart. Steps are made of the samples that have them, so that time follows
 * rows. tape: NULL if no backward follows (then the scratch is given back). MEMORY. */
enum fray_status fray_gru_forward(const struct fray_gru *gru, const struct fray_pass *pass,
                                  const struct fray_steps *x, float *h, struct fray_gru_tape *tape,
                                  struct fray_err *err);
/** Adds to pass->grad from dh (rows, hidden), the gradient of every state. dx (rows, in) is
 * overwritten; NULL: not needed. The tape is used up. Scratch is given back. MEMORY. */
enum fray_status fray_gru_backward(const struct fray_gru *gru, const struct fray_pass *pass,
                                   struct fray_gru_tape *tape, const float *dh, float *dx,
                                   struct fray_err *err);

#endif
