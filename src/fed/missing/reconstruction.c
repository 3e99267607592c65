/* Masked-modality reconstruction by a small autoencoder, which is a part of the model and trained
 * and averaged with it: nothing else is sent. As FedRecon rebuilds what is missing, but plainly: no
 * variational code, no generator that is trained before. */
#include "fray/fed/missing.h"

struct params {
  int64_t units;
  double mu;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "units", struct params, units, .def = 32, .min = 1, .max = 4096,
               .help = "hidden units of the autoencoder over the mean tokens of all modalities"),
    FRAY_FIELD(REAL, "mu", struct params, mu, .def = 1, .min = 0, .max = 1000,
               .help = "weight of the mean squared distance between rebuilt and real mean tokens"),
};
static FRAY_TABLE(table, "reconstruction", struct params, fields, .help = "");

static void shape(const void *params, struct fray_model_config *model) {
  const struct params *p = params;
  model->rebuild_units = p->units;
  model->rebuild_weight = p->mu;
}

static const struct fray_missing_ops ops = {.shape = shape};

extern const struct fray_choice fray_missing_reconstruction;
const struct fray_choice fray_missing_reconstruction = {
    .name = "reconstruction",
    .meaning = "a small autoencoder, trained with the model by hiding modalities that samples "
               "have, rebuilds the token of an absent modality from the others, in training and at "
               "test",
    .source = "",
    .table = &table,
    .impl = &ops,
};
