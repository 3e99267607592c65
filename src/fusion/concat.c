/* Concatenation: the mean of each modality's tokens, one after the other. An absent modality has
 * zeros there, which the head can tell from a mean only by what it learnt of them. */
#include "means.h"

extern const struct fray_choice fray_fusion_concat;

/* masks_absent false: in FedMultimodal an absent modality's place holds what its encoder makes of
 * zeros, which is not zeros. */
static const struct fray_fusion_ops ops = {.masks_absent = false,
                                           .means = true,
                                           .plan = means_plan,
                                           .forward = means_forward,
                                           .backward = means_backward};

const struct fray_choice fray_fusion_concat = {
    .name = "concat",
    .meaning = "the mean of each modality's tokens, concatenated; zeros where one is absent",
    .source = "FedMultimodal (Feng et al. 2023), fusion without attention",
    .impl = &ops};
