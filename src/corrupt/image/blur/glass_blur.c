/* Glass blur of pictures: seen through frosted glass, pixels change places with near ones. */
#include "glass.h"

#include "corrupt/image/tools/eight_bits.h"
#include "corrupt/scope/scope.h"
#include "fray/corrupt/gaussian.h"

#include "fray/base/size.h"

#include <math.h>

struct glass_blur {
  int64_t passes;
  double reach; /* px, whole; NaN: by severity */
  double sigma; /* px */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "reach", struct glass_blur, reach, .optional = true, .min = 0, .max = 16,
               .unit = "px",
               .help = "How far away the pixel may lie that a pixel is replaced by, in whole "
                       "pixels: -reach to reach - 1 on either axis; a rim of that width stays. 0: "
                       "nothing is done."),
    FRAY_FIELD(REAL, "sigma", struct glass_blur, sigma, .def = 0.5, .min = 0, .max = 100,
               .unit = "px",
               .help = "Standard deviation of the Gaussian blur before and after; between them "
                       "values are cut to 8 bits."),
    FRAY_FIELD(INT, "passes", struct glass_blur, passes, .def = 1, .min = 1, .max = 10,
               .help = "How often every pixel is replaced."),
    FRAY_SIGNAL_ENTRIES,
};
/* Half a pixel has no neighbour to be replaced by. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const double reach = ((const struct glass_blur *)section)->reach;
  (void)node;
  FRAY_CHECK(isnan(reach) || reach == rint(reach), err, INPUT,
             "reach: %g is not a whole number of pixels", reach);
  return FRAY_OK;
}
static FRAY_TABLE(table, "glass_blur", struct glass_blur, fields, .check = check,
                  .help = "Glass blur of pictures.");

/* sigma and passes. MNIST-C swaps instead, half of the pixels, and blurs columns alone; its row has
 * its numbers here, and does the same as the others. */
static const double large[] = {.7, 2, .9, 1, 1, 3, 1.1, 2, 1.5, 2};
static const double cifar32[] = {.05, 1, .25, 1, .4, 1, .25, 2, .4, 2};
static const double tiny64[] = {.1, 1, .5, 1, .6, 2, .7, 1, .9, 2};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, large, 1, 2, 2, 3, 4),
    FRAY_LEVELS_MORE("cifar32", 48, 0, cifar32, 1, 1, 1, 1, 1),
    FRAY_LEVELS_MORE("tiny64", 128, 0, tiny64, 1, 1, 1, 2, 2),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, large, 1, 2, 2, 3, 4),
};

size_t fray_glass_visits(const struct fray_glass *glass, size_t height, size_t width) {
  const size_t rim = 2 * glass->reach;
  return rim && height > rim && width > rim ? glass->passes * (height - rim) * (width - rim) : 0;
}

/* From the bottom right up, in place: a pixel may be read after it was replaced, so the order of
 * the visits is part of the result. Numpy's views make the published swap a copy. */
static void shuffle(float *x, size_t height, size_t width, size_t channels, size_t reach,
                    const int8_t *dxdy) {
  for (size_t row = height - reach; row > reach; row--)
    for (size_t column = width - reach; column > reach; column--, dxdy += 2) {
      /* dx and dy end one short of the reach, as numpy draws them. */
      const size_t from_row = (size_t)((ptrdiff_t)row + dxdy[1]);
      const size_t from_column = (size_t)((ptrdiff_t)column + dxdy[0]);
      const float *from = x + (from_row * width + from_column) * channels;
      float *to = x + (row * width + column) * channels;
      for (size_t c = 0; c < channels; c++)
        to[c] = from[c];
    }
}

/* The blur before makes the shuffled pixels less single, the blur after melts their edges. Without
 * the cut to 8 bits between them the published numbers are missed by up to a grey level. */
enum fray_status fray_glass_blur(float *x, size_t height, size_t width, size_t channels,
                                 const struct fray_glass *glass, const int8_t *dxdy,
                                 struct fray_arena *scratch, struct fray_err *err) {
  const size_t n = height * width * channels;
  const size_t visits = fray_glass_visits(glass, height, width);
  FRAY_TRY(
      fray_gaussian_filter(x, height, width, channels, glass->sigma, glass->sigma, scratch, err));
  for (size_t i = 0; i < n; i++)
    x[i] = fray_cut_to_8_bits(x[i]);
  for (size_t k = 0; k < glass->passes && visits; k++)
    shuffle(x, height, width, channels, glass->reach, dxdy + k * (visits / glass->passes) * 2);
  return fray_gaussian_filter(x, height, width, channels, glass->sigma, glass->sigma, scratch, err);
}

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct glass_blur *)params)->reach;
}

/* Two 32-bit halves of one number a visit, scaled to -reach .. reach - 1. */
static enum fray_status apply(const void *params, double reach, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct glass_blur *own = params;
  const struct fray_glass glass = {
      .sigma = place->more ? place->more[0] : own->sigma,
      .reach = (size_t)reach,
      .passes = (size_t)(place->more ? place->more[1] : (double)own->passes)};
  const size_t visits = fray_glass_visits(&glass, image->height, image->width);
  const uint64_t wide = 2 * glass.reach;
  int8_t *dxdy;
  FRAY_ALLOC(dxdy, place->scratch, 2 * visits, err);
  for (size_t i = 0; i < visits; i++) {
    const uint64_t bits = fray_rng_u64(&place->rng);
    dxdy[2 * i] = (int8_t)((int64_t)(((bits & UINT32_MAX) * wide) >> 32) - (int64_t)glass.reach);
    dxdy[2 * i + 1] = (int8_t)((int64_t)(((bits >> 32) * wide) >> 32) - (int64_t)glass.reach);
  }
  return fray_glass_blur(image->x, image->height, image->width, image->channels, &glass, dxdy,
                         place->scratch, err);
}

/* Neither in the mean nor one by one: more blur before the shuffle leaves it less to do. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 2, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {
    .words = "the %s behind frosted glass",
    .category = FRAY_CATEGORY_CHANNEL,
    .turn = {{"sigma", .column = 1}, {"passes", .column = 2}},
    .brief = "glass blur",
    .strength = {"reach", "px", 0, 0},
    .modalities_key = true,
    .signal = &signal_ops};
const struct fray_choice fray_corruption_glass_blur = {
    .name = "glass_blur",
    .meaning = "Pictures behind frosted glass: near pixels stand for each other.",
    .source = "glass_blur of ImageNet-C as it runs; severities: Hendrycks & Dietterich 2019 "
              "(ImageNet-C, CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
