/* Spatter on the lens: water, or mud. In the colour sets severities 1 to 3 are water and 4 and 5
 * mud; MNIST-C has mud alone. */
#include "corrupt/image/tools/droplets.h"
#include "corrupt/scope/normals.h"
#include "corrupt/scope/scope.h"
#include "fray/corrupt/gaussian.h"
#include "weather.h"

#include "fray/base/size.h"

#include <math.h>

enum { MUD, WATER };
static const char *const liquid_names[] = {"mud", "water", NULL};
struct spatter {
  double amount;                                                /* NaN: by severity */
  double layer_mean, deviation, sigma, threshold, edge, weight; /* as in struct fray_spatter */
  int liquid;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct spatter, amount, .optional = true, .min = 0, .max = 1,
               .unit = "of the liquid",
               .help = "1: the mud or water that the other keys describe; less is more "
                       "transparent; 0: none. In the tables of colour pictures severities 1 to 3 "
                       "are water and 4 and 5 mud; in mnist28 all are mud."),
    FRAY_FIELD(ENUM, "liquid", struct spatter, liquid, .def_text = "mud", .names = liquid_names,
               .help = "mud: opaque and brown. water: drops that shine on one side."),
    FRAY_FIELD(REAL, "layer_mean", struct spatter, layer_mean, .def = 0.65, .min = -10, .max = 10,
               .help = "Mean of the layer of normal numbers that splashes are cut out of."),
    FRAY_FIELD(REAL, "deviation", struct spatter, deviation, .def = 0.3, .min = 0, .max = 10,
               .help = "Standard deviation of the layer, before it is blurred."),
    FRAY_FIELD(REAL, "sigma", struct spatter, sigma, .def = 1, .min = 0, .max = 100, .unit = "px",
               .help = "Standard deviation of the blur of the layer: the size of the splashes."),
    FRAY_FIELD(REAL, "threshold", struct spatter, threshold, .def = 0.68, .min = -10, .max = 10,
               .help = "There is liquid where the blurred layer is above it: less is more."),
    FRAY_FIELD(REAL, "edge", struct spatter, edge, .def = 0.6, .min = 0, .max = 100, .unit = "px",
               .help = "Of mud: standard deviation of the blur of its edges, of which what covers "
                       "less than 0.8 is taken away."),
    FRAY_FIELD(REAL, "weight", struct spatter, weight, .def = 0.6, .min = 0, .max = 1,
               .help = "Of water: how much light its brightest point adds."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "spatter", struct spatter, fields, .help = "Water or mud on pictures.");

/* Mean and deviation of the layer, sigma, threshold, edge of mud or weight of water, liquid. */
static const double mnist28[] = {.65, .3,  4,   .69, .6,  MUD, .65, .3,  3,   .68,
                                 .6,  MUD, .65, .3,  2,   .68, .5,  MUD, .65, .3,
                                 1,   .65, 1.5, MUD, .67, .4,  1,   .65, 1.5, MUD};
static const double cifar32[] = {.62, .1,    .7,  .7,  .5,  WATER, .65, .1,    .8,  .7,
                                 .5,  WATER, .65, .3,  1,   .69,   .5,  WATER, .65, .1,
                                 .7,  .69,   .6,  MUD, .65, .1,    .5,  .68,   .6,  MUD};
static const double tiny64[] = {.62, .1,    .7,  .7,  .6,  WATER, .65, .1,    .8,  .7,
                                .6,  WATER, .65, .3,  1,   .69,   .6,  WATER, .65, .1,
                                .7,  .68,   .6,  MUD, .65, .1,    .5,  .67,   .6,  MUD};
static const double imagenet224[] = {.65, .3,    4,   .69, .6,  WATER, .65, .3,    3,   .68,
                                     .6,  WATER, .65, .3,  2,   .68,   .5,  WATER, .65, .3,
                                     1,   .65,   1.5, MUD, .67, .4,    1,   .65,   1.5, MUD};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, mnist28, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("cifar32", 48, 0, cifar32, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("tiny64", 128, 0, tiny64, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, imagenet224, 1, 1, 1, 1, 1),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct spatter *)params)->amount;
}

/* Softened edges are cut off again below 0.8, so that mud is opaque nearly everywhere. */
static enum fray_status lay_mud(float *x, float *layer, size_t height, size_t width,
                                size_t channels, const struct fray_spatter *mud,
                                struct fray_arena *scratch, struct fray_err *err) {
  static const float brown[3] = {63 / 255.0f, 42 / 255.0f, 20 / 255.0f};
  for (size_t i = 0; i < height * width; i++)
    layer[i] = layer[i] > (float)mud->threshold ? 1.0f : 0.0f;
  FRAY_TRY(fray_gaussian_filter(layer, height, width, 1, mud->finish, mud->finish, scratch, err));
  for (size_t i = 0; i < height * width; i++) {
    const float m = layer[i] < 0.8f ? 0 : (float)mud->amount * FRAY_MIN(layer[i], 1.0f);
    for (size_t c = 0; c < channels; c++, x++)
      *x = *x * (1 - m) + m * brown[channels == 3 ? c : 0];
  }
  return FRAY_OK;
}

/* Water adds light and takes none away. Pale turquoise; on grey the luminance of that. */
static enum fray_status lay_water(float *x, float *layer, size_t height, size_t width,
                                  size_t channels, const struct fray_spatter *water,
                                  struct fray_arena *scratch, struct fray_err *err) {
  static const float turquoise[3] = {175 / 255.0f, 238 / 255.0f, 238 / 255.0f};
  const float weight = (float)(water->amount * water->finish);
  float *light;
  FRAY_ALLOC(light, scratch, height * width, err);
  for (size_t i = 0; i < height * width; i++)
    layer[i] = layer[i] < (float)water->threshold ? 0 : layer[i];
  FRAY_TRY(fray_droplets(layer, height, width, light, scratch, err));
  for (size_t i = 0; i < height * width; i++)
    for (size_t c = 0; c < channels; c++, x++)
      *x = FRAY_MIN(*x + weight * light[i] * (channels == 3 ? turquoise[c] : 219 / 255.0f), 1.0f);
  return FRAY_OK;
}

/* Splashes are what stands out of blurred noise. */
enum fray_status fray_spatter_on(float *x, size_t height, size_t width, size_t channels,
                                 const struct fray_spatter *spatter, const float *z,
                                 struct fray_arena *scratch, struct fray_err *err) {
  const size_t n = height * width;
  const float mean = (float)spatter->mean, deviation = (float)spatter->deviation;
  float *layer;
  FRAY_ALLOC(layer, scratch, n, err);
  for (size_t i = 0; i < n; i++)
    layer[i] = mean + deviation * z[i];
  FRAY_TRY(
      fray_gaussian_filter(layer, height, width, 1, spatter->sigma, spatter->sigma, scratch, err));
  return (spatter->water ? lay_water : lay_mud)(x, layer, height, width, channels, spatter, scratch,
                                                err);
}

/* The layer is drawn whatever the strength, so that severities differ in what they do with the same
 * noise. */
static enum fray_status apply(const void *params, double amount, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct spatter *own = params;
  const double *more = place->more;
  /* The fifth number of a table is the edge of mud and the weight of water, as published. */
  const bool water = more ? more[5] == WATER : own->liquid == WATER;
  const struct fray_spatter spatter = {
      .amount = amount,
      .mean = more ? more[0] : own->layer_mean,
      .deviation = more ? more[1] : own->deviation,
      .sigma = more ? more[2] : own->sigma,
      .threshold = more ? more[3] : own->threshold,
      .finish = more    ? more[4]
                : water ? own->weight
                        : own->edge,
      .water = water,
  };
  const size_t n = image->height * image->width;
  float *z;
  FRAY_ALLOC(z, place->scratch, n, err);
  fray_normals_draw(&place->rng, n, z);
  return fray_spatter_on(image->x, image->height, image->width, image->channels, &spatter, z,
                         place->scratch, err);
}

/* Severities differ in the size of splashes too: they are no amounts. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 6, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "spatter on the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .turn = {{"layer_mean", .column = 1},
                                                        {"deviation", .column = 2},
                                                        {"sigma", .column = 3},
                                                        {"threshold", .column = 4},
                                                        {"edge", .column = 5}},
                                               .brief = "spatter",
                                               .strength = {"amount", "of the liquid", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_spatter = {
    .name = "spatter",
    .meaning = "Pictures spattered with water or mud.",
    .source = "spatter of ImageNet-C and MNIST-C; severities: Hendrycks "
              "& Dietterich 2019 (ImageNet-C, CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 "
              "(MNIST-C)",
    .table = &table,
    .impl = &ops};
