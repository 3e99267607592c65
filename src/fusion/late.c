/* Late fusion: every modality has a head of its own, and the decisions are joined. What comes out
 * of here is as for concatenation; `head_each` makes the model read it by modality. */
#include "means.h"

extern const struct fray_choice fray_fusion_late;

/* masks_absent: a decision from zeros is no decision, so FedMultimodal's zeros are left out of the
 * mean as absent modalities are. */
static const struct fray_fusion_ops ops = {.masks_absent = true,
                                           .head_each = true,
                                           .means = true,
                                           .plan = means_plan,
                                           .forward = means_forward,
                                           .backward = means_backward};

const struct fray_choice fray_fusion_late = {
    .name = "late",
    .meaning = "a head per modality over the mean of its tokens; the mean of the logits of the "
               "modalities that are there. The heads share the bias of the classes, which answers "
               "alone for a sample without any",
    .source = "Fusion of decisions by the mean rule (Kittler et al. 1998), on logits",
    .impl = &ops};
