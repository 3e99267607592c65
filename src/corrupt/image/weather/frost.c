/* Frost on the lens: a texture of ice of our own, drawn for each picture. The published sets lay
 * crops of five photographs over pictures, whose licence nobody states. */
#include "corrupt/image/tools/plasma.h"
#include "corrupt/scope/scope.h"
#include "weather.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

struct frost {
  double amount; /* weight of the ice; NaN: by severity */
  double keep;   /* weight of the picture */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "amount", struct frost, amount, .optional = true, .min = 0, .max = 1,
               .unit = "weight",
               .help = "Weight of the ice, which is added to the picture. The texture is fray's "
                       "own, drawn for each picture (clouds and feathers of ice, bluish white): "
                       "the published sets use photographs, so scores are not comparable with "
                       "theirs. 0: no frost."),
    FRAY_FIELD(REAL, "keep", struct frost, keep, .def = 0.8, .min = 0, .max = 1,
               .help = "Weight of the picture."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "frost", struct frost, fields, .help = "Frost on pictures.");

/* The weights are the published ones, the ice is not. */
static const double large[] = {1, .8, .7, .65, .6};
static const double cifar32[] = {1, 1, .9, .85, .75};
static const double tiny64[] = {1, .9, .8, .75, .7};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, large, .4, .6, .7, .7, .75),
    FRAY_LEVELS_MORE("cifar32", 48, 0, cifar32, .2, .3, .4, .4, .45),
    FRAY_LEVELS_MORE("tiny64", 128, 0, tiny64, .3, .4, .45, .5, .55),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, large, .4, .6, .7, .7, .75),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct frost *)params)->amount;
}

/* What needles are drawn on. */
struct sheet {
  float *ice;
  ptrdiff_t height, width;
};

/* A line of light from (y, x) on, thinning out; each point is shared among the four pixels around.
 */
static void needle(const struct sheet *s, double y, double x, double angle, double length,
                   double light) {
  const double dy = sin(angle), dx = cos(angle);
  for (double t = 0; t < length; t += 0.5) {
    const double at_y = y + t * dy, at_x = x + t * dx, glow = light * (1 - t / length);
    const ptrdiff_t row = (ptrdiff_t)floor(at_y), column = (ptrdiff_t)floor(at_x);
    const double fy = at_y - (double)row, fx = at_x - (double)column;
    if (row < 0 || column < 0 || row + 1 >= s->height || column + 1 >= s->width)
      continue;
    float *at = s->ice + row * s->width + column;
    at[0] += (float)(glow * (1 - fy) * (1 - fx));
    at[1] += (float)(glow * (1 - fy) * fx);
    at[s->width] += (float)(glow * fy * (1 - fx));
    at[s->width + 1] += (float)(glow * fy * fx);
  }
}

/* A feather: a stem that bends a little, and needles at 60 degrees on both sides of it, shorter
 * towards its tip, as ice crystals branch. It begins at the border and grows inwards. */
static void feather(const struct sheet *s, struct fray_rng *rng) {
  const double pi = 3.14159265358979323846, h = (double)s->height, w = (double)s->width;
  const double side = fray_rng_uniform(rng) * 4, along = fray_rng_uniform(rng);
  /* Any of the four borders; a place on it; and a point of the picture that it grows towards. */
  double y = side < 2 ? along * h : side < 3 ? 0 : h - 1;
  double x = side < 1 ? 0 : side < 2 ? w - 1 : along * w;
  double aim = atan2(h * fray_rng_uniform(rng) - y, w * fray_rng_uniform(rng) - x);
  const double length = (0.15 + 0.45 * fray_rng_uniform(rng)) * fmax(fmin(h, w), 8);
  const double bend = (fray_rng_uniform(rng) - 0.5) / length;
  const double light = 0.25 + 0.5 * fray_rng_uniform(rng);
  /* Needles no nearer than two pixels: nearer ones would be a sheet. */
  const double gap = fmax(2, length / 20);
  for (double t = 0; t < length; t += gap) {
    const double left = 1 - t / length, branch = 0.4 * length * left;
    /* The stem goes on past the next branch, so that it has no gaps. */
    needle(s, y, x, aim, 2 * gap, light);
    needle(s, y, x, aim + pi / 3, branch * fray_rng_uniform(rng), 0.8 * light);
    needle(s, y, x, aim - pi / 3, branch * fray_rng_uniform(rng), 0.8 * light);
    y += gap * sin(aim);
    x += gap * cos(aim);
    aim += gap * bend;
  }
}

/* Clouds for the sheet of ice, feathers for the crystals, a rim because ice begins at the cold
 * frame. As many feathers whatever the size: they grow with the picture. */
enum fray_status fray_frost_ice(struct fray_rng *rng, size_t height, size_t width, float *ice,
                                struct fray_arena *scratch, struct fray_err *err) {
  enum { FEATHERS = 16 };
  const struct sheet sheet = {ice, (ptrdiff_t)height, (ptrdiff_t)width};
  const size_t side = fray_plasma_side(FRAY_MAX(height, width));
  float *clouds;
  FRAY_ALLOC(clouds, scratch, side * side, err);
  fray_plasma(rng, side, 1.7, clouds);
  memset(ice, 0, height * width * sizeof *ice);
  for (int k = 0; k < FEATHERS; k++)
    feather(&sheet, rng);
  for (size_t row = 0; row < height; row++)
    for (size_t column = 0; column < width; column++) {
      /* 0 in the middle, 1 in the corners: frost grows from the border. */
      const float v = (2 * (float)row + 1) / (float)height - 1;
      const float u = (2 * (float)column + 1) / (float)width - 1;
      const float rim = 0.5f * (u * u + v * v), cloud = clouds[row * side + column];
      /* Cracks: where the clouds pass one half, the sharper the nearer. */
      const float ridge = 1 - fabsf(2 * cloud - 1), crack = ridge * ridge * ridge * ridge;
      float *at = ice + row * width + column;
      *at = FRAY_MIN(0.1f + 0.3f * cloud + 0.25f * crack + 0.4f * rim + *at, 1.0f);
    }
  return FRAY_OK;
}

/* Bluish white on three channels. */
static enum fray_status apply(const void *params, double amount, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  static const float tint[3] = {0.90f, 0.96f, 1.0f};
  const struct frost *own = params;
  const float keep = (float)(place->more ? place->more[0] : own->keep), add = (float)amount;
  const size_t n = image->height * image->width;
  float *ice, *x = image->x;
  FRAY_ALLOC(ice, place->scratch, n, err);
  FRAY_TRY(fray_frost_ice(&place->rng, image->height, image->width, ice, place->scratch, err));
  for (size_t i = 0; i < n; i++)
    for (size_t c = 0; c < image->channels; c++, x++)
      *x = FRAY_MIN(keep * *x + add * ice[i] * (image->channels == 3 ? tint[c] : 1.0f), 1.0f);
  return FRAY_OK;
}

/* The picture fades as the ice comes in, and some values stay where they were. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 1, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "frost on the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .turn = {{"keep", .column = 1}},
                                               .brief = "frost",
                                               .strength = {"amount", "weight", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_frost = {
    .name = "frost",
    .meaning = "Pictures behind frost: a texture of ice of fray's own.",
    .source = "clip(a x + b F) as in ImageNet-C with a drawn F in place of photographs; weights: "
              "Hendrycks & Dietterich 2019 (ImageNet-C, CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer "
              "2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
