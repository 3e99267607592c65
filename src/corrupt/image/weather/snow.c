/* Snow in pictures: flakes that fall, and a scene that turns white. */
#include "corrupt/image/tools/clipped_zoom.h"
#include "corrupt/image/tools/eight_bits.h"
#include "corrupt/image/tools/motion.h"
#include "corrupt/scope/normals.h"
#include "corrupt/scope/scope.h"
#include "weather.h"

#include "fray/base/size.h"

#include <math.h>

struct snow {
  double amount;                                                        /* NaN: by severity */
  double layer_mean, deviation, zoom, threshold, radius, sigma, weight; /* as in fray_snow */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct snow, amount, .optional = true, .min = 0, .max = 1,
               .unit = "of the snow",
               .help = "1: the snow that the other keys describe. Less fades flakes and whiteness "
                       "in proportion; 0: none."),
    FRAY_FIELD(REAL, "layer_mean", struct snow, layer_mean, .def = 0.2, .min = -10, .max = 10,
               .help = "Mean of the layer of normal numbers that flakes are cut out of: more is "
                       "more snow. One layer for all channels."),
    FRAY_FIELD(REAL, "deviation", struct snow, deviation, .def = 0.3, .min = 0, .max = 10,
               .help = "Standard deviation of that layer."),
    FRAY_FIELD(REAL, "zoom", struct snow, zoom, .def = 1, .min = 1, .max = 32,
               .help = "How much the layer is enlarged: the size of the flakes in pixels."),
    FRAY_FIELD(REAL, "threshold", struct snow, threshold, .def = 0.5, .min = 0, .max = 10,
               .help = "What is below it is no flake."),
    FRAY_FIELD(REAL, "radius", struct snow, radius, .def = 10, .min = 0, .max = 300, .unit = "px",
               .help = "A flake's streak ends after 2 ceil(radius) pixels; its direction is drawn "
                       "within 45 degrees of the vertical."),
    FRAY_FIELD(REAL, "sigma", struct snow, sigma, .def = 4, .min = 0, .open_min = true, .max = 100,
               .unit = "px", .help = "Standard deviation of a flake's streak."),
    FRAY_FIELD(REAL, "weight", struct snow, weight, .def = 0.8, .min = 0, .max = 1,
               .help = "Weight of the picture; the rest is the picture whitened, which is the "
                       "larger of itself and 1.5 times its grey plus 0.5."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "snow", struct snow, fields, .help = "Snow in pictures.");

/* Mean and deviation of the layer, zoom, threshold, radius, sigma, weight. Severities are cuts of
 * other kinds, all at their full amount. */
static const double large[] = {.1,  .3, 3,   .5,  10,  4,  .8,  .2,  .3, 2,   .5, 12,
                               4,   .7, .55, .3,  4,   .9, 12,  8,   .7, .55, .3, 4.5,
                               .85, 12, 8,   .65, .55, .3, 2.5, .85, 12, 12,  .55};
static const double cifar32[] = {.1, .2, 1,   .6,  8,    3,   .95,  .1,  .2, 1,   .5, 10,
                                 4,  .9, .15, .3,  1.75, .55, 10,   4,   .9, .25, .3, 2.25,
                                 .6, 12, 6,   .85, .3,   .3,  1.25, .65, 14, 12,  .8};
static const double tiny64[] = {.1, .2, 1,   .6,  8,    3,   .8,   .1,  .2, 1,   .5, 10,
                                4,  .8, .15, .3,  1.75, .55, 10,   4,   .7, .25, .3, 2.25,
                                .6, 12, 6,   .65, .3,   .3,  1.25, .65, 14, 12,  .6};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, large, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("cifar32", 48, 0, cifar32, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("tiny64", 128, 0, tiny64, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, large, 1, 1, 1, 1, 1),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct snow *)params)->amount;
}

/* y = w x + (1 - w) max(x, 1.5 grey + 0.5); of three channels the weights of the eye. */
static void whiten(float *x, size_t n, size_t channels, float weight) {
  for (size_t i = 0; i < n; i++, x += channels) {
    float grey = 0;
    if (channels == 3)
      grey = 0.299f * x[0] + 0.587f * x[1] + 0.114f * x[2];
    else
      for (size_t c = 0; c < channels; c++)
        grey += x[c] / (float)channels;
    const float white = 1.5f * grey + 0.5f;
    for (size_t c = 0; c < channels; c++)
      x[c] = weight * x[c] + (1 - weight) * FRAY_MAX(x[c], white);
  }
}

/* Flakes are what stands out of noise; enlarged they have a size, and blurred downwards they fall.
 * The layer passes through 8 bits before and after its motion, as the published one did as a file.
 */
enum fray_status fray_snow_fall(float *x, size_t height, size_t width, size_t channels,
                                const struct fray_snow *snow, const float *z, double angle,
                                struct fray_arena *scratch, struct fray_err *err) {
  const size_t n = height * width;
  const float mean = (float)snow->mean, deviation = (float)snow->deviation;
  const float amount = (float)snow->amount;
  float *flakes, *layer; /* one channel: snow is white */
  FRAY_ALLOC(flakes, scratch, n, err);
  FRAY_ALLOC_ZERO(layer, scratch, n, err);
  for (size_t i = 0; i < n; i++)
    flakes[i] = mean + deviation * z[i];
  FRAY_TRY(fray_clipped_zoom_add(flakes, height, width, 1, snow->zoom, layer, scratch, err));
  /* After enlarging, so that flakes have soft borders. */
  for (size_t i = 0; i < n; i++)
    layer[i] = layer[i] < (float)snow->threshold ? 0 : fray_cut_to_8_bits(layer[i]);
  FRAY_TRY(
      fray_motion_blur(layer, height, width, 1, snow->radius, snow->sigma, angle, scratch, err));
  whiten(x, n, channels, (float)(1 - snow->amount * (1 - snow->weight)));
  /* The layer and itself turned around: snow on either side of the middle. */
  for (size_t i = 0; i < n; i++) {
    const float both = amount * (layer[i] + layer[n - 1 - i]);
    for (size_t c = 0; c < channels; c++)
      x[i * channels + c] = FRAY_MIN(FRAY_MAX(x[i * channels + c] + both, 0.0f), 1.0f);
  }
  return FRAY_OK;
}

/* Direction and layer are drawn whatever the severity: another one is another cut of the same
 * noise.
 */
static enum fray_status apply(const void *params, double amount, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct snow *own = params;
  const double *more = place->more;
  const struct fray_snow snow = {
      .amount = amount,
      .mean = more ? more[0] : own->layer_mean,
      .deviation = more ? more[1] : own->deviation,
      .zoom = more ? more[2] : own->zoom,
      .threshold = more ? more[3] : own->threshold,
      .radius = more ? more[4] : own->radius,
      .sigma = more ? more[5] : own->sigma,
      .weight = more ? more[6] : own->weight,
  };
  const size_t n = image->height * image->width;
  const double degrees = 90 * fray_rng_uniform(&place->rng) - 135;
  float *z;
  FRAY_ALLOC(z, place->scratch, n, err);
  fray_normals_draw(&place->rng, n, z);
  return fray_snow_fall(image->x, image->height, image->width, image->channels, &snow, z,
                        degrees * (3.14159265358979323846 / 180), place->scratch, err);
}

/* Larger flakes and longer streaks are not more of the same: severities are no amounts. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 7, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "snow in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .turn = {{"layer_mean", .column = 1},
                                                        {"deviation", .column = 2},
                                                        {"zoom", .column = 3},
                                                        {"threshold", .column = 4},
                                                        {"radius", .column = 5},
                                                        {"sigma", .column = 6},
                                                        {"weight", .column = 7}},
                                               .brief = "snow",
                                               .strength = {"amount", "of the snow", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_snow = {
    .name = "snow",
    .meaning = "Pictures in falling snow.",
    .source = "snow of ImageNet-C; severities: Hendrycks & Dietterich 2019 (ImageNet-C, "
              "CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
