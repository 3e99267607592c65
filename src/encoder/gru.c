/* Sequence -> GRU -> one token per step: conv_gru without convolutions, for features that are
 * already abstract (embeddings of words or of video frames), where FedMultimodal has no
 * convolution either. Nothing here is dropped out. */
#include "conv_gru.h"

extern const struct fray_choice fray_encoder_gru;

static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const struct fray_model_part *part, struct fray_encoder **out,
                             struct fray_err *err) {
  (void)params;                                             /* no keys */
  static const struct conv_gru_params none = {.kernel = 1}; /* no filters: it is never used */
  return conv_gru_plan(&none, shape, part, out, err);
}

static const struct fray_encoder_ops ops = {.kinds = 1u << FRAY_FEATURE_SEQUENCE,
                                            .plan = plan,
                                            .forward = conv_gru_forward,
                                            .backward = conv_gru_backward,
                                            .flops = conv_gru_flops,
                                            .tokens = conv_gru_tokens};

const struct fray_choice fray_encoder_gru = {
    .name = "gru",
    .meaning = "a GRU straight over a sequence of features; one token per step",
    .source = "Cho et al. 2014; FedMultimodal (Feng et al. 2023), text and video branches",
    .impl = &ops};
