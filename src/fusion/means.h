/* The mean of a modality's tokens, which several fusions start from. */
#ifndef MEANS_H
#define MEANS_H

#include "fray/fusion/fusion.h"

/* out (width): the mean of the tokens of row `row`; zeros if it has none. */
void mean_of_tokens(const struct fray_tokens *tokens, size_t row, float *out);
/* dx (as the tokens, all of them): the row's tokens are overwritten, each with the same share of
 * the gradient of their mean. */
void spread_mean(const struct fray_tokens *tokens, size_t row, const float *dmean, float *dx);

/* Fusion without parameters: the means of all modalities, one after the other, zeros for an absent
 * one. As the operations of struct fray_fusion_ops. */
enum fray_status means_plan(const void *params, size_t n_modalities,
                            const struct fray_model_part *part, size_t *out_width,
                            struct fray_fusion **out, struct fray_err *err);
enum fray_status means_forward(const struct fray_fusion *fusion,
                               const struct fray_fusion_batch *batch, const struct fray_pass *pass,
                               float **fused, void **tape, struct fray_err *err);
enum fray_status means_backward(const struct fray_fusion *fusion, void *tape, const float *dfused,
                                const struct fray_pass *pass, float **dtokens,
                                struct fray_err *err);

#endif
