/* Pictures moved aside, as by a bad crop. Shares of the sides and not pixels, so that a severity
 * means as much to a large picture as to one of 28 pixels, for which it was published. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"
#include "fray/corrupt/affine.h"

#include "fray/base/size.h"

#include <math.h>

struct translate {
  double share; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct translate, share, .optional = true, .min = 0, .max = 1,
               .unit = "share of the sides",
               .help = "Moved by this share of the width and of the height, to the upper left or "
                       "to the lower right as "
                       "each sample draws; black follows."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "translate", struct translate, fields, .help = "Moved pictures.");

/* 1 to 5 pixels of 28. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", SIZE_MAX, 0, 1. / 28, 2. / 28, 3. / 28, 4. / 28, 5. / 28),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct translate *)params)->share;
}

/* Shares and not pixels, so that a severity means as much to larger pictures. */
static enum fray_status apply(const void *params, double share, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const double sign = fray_rng_uniform(&place->rng) < 0.5 ? -1 : 1;
  /* Of each side its own share, so that a wide picture moves further across than down. */
  const double right = sign * share * (double)image->width;
  const double down = sign * share * (double)image->height;
  const struct fray_affine map =
      fray_affine_about_middle(1, 0, 0, 1, right, down, image->height, image->width);
  (void)params;
  return fray_affine_see(image, map, place->scratch, err);
}

/* The side is drawn once for a sample; pixels may meet their like, so the mean alone grows. */
static const struct fray_signal_ops signal_ops = FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {.words = "moved %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "moved",
                                               .strength = {"share", "share of the sides", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_translate = {
    .name = "translate",
    .meaning = "Pictures moved aside.",
    .source =
        "shift by (c, c) or (-c, -c); severities: 1 to 5 of 28 pixels, Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
