/* Prototypes in the place of absent modalities. The method itself is in what others do for it: the
 * model keeps the prototypes among its tensors and puts them where a token is missing, the driver
 * adds up what clients send of them. */
#include "fray/fed/missing.h"

static const struct fray_missing_ops ops = {.keeps_prototypes = true};

extern const struct fray_choice fray_missing_prototypes;
const struct fray_choice fray_missing_prototypes = {
    .name = "prototypes",
    .meaning = "the mean token of a modality by class, over all clients that hold it, stands in "
               "where the modality is absent: that of the label in training, the mean of all "
               "samples at test, where the class is not known",
    .source = "after Bao et al. 2023, PmcmFL, arXiv 2312.13508, with plain count-weighted means",
    .impl = &ops,
};
