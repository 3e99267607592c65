/* Zeros in the place of absent inputs: the key model.encode_absent_as_zeros, said as a method. A
 * fusion that masks (attention does, as in FedMultimodal) still leaves their tokens out; what is
 * left there is that encoders never rest. */
#include "fray/fed/missing.h"

static void shape(const void *params, struct fray_model_config *model) {
  (void)params; /* no keys */
  model->encode_absent_as_zeros = true;
}

static const struct fray_missing_ops ops = {.shape = shape};

extern const struct fray_choice fray_missing_zero_fill;
const struct fray_choice fray_missing_zero_fill = {
    .name = "zero_fill",
    .meaning = "absent inputs are encoded as zeros, in training and at test, as "
               "model.encode_absent_as_zeros: concat counts them, the other fusions mask them; no "
               "encoder rests",
    .source = "Feng et al. 2023, FedMultimodal, arXiv 2306.09486",
    .impl = &ops,
};
