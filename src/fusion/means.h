/* The mean of a modality's tokens, which several fusions start from. */
#ifndef MEANS_H
#define MEANS_H

#include "fray/fusion/fusion.h"

/* out (width): the mean of the rows; zeros for no rows. */
void mean_of_rows(size_t rows, size_t width, const float *x, float *out);
/* dx (rows, width), overwritten: every row gets the same share of the gradient of the mean. */
void spread_mean(size_t rows, size_t width, const float *dmean, float *dx);

/* Fusion without parameters: the means of all modalities, one after the other, zeros for an absent
 * one. As the operations of struct fray_fusion_ops. */
enum fray_status means_plan(const void *params, size_t n_modalities, size_t width, double dropout,
                            const char *prefix, struct fray_param_table *table, size_t *out_width,
                            struct fray_fusion **out, struct fray_err *err);
enum fray_status means_forward(const struct fray_fusion *fusion, const float *w, size_t batch,
                               const struct fray_fusion_input *in, const struct fray_pass *pass,
                               float **fused, void **tape, struct fray_err *err);
enum fray_status means_backward(const struct fray_fusion *fusion, const float *w, void *tape,
                                const float *dfused, const struct fray_pass *pass, float *grad,
                                float **dtokens, struct fray_err *err);

#endif
