/* Pictures as if drawn on rubber: an affine jolt of three points, then a smooth random field that
 * moves each pixel.
 *
 * Published severities are no amounts: 1 is the jolt alone, later ones trade reach for roughness,
 * and the mean distance falls. The constants for 224 pixels were computed for 244, a slip that
 * stayed in the published data; they are kept, as shares of 224. Lengths are shares of the shorter
 * side, since each table was made for one size. */
#include "elastic.h"

#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

struct elastic_transform {
  double amplitude, sigma, jolt; /* amplitude NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amplitude", struct elastic_transform, amplitude, .optional = true, .min = 0,
               .max = 10, .unit = "share of the side",
               .help =
                   "Pixels move by it times a smoothed field of numbers between -1 and 1; after "
                   "smoothing these are small."),
    FRAY_FIELD(REAL, "sigma", struct elastic_transform, sigma, .def = 0.05, .min = 0, .max = 1,
               .unit = "share of the side",
               .help = "Standard deviation of the Gaussian that smooths the field: the larger, the "
                       "softer and weaker."),
    FRAY_FIELD(REAL, "jolt", struct elastic_transform, jolt, .def = 0.05, .min = 0, .max = 0.3,
               .unit = "share of the side",
               .help = "How far each of three points is moved before, at most, by one affine map."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "elastic_transform", struct elastic_transform, fields,
                  .help = "Pictures on rubber.");

/* Smoothing and jolt of each severity; published in pixels of the size of the set. */
static const double mnist[] = {.7, .1, .08, .2, .01, .02, .01, .02, .01, .02};
static const double cifar[] = {0, .08, .2, .07, .06, .06, .04, .05, .03, .03};
static const double tiny[] = {0, .08, .3, .06, .08, .06, .03, .03, .03, .02};
#define SLIP (244. / 224)
static const double imagenet[] = {.7 * SLIP,  .1 * SLIP,  .08 * SLIP, .2 * SLIP,  .01 * SLIP,
                                  .02 * SLIP, .01 * SLIP, .02 * SLIP, .01 * SLIP, .02 * SLIP};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, mnist, 2, 2, .05, .07, .12),
    FRAY_LEVELS_MORE("cifar32", 48, 0, cifar, 0, .05, .08, .1, .1),
    FRAY_LEVELS_MORE("tiny64", 128, 0, tiny, 0, .05, .1, .1, .16),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, imagenet, 2 * SLIP, 2 * SLIP, .05 * SLIP,
                     .07 * SLIP, .12 * SLIP),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct elastic_transform *)params)->amplitude;
}

/* The same numbers whatever the strength: three points, then two fields. */
static enum fray_status apply(const void *params, double amplitude, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct elastic_transform *p = params;
  const double *more = place->more;
  const size_t n = image->height * image->width;
  const double side = (double)FRAY_MIN(image->height, image->width);
  const double reach = side * (more ? more[1] : p->jolt);
  struct fray_elastic_draws draws;
  float *across, *down;
  /* Two floats a pixel: the fields of both directions are needed at once, at the end. */
  FRAY_ALLOC(across, place->scratch, n, err);
  FRAY_ALLOC(down, place->scratch, n, err);
  for (size_t i = 0; i < 6; i++)
    (&draws.offset[0][0])[i] = reach * (2 * fray_rng_uniform(&place->rng) - 1);
  for (size_t i = 0; i < n; i++)
    across[i] = (float)(2 * fray_rng_uniform(&place->rng) - 1);
  for (size_t i = 0; i < n; i++)
    down[i] = (float)(2 * fray_rng_uniform(&place->rng) - 1);
  draws.across = across;
  draws.down = down;
  return fray_elastic(image, side * amplitude, side * (more ? more[0] : p->sigma), &draws,
                      place->scratch, err);
}

static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 2, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {
    .words = "warped %s",
    .category = FRAY_CATEGORY_GEOMETRY,
    .turn = {{"sigma", .column = 1}, {"jolt", .column = 2}},
    .brief = "warped",
    .strength = {"amplitude", "share of the side", NAN, 0},
    .modalities_key = true,
    .signal = &signal_ops};
const struct fray_choice fray_corruption_elastic_transform = {
    .name = "elastic_transform",
    .meaning = "Pictures as if on rubber.",
    .source = "Simard et al. 2003; as in Hendrycks & Dietterich 2019 (ImageNet-C, CIFAR-10-C, "
              "Tiny-ImageNet-C) and Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
