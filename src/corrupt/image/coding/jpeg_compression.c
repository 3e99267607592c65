/* Pictures that went through JPEG, really encoded and decoded: blocks of 8 x 8, rings at edges,
 * colour at half resolution. Coders that keep colour at full resolution miss up to two thirds of
 * the damage on coloured edges. Versions of the library may differ by a grey level: it is a part of
 * the numeric environment. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"
#include "fray/codec/coder.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>

struct jpeg_compression {
  double quality; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "quality", struct jpeg_compression, quality, .optional = true, .min = 1,
               .max = INFINITY, .infinite = true, .unit = "libjpeg's scale",
               .help =
                   "1 to 100, rounded; colour is kept at half resolution (4:2:0). Less is worse; "
                   "100 still loses something, .inf: no coding."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "jpeg_compression", struct jpeg_compression, fields,
                  .help = "Pictures through JPEG.");

/* Small pictures lose more at one quality: each size has its own table. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("mnist28", 28, 1, 25, 18, 15, 10, 7),
    FRAY_LEVELS("cifar32", 48, 0, 80, 65, 58, 50, 40),
    FRAY_LEVELS("tiny64", 128, 0, 65, 58, 50, 40, 25),
    FRAY_LEVELS("imagenet224", SIZE_MAX, 0, 25, 18, 15, 10, 7),
};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct jpeg_compression *)params)->quality;
}

/* Halves to even, as lrintf, but in whole vectors: beyond 2^23 a float has no places after the
 * point. */
static FRAY_DISPATCH void to_bytes(const float *restrict x, size_t n, uint8_t *restrict out) {
  const float magic = 0x1.8p23f;
  for (size_t i = 0; i < n; i++)
    out[i] = (uint8_t)(int)((fray_clip01(x[i]) * 255 + magic) - magic);
}

static FRAY_DISPATCH void from_bytes(const uint8_t *restrict pixels, size_t n,
                                     float *restrict out) {
  for (size_t i = 0; i < n; i++)
    out[i] = (float)pixels[i] / 255.0f;
}

/* The coder takes bytes: here, and nowhere else on the way, a picture is rounded to them. */
static enum fray_status apply(const void *params, double quality, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const size_t n = fray_pixels(image);
  uint8_t *pixels;
  (void)params;
  FRAY_ALLOC(pixels, place->scratch, n, err);
  to_bytes(image->x, n, pixels);
  FRAY_TRY(fray_jpeg_code(pixels, image->height, image->width, image->channels,
                          (int)lrint(fmin(quality, 100)), err));
  /* Back to floats at once: the next entry finds what it always finds. */
  from_bytes(pixels, n, image->x);
  return FRAY_OK;
}

/* Rounding may bring a single picture nearer; the mean over many falls with the quality. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {
    .words = "JPEG artefacts in the %s",
    .category = FRAY_CATEGORY_CHANNEL,
    .brief = "JPEG",
    .strength = {"quality", "libjpeg's scale", INFINITY, -1},
    .modalities_key = true,
    .signal = &signal_ops};
const struct fray_choice fray_corruption_jpeg_compression = {
    .name = "jpeg_compression",
    .meaning = "Pictures that went through JPEG.",
    .source = "libjpeg, baseline, 4:2:0; severities: Hendrycks & Dietterich 2019 (ImageNet-C, "
              "CIFAR-10-C, Tiny-ImageNet-C)",
    .table = &table,
    .impl = &ops};
