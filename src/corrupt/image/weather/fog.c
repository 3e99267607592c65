/* Fog in pictures: bright plasma, the same for all colours, and the light that is left. */
#include "corrupt/image/tools/plasma.h"
#include "corrupt/scope/scope.h"
#include "weather.h"

#include "fray/base/size.h"

struct fog {
  double amount; /* NaN: by severity */
  double decay;  /* of the map: larger is smoother */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct fog, amount, .optional = true, .min = 0, .max = 100,
               .unit = "full scale",
               .help = "How much the brightest fog adds, before all is scaled back to the range "
                       "that the picture had. The fog of a value is one plasma map for all "
                       "channels. 0: no fog."),
    FRAY_FIELD(REAL, "decay", struct fog, decay, .def = 2, .min = 1, .max = 10,
               .help = "Smoothness of the map: its steps shrink by decay squared an octave."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "fog", struct fog, fields, .help = "Fog in pictures.");

/* Decay, and the least side of the map that the picture is cut out of. MNIST-C cuts 28 pixels out
 * of 256, which is a smoother fog than a map of 32 gives. */
static const double mnist28[] = {2, 256, 2, 256, 1.7, 256, 1.5, 256, 1.4, 256};
static const double cifar32[] = {3, 0, 3, 0, 2.5, 0, 2, 0, 1.75, 0};
static const double tiny64[] = {3, 0, 3, 0, 2.5, 0, 2, 0, 1.75, 0};
static const double imagenet224[] = {2, 0, 2, 0, 1.7, 0, 1.5, 0, 1.4, 0};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, mnist28, 1.5, 2, 2.5, 2.5, 3),
    FRAY_LEVELS_MORE("cifar32", 48, 0, cifar32, .2, .5, .75, 1, 1.5),
    FRAY_LEVELS_MORE("tiny64", 128, 0, tiny64, .4, .7, 1, 1.5, 2),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, imagenet224, 1.5, 2, 2.5, 2.5, 3),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct fog *)params)->amount;
}

/* Scaled by the brightest value of the picture, not by 1: fog in a dark picture is dark, and a
 * black one stays black. */
void fray_fog_lay(float *x, size_t height, size_t width, size_t channels, double amount,
                  const float *map, size_t stride) {
  float most = 0;
  for (size_t i = 0; i < height * width * channels; i++)
    most = FRAY_MAX(most, x[i]);
  const float scale = (float)((double)most / ((double)most + amount)), add = (float)amount;
  for (size_t row = 0; row < height; row++)
    for (size_t column = 0; column < width; column++) {
      /* White light: the same of it in each channel. */
      const float fog = add * map[row * stride + column];
      for (size_t c = 0; c < channels; c++, x++)
        *x = FRAY_MIN((*x + fog) * scale, 1.0f);
    }
}

/* The same uniform numbers for every amount and decay: more fog is the same clouds, only denser. */
static enum fray_status apply(const void *params, double amount, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct fog *own = params;
  const double decay = place->more ? place->more[0] : own->decay;
  const size_t least = place->more ? (size_t)place->more[1] : 0;
  const size_t longer = FRAY_MAX(image->height, image->width);
  const size_t side = fray_plasma_side(FRAY_MAX(longer, least));
  float *map;
  FRAY_ALLOC(map, place->scratch, side * side, err);
  fray_plasma(&place->rng, side, decay, map);
  fray_fog_lay(image->x, image->height, image->width, image->channels, amount, map, side);
  return FRAY_OK;
}

/* Fog moves values towards its own, which some of them have already: no growth is declared. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 2, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "fog in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .turn = {{"decay", .column = 1}},
                                               .brief = "fog",
                                               .strength = {"amount", "full scale", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_fog = {
    .name = "fog",
    .meaning = "Pictures in fog: plasma over all colours.",
    .source = "fog of ImageNet-C with diamond-square plasma; severities: Hendrycks & Dietterich "
              "2019 (ImageNet-C, CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
