/* Prototypes in the place of absent modalities. What is done with them is the model's, which has
 * them among its tensors, and the driver's, which adds up what clients send of them.
 *
 * PmcmFL's public code differs: its prototypes weigh clients by all their samples of a modality,
 * whatever their classes, and begin at random rows; its contrast takes the prototypes of the
 * batch's labels, each as often as it comes, by products over 0.07, and has another one of the
 * fused vectors. Here each class that was seen counts once, by cosines, so that the loss of a
 * sample does not depend on whom it shares a batch with. */
#include "fray/fed/missing.h"

struct params {
  double contrast, temperature;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "contrast", struct params, contrast, .def = 0, .min = 0, .max = 1000,
               .help = "weight of a loss that draws each representation to the prototype of its "
                       "class and away from those of the others, of the same modality; 0: none"),
    FRAY_FIELD(REAL, "temperature", struct params, temperature, .def = 0.5, .min = 0.01, .max = 100,
               .help =
                   "of that loss: cosines are divided by it; PmcmFL's code has 0.07, of products"),
};
static FRAY_TABLE(table, "prototypes", struct params, fields, .help = "");

static void shape(const void *params, struct fray_model_config *model) {
  const struct params *p = params;
  model->prototypes = (struct fray_prototype_use){
      .kept = true, .stand_in = true, .contrast = p->contrast, .temperature = p->temperature};
}

static const struct fray_missing_ops ops = {.shape = shape};

extern const struct fray_choice fray_missing_prototypes;
const struct fray_choice fray_missing_prototypes = {
    .name = "prototypes",
    .meaning = "the mean token of a modality by class, over all clients that hold it, stands in "
               "where the modality is absent: that of the label in training, the mean of all "
               "samples at test, where the class is not known",
    .source = "after Bao et al. 2023, PmcmFL, arXiv 2312.13508, with plain count-weighted means, "
              "and its contrast as an option: by cosines with the classes seen",
    .table = &table,
    .impl = &ops,
};
