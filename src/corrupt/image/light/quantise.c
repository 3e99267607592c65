/* Fewer grey levels, as of a cheap sensor or a display of few colours. The levels include black and
 * white; the nearest is taken, without dither, so that soft slopes become steps. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct quantise {
  double bits; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "bits", struct quantise, bits, .optional = true, .min = 1, .max = INFINITY,
               .infinite = true, .unit = "bit",
               .help =
                   "2^bits levels from black to white for each value; the nearest is taken. Less "
                   "is worse; .inf: as many as there are."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "quantise", struct quantise, fields, .help = "Pictures of few levels.");

/* Published for grey digits; levels mean the same at any size. */
static const struct fray_levels levels[] = {FRAY_LEVELS("mnist28", SIZE_MAX, 0, 5, 4, 3, 2, 1)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct quantise *)params)->bits;
}

static enum fray_status apply(const void *params, double bits, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  /* More than a float can tell apart are all of them. */
  const float steps = (float)(exp2(fmin(bits, 24)) - 1);
  (void)params, (void)place, (void)err;
  for (size_t i = 0; i < fray_pixels(image); i++)
    image->x[i] = rintf(image->x[i] * steps) / steps;
  return FRAY_OK;
}

/* A level may lie nearer than the one of more bits. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "few levels in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "few levels",
                                               .strength = {"bits", "bit", INFINITY, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_quantise = {
    .name = "quantise",
    .meaning = "Pictures of few grey levels.",
    .source = "round(x (2^b - 1)) / (2^b - 1); severities: Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
