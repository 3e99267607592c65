/* conv_gru, of which gru is the case without convolutions. */
#ifndef CONV_GRU_H
#define CONV_GRU_H

#include "fray/encoder/encoder.h"

struct conv_gru_params {
  struct fray_ints filters; /* none: features go straight into the GRU */
  int64_t kernel;           /* odd */
  int padding;              /* enum conv_gru_padding */
};
enum conv_gru_padding { PADDING_MASKED, PADDING_COMPUTED };

/* As the operations of struct fray_encoder_ops; params: struct conv_gru_params. */
enum fray_status conv_gru_plan(const void *params, const struct fray_feature_shape *shape,
                               const struct fray_model_part *part, struct fray_encoder **out,
                               struct fray_err *err);
enum fray_status conv_gru_forward(const struct fray_encoder *e, const struct fray_feature_batch *in,
                                  const struct fray_pass *pass, struct fray_tokens *out,
                                  void **tape, struct fray_err *err);
enum fray_status conv_gru_backward(const struct fray_encoder *e, void *tape, float *dtokens,
                                   const struct fray_pass *pass, struct fray_err *err);
/* As above, and the gradient of the input: dinput (rows of all samples, channels), packed,
 * overwritten; with rows past their ends, up to the longest's, where these were computed. NULL: not
 * needed. */
enum fray_status conv_gru_backward_to_input(const struct fray_encoder *e, void *tape,
                                            float *dtokens, const struct fray_pass *pass,
                                            float *dinput, struct fray_err *err);
/* As the operations; needs_input: whether the gradient of the input is asked for. */
struct fray_flops conv_gru_flops_to_input(const struct fray_encoder *e, size_t time,
                                          bool needs_input);
struct fray_flops conv_gru_flops(const struct fray_encoder *e, size_t time);
size_t conv_gru_tokens(const struct fray_encoder *e, size_t time);

#endif
