/* Spatter on the lens: mud. The published colour sets have water at severities 1 to 3, which is
 * made by a chain of detectors of one library; here, as in MNIST-C, their layers become mud. */
#include "corrupt/image/tools/gaussian.h"
#include "corrupt/scope/scope.h"
#include "weather.h"

#include "fray/base/size.h"

#include <math.h>

struct spatter {
  double amount;                                        /* NaN: by severity */
  double layer_mean, deviation, sigma, threshold, edge; /* as in struct fray_mud */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct spatter, amount, .optional = true, .min = 0, .max = 1,
               .unit = "of the mud",
               .help = "1: the mud that the other keys describe; less is more transparent; 0: "
                       "none. Mud alone: the published colour sets have water at severities 1 to "
                       "3, whose layers are mud here, as in MNIST-C; 4 and 5 are theirs."),
    FRAY_FIELD(REAL, "layer_mean", struct spatter, layer_mean, .def = 0.65, .min = -10, .max = 10,
               .help = "Mean of the layer."),
    FRAY_FIELD(REAL, "deviation", struct spatter, deviation, .def = 0.3, .min = 0, .max = 10,
               .help = "Standard deviation of the layer, before it is blurred."),
    FRAY_FIELD(REAL, "sigma", struct spatter, sigma, .def = 1, .min = 0, .max = 100, .unit = "px",
               .help = "Standard deviation of the blur of the layer: the size of the splashes."),
    FRAY_FIELD(REAL, "threshold", struct spatter, threshold, .def = 0.68, .min = -10, .max = 10,
               .help = "There is mud where the blurred layer is above it: less is more mud."),
    FRAY_FIELD(REAL, "edge", struct spatter, edge, .def = 0.6, .min = 0, .max = 100, .unit = "px",
               .help = "Standard deviation of the blur of their edges, of which what covers less "
                       "than 0.8 is taken away."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "spatter", struct spatter, fields, .help = "Mud on pictures.");

/* Mean and deviation of the layer, sigma, threshold, edge. */
static const double large[] = {.65, .3, 4,   .69, .6, .65, .3,  3,   .68, .6, .65, .3, 2,
                               .68, .5, .65, .3,  1,  .65, 1.5, .67, .4,  1,  .65, 1.5};
static const double cifar32[] = {.62, .1, .7,  .7, .5, .65, .1, .8,  .7, .5, .65, .3, 1,
                                 .69, .5, .65, .1, .7, .69, .6, .65, .1, .5, .68, .6};
static const double tiny64[] = {.62, .1, .7,  .7, .6, .65, .1, .8,  .7, .6, .65, .3, 1,
                                .69, .6, .65, .1, .7, .68, .6, .65, .1, .5, .67, .6};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, large, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("cifar32", 48, 0, cifar32, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("tiny64", 128, 0, tiny64, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, large, 1, 1, 1, 1, 1),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct spatter *)params)->amount;
}

/* Splashes are what stands out of blurred noise. Their softened edges are cut off again below 0.8,
 * so that mud is opaque nearly everywhere. */
enum fray_status fray_mud_spatter(float *x, size_t height, size_t width, size_t channels,
                                  const struct fray_mud *mud, const float *z,
                                  struct fray_arena *scratch, struct fray_err *err) {
  static const float brown[3] = {63 / 255.0f, 42 / 255.0f, 20 / 255.0f};
  const size_t n = height * width;
  const float mean = (float)mud->mean, deviation = (float)mud->deviation;
  float *layer;
  FRAY_ALLOC(layer, scratch, n, err);
  for (size_t i = 0; i < n; i++)
    layer[i] = mean + deviation * z[i];
  FRAY_TRY(fray_gaussian_filter(layer, height, width, 1, mud->sigma, mud->sigma, scratch, err));
  for (size_t i = 0; i < n; i++)
    layer[i] = layer[i] > (float)mud->threshold ? 1.0f : 0.0f;
  FRAY_TRY(fray_gaussian_filter(layer, height, width, 1, mud->edge, mud->edge, scratch, err));
  for (size_t i = 0; i < n; i++) {
    const float m = layer[i] < 0.8f ? 0 : (float)mud->amount * FRAY_MIN(layer[i], 1.0f);
    for (size_t c = 0; c < channels; c++, x++)
      *x = *x * (1 - m) + m * brown[channels == 3 ? c : 0];
  }
  return FRAY_OK;
}

/* The layer is drawn whatever the strength, so that severities differ in what they do with the same
 * noise. */
static enum fray_status apply(const void *params, double amount, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct spatter *own = params;
  const double *more = place->more;
  const struct fray_mud mud = {.amount = amount,
                               .mean = more ? more[0] : own->layer_mean,
                               .deviation = more ? more[1] : own->deviation,
                               .sigma = more ? more[2] : own->sigma,
                               .threshold = more ? more[3] : own->threshold,
                               .edge = more ? more[4] : own->edge};
  const size_t n = image->height * image->width;
  float *z;
  FRAY_ALLOC(z, place->scratch, n, err);
  for (size_t i = 0; i < n; i++)
    z[i] = (float)fray_rng_normal(&place->rng);
  return fray_mud_spatter(image->x, image->height, image->width, image->channels, &mud, z,
                          place->scratch, err);
}

/* Severities differ in the size of splashes too: they are no amounts. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 5, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "mud on the %s",
                                               .brief = "mud",
                                               .strength = {"amount", "of the mud", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_spatter = {
    .name = "spatter",
    .meaning = "Pictures spattered with mud.",
    .source = "spatter of MNIST-C, and of ImageNet-C at severities 4 and 5; severities: Hendrycks "
              "& Dietterich 2019 (ImageNet-C, CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 "
              "(MNIST-C)",
    .table = &table,
    .impl = &ops};
