/* Concatenation: the mean of each modality's tokens, one after the other. */
#include "means.h"

extern const struct fray_choice fray_fusion_concat;

static const struct fray_fusion_ops ops = {.masks_absent = false,
                                           .plan = means_plan,
                                           .forward = means_forward,
                                           .backward = means_backward};

const struct fray_choice fray_fusion_concat = {
    .name = "concat",
    .meaning = "the mean of each modality's tokens, concatenated; zeros where one is absent",
    .source = "FedMultimodal (Feng et al. 2023), fusion without attention",
    .impl = &ops};
