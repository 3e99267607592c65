/* Masking: what is absent has no token, costs nothing and teaches nothing. No hook is there, so
 * training is what it is without the list. */
#include "fray/fed/missing.h"

static const struct fray_missing_ops ops = {0};

extern const struct fray_choice fray_missing_mask;
const struct fray_choice fray_missing_mask = {
    .name = "mask",
    .meaning = "an absent modality has no token: the fusion leaves it out, and its encoder rests "
               "in batches that have none of it",
    .source = "",
    .impl = &ops,
};
