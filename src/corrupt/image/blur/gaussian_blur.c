/* Gaussian blur of pictures. */
#include "corrupt/scope/scope.h"
#include "fray/corrupt/gaussian.h"

#include "fray/base/size.h"

enum { BOTH, COLUMNS };
static const char *const direction_names[] = {"both", "columns", NULL};
struct gaussian_blur {
  double sigma; /* px; NaN: by severity */
  int direction;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "sigma", struct gaussian_blur, sigma, .optional = true, .min = 0, .max = 100,
               .unit = "px",
               .help = "Standard deviation of the filter. It ends at int(4 sigma + 0.5) pixels, so "
                       "that less than 0.125 changes nothing; the value at the border is "
                       "repeated."),
    FRAY_FIELD(ENUM, "direction", struct gaussian_blur, direction, .def_text = "both",
               .names = direction_names,
               .help = "both: as a blur is. columns: up and down alone. The table mnist28 means "
                       "columns: that is what the published set holds, by a mistake of its code. "
                       "Grey pictures of 28 pixels have severities of cifar32 unless it is named."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "gaussian_blur", struct gaussian_blur, fields,
                  .help = "Gaussian blur of pictures.");

/* MNIST-C took the columns of grey pictures for channels, so that each was blurred by itself. Its
 * row fits no shape (no side is 0): it is there for who names it, and grey pictures of 28 pixels
 * are blurred like others of their size. */
static const double both[] = {BOTH, BOTH, BOTH, BOTH, BOTH};
static const double columns[] = {COLUMNS, COLUMNS, COLUMNS, COLUMNS, COLUMNS};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 0, 1, columns, 1, 2, 3, 4, 6),
    FRAY_LEVELS_MORE("cifar32", 48, 0, both, .4, .6, .7, .8, 1),
    FRAY_LEVELS_MORE("tiny64", 128, 0, both, .5, .75, 1, 1.25, 1.5),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, both, 1, 2, 3, 4, 6),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct gaussian_blur *)params)->sigma;
}

/* A mean of values from 0 to 1 lies between 0 and 1, so nothing has to be cut. */
static enum fray_status apply(const void *params, double sigma, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct gaussian_blur *own = params;
  const int direction = place->more ? (int)place->more[0] : own->direction;
  return fray_gaussian_filter(image->x, image->height, image->width, image->channels, sigma,
                              direction == BOTH ? sigma : 0, place->scratch, err);
}

/* A wider blur may by chance bring single pixels back to where they were: the mean grows. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 1, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "the %s blurred",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "Gaussian blur",
                                               .strength = {"sigma", "px", 0, 1},
                                               .modalities_key = true,
                                               .usual = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_gaussian_blur = {
    .name = "gaussian_blur",
    .meaning = "Pictures blurred by a Gaussian.",
    .source = "scikit-image gaussian(mode=nearest, truncate=4); severities: Hendrycks & Dietterich "
              "2019 (ImageNet-C, CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
