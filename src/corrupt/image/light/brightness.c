/* More light, as of a sensor that was open too long: the value of HSV is raised, hue and saturation
 * stay. An addition to each channel would be another kind: it washes colours out. Published sets
 * cut to bytes afterwards, which darkens them by half a grey level; here values stay floats. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

struct brightness {
  double amount; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct brightness, amount, .optional = true, .min = 0, .max = 1,
               .unit = "full scale",
               .help = "Added to the largest of red, green and blue, up to 1; the others grow in "
                       "proportion. Of grey pictures it is added to each value."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "brightness", struct brightness, fields, .help = "Brighter pictures.");

/* Small pictures need less: their published set is the weakest. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", 28, 1, .1, .2, .3, .4, .5),
    FRAY_LEVELS("cifar32", 48, 0, .05, .1, .15, .2, .3),
    FRAY_LEVELS("tiny64", 128, 0, .1, .2, .3, .4, .5),
    FRAY_LEVELS("imagenet224", SIZE_MAX, 0, .1, .2, .3, .4, .5),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct brightness *)params)->amount;
}

/* The colour of a black pixel is unknown: it becomes grey. */
static inline __attribute__((always_inline)) void brighten(float *pixel, size_t channels,
                                                           float amount) {
  float value = pixel[0];
  for (size_t k = 1; k < channels; k++)
    value = FRAY_MAX(value, pixel[k]);
  /* One factor for all channels keeps hue and saturation. */
  const float now = FRAY_MIN(value + amount, 1.0f), factor = now / value;
  for (size_t k = 0; k < channels; k++) {
    const float lit = FRAY_MIN(pixel[k] * factor, 1.0f);
    pixel[k] = value > 0 ? lit : now;
  }
}

/* Colour pictures are most of them: of three channels, known to the compiler, it makes vectors. */
static FRAY_DISPATCH void brighten_all(float *x, size_t pixels, size_t channels, float amount) {
  if (channels == 3)
    for (size_t i = 0; i < pixels; i++)
      brighten(x + 3 * i, 3, amount);
  else
    for (size_t i = 0; i < pixels; i++)
      brighten(x + i * channels, channels, amount);
}

static enum fray_status apply(const void *params, double amount, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  (void)params, (void)place, (void)err;
  brighten_all(image->x, image->height * image->width, image->channels, (float)amount);
  return FRAY_OK;
}

/* A value grows with the amount until it is white, so each is at least as far off. */
static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.fixed = true);
static const struct fray_corruption_ops ops = {.words = "brighter %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "brighter",
                                               .strength = {"amount", "full scale", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_brightness = {
    .name = "brightness",
    .meaning = "Pictures with more light.",
    .source = "V' = clip(V + c) in HSV; severities: Hendrycks & Dietterich 2019 (ImageNet-C, "
              "CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
