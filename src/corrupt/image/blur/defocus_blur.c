/* Defocus blur of pictures: every point becomes a disk. */
#include "corrupt/image/tools/disk.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct defocus_blur {
  double radius; /* px; NaN: by severity */
  double edge;   /* px */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "radius", struct defocus_blur, radius, .optional = true, .min = 0, .max = 64,
               .unit = "px",
               .help = "Radius of the disk: it holds the pixels whose distance is at most that. "
                       "0: no blur at all."),
    FRAY_FIELD(
        REAL, "edge", struct defocus_blur, edge, .def = 0.5, .min = 0, .max = 10, .unit = "px",
        .help = "Standard deviation of the Gaussian that softens the disk, on 3 x 3 pixels "
                "(5 x 5 above a radius of 8). The border is mirrored, and as published the "
                "kernel is not normalised again: at 8 and 10 pictures turn brighter by up to "
                "1.3 %."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "defocus_blur", struct defocus_blur, fields,
                  .help = "Defocus blur of pictures.");

/* Softening in px by severity. At 32 pixels the first three disks are single pixels: there only the
 * softening tells the severities apart. */
static const double large[] = {.1, .5, .5, .5, .5};
static const double cifar32[] = {.4, .5, .6, .2, .1};
static const double tiny64[] = {.6, .1, .1, .01, .1};
static const struct fray_levels levels[] = {
    FRAY_LEVELS_MORE("mnist28", 28, 1, large, 3, 4, 6, 8, 10),
    FRAY_LEVELS_MORE("cifar32", 48, 0, cifar32, .3, .4, .5, 1, 1.5),
    FRAY_LEVELS_MORE("tiny64", 128, 0, tiny64, .5, 1, 1.5, 2.5, 3),
    FRAY_LEVELS_MORE("imagenet224", SIZE_MAX, 0, large, 3, 4, 6, 8, 10),
};

/* NaN where it was not given: then a severity says it, for each size of picture its own. */
static double strength(const void *params) {
  return ((const struct defocus_blur *)params)->radius;
}

/* The kernel is made anew for each picture: next to 3,072 values its 289 cost little, and nothing
 * has to be kept. Where it sums to more than 1 a white picture would leave the range. */
static enum fray_status apply(const void *params, double radius, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const struct defocus_blur *own = params;
  const size_t side = fray_disk_side(radius), n = image->height * image->width * image->channels;
  float *kernel; /* of this radius and edge */
  FRAY_ALLOC(kernel, place->scratch, side * side, err);
  FRAY_TRY(fray_disk_kernel(radius, place->more ? place->more[0] : own->edge, kernel,
                            place->scratch, err));
  FRAY_TRY(fray_correlate(image->x, image->height, image->width, image->channels, kernel, side,
                          place->scratch, err));
  for (size_t i = 0; i < n; i++)
    image->x[i] = FRAY_MIN(FRAY_MAX(image->x[i], 0.0f), 1.0f);
  return FRAY_OK;
}

/* Draws nothing: the damage of a picture is the same under every seed. */
static const struct fray_signal_ops signal_ops =
    FRAY_PICTURE_OPS(.n_more = 1, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "the %s out of focus",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .turn = {{"edge", .column = 1}},
                                               .brief = "out of focus",
                                               .strength = {"radius", "px", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_defocus_blur = {
    .name = "defocus_blur",
    .meaning = "Pictures out of focus: each point becomes a disk.",
    .source = "disk kernel and OpenCV's filter2D as in ImageNet-C; severities: Hendrycks & "
              "Dietterich 2019 (ImageNet-C, CIFAR-10-C, Tiny-ImageNet-C), Mu & Gilmer 2019 "
              "(MNIST-C)",
    .table = &table,
    .impl = &ops};
