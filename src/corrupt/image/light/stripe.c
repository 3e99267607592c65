/* A quarter of a picture at its left and one at its right as negatives, as of a film that was lit
 * from the sides. Of MNIST-C, where these are the columns 0 to 6 and 21 to 27 of 28. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

static const struct fray_field fields[] = {FRAY_SIGNAL_WHOM};
static FRAY_TABLE(table, "stripe", char, fields, .help = "Inverted stripes.");

static enum fray_status apply(const void *params, double strength, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  const size_t w = image->width, channels = image->channels, wide = w / 4;
  (void)params, (void)strength, (void)place, (void)err;
  for (size_t i = 0; i < fray_pixels(image); i++) {
    const size_t column = i / channels % w;
    /* Floors, so that the middle keeps what a width of no four parts leaves over. */
    if (column < wide || column >= w - wide)
      image->x[i] = 1 - image->x[i];
  }
  return FRAY_OK;
}

/* As published there is one of it; pictures of other widths have stripes of a quarter each. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_IMAGE, .fixed = true, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "inverted stripes in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "inverted stripes",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_stripe = {
    .name = "stripe",
    .meaning = "Pictures with an inverted stripe at the left and at the right.",
    .source = "columns 0 to 6 and 21 to 27 of 28: Mu & Gilmer 2019 (MNIST-C)",
    .table = &table,
    .impl = &ops};
