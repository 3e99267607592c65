/* One layer of self-attention over packed sequences, normalised before each of its two parts:
 *   y = x + D(W_o A(norm_1(x)) + b_o),   z = y + D(W_2 relu(W_1 norm_2(y) + b_1) + b_2)
 * A: in each of `heads` equal parts of the width, rows are means of the values of their own
 * sequence, weighted by softmax(q k / sqrt(width / heads)). D: dropout. Sources: Vaswani et al.
 * 2017 (arXiv 1706.03762); the norm before the parts: Xiong et al. 2020 (arXiv 2002.04745). As
 * PyTorch's nn.TransformerEncoderLayer(norm_first=True), without dropout of attention's weights. */
#ifndef FRAY_NN_ATTENTION_BLOCK_H
#define FRAY_NN_ATTENTION_BLOCK_H

#include "fray/nn/dropout.h"
#include "fray/nn/flops.h"
#include "fray/nn/layer_norm.h"
#include "fray/nn/linear.h"

/** heads divides width; inner: units between W_1 and W_2. These three are given. */
struct fray_block {
  size_t width, heads, inner;
  struct fray_norm norm1, norm2;
  struct fray_linear qkv, out, up, down;
  struct fray_dropout drop1, drop2;
};

/** n sequences, packed: sequence i owns rows first[i] .. first[i + 1] - 1, at least one; first[0]
 *  is 0. Nothing is padded, so there is nothing to mask. */
struct fray_sequences {
  size_t n;
  const size_t *first; /* (n + 1) */
};

/** Operations of a sequence of `rows` rows of which `asked` are asked for: linear layers, and per
 *  head the scores and the means, whose backward takes two products for each. */
struct fray_flops fray_block_flops(const struct fray_block *block, size_t rows, size_t asked);

struct fray_block_tape; /* what backward needs, in the pass's arena */

/** Adds NAME.norm1, NAME.qkv (queries, keys, values; PyTorch's in_proj, with its initial values),
 *  NAME.out, NAME.norm2, NAME.up, NAME.down. dropout: probability. INPUT: heads that do not divide
 *  the width. */
enum fray_status fray_block_plan(const struct fray_param_scope *scope, const char *name,
                                 double dropout, struct fray_block *block, struct fray_err *err);
/** lead 0: y (rows, width), a row for each of x (rows, width). Otherwise only the first `lead` rows
 *  of each sequence (which has as many) are asked for: y (n lead, width); keys and values are those
 * of all rows. tape NULL: no backward follows, nothing is kept. sequences and x must be there at
 *  the backward pass. Products: rows x (4 + 2 inner / width) x width^2, and rows^2 x width of each
 *  sequence twice. MEMORY. */
enum fray_status fray_block_forward(const struct fray_block *block, const struct fray_pass *pass,
                                    const struct fray_sequences *sequences, const float *x,
                                    size_t lead, float *y, struct fray_block_tape **tape,
                                    struct fray_err *err);
/** Adds to pass->grad. dy (as y) is overwritten; dx (rows, width) is set. MEMORY. */
enum fray_status fray_block_backward(const struct fray_block *block, const struct fray_pass *pass,
                                     struct fray_block_tape *tape, float *dy, float *dx,
                                     struct fray_err *err);

#endif
