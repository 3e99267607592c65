/* Cross-modal regularisation: what one modality says of a sample is drawn to what the others say of
 * its class, so that one can be left out. Nothing stands in for what is missing.
 *
 * MFCPL, where the idea is from, does more, by its abstract: complete prototypes in a space that
 * modalities share, a contrast across modalities in the space of each, and an alignment. The tokens
 * of fray's fusions are of one width already, so the prototypes of single modalities serve as they
 * are, and the rest is not done. */
#include "fray/fed/missing.h"

struct params {
  double mu;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "mu", struct params, mu, .def = 1, .min = 0, .max = 1000,
               .help = "weight of the mean squared distance of a sample's mean token to the "
                       "prototypes of its class in the other modalities; 0 is mask"),
};
static FRAY_TABLE(table, "cross_modal", struct params, fields, .help = "");

/* A client that has one modality needs no other for it: prototypes are what others sent. */
static void shape(const void *params, struct fray_model_config *model) {
  model->prototypes =
      (struct fray_prototype_use){.kept = true, .pull = ((const struct params *)params)->mu};
}

static const struct fray_missing_ops ops = {.shape = shape};

extern const struct fray_choice fray_missing_cross_modal;
const struct fray_choice fray_missing_cross_modal = {
    .name = "cross_modal",
    .meaning = "loss + mu/n sum over samples i and their modalities m of the mean of (z_im - "
               "p_o,y)^2 over other modalities o and the width, z the mean token, p the prototype "
               "of the label; what is absent is masked",
    .source = "an idea of Le et al. 2024, MFCPL, arXiv 2401.13898, and not their method: no "
              "projections into a shared space, no contrast across modalities, no alignment",
    .table = &table,
    .impl = &ops,
};
