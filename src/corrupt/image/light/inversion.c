/* Pictures as negatives. There is no more or less of it: how many are hit is the strength. Of
 * digits on a black ground it makes a set that a model has never seen, though nothing is lost. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

static const struct fray_field fields[] = {FRAY_SIGNAL_WHOM};
static FRAY_TABLE(table, "inversion", char, fields, .help = "Negatives.");

static enum fray_status apply(const void *params, double strength, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  (void)params, (void)strength, (void)place, (void)err;
  /* Exact for bytes divided by 255 and back, so twice is what there was. */
  for (size_t i = 0; i < fray_pixels(image); i++)
    image->x[i] = 1 - image->x[i];
  return FRAY_OK;
}

/* Twice gives what there was: a law that its test holds. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_IMAGE, .fixed = true, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "inverted %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .class_limit = -1,
                                               .brief = "inverted",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_inversion = {.name = "inversion",
                                                      .meaning = "Pictures as negatives.",
                                                      .source = "1 - x",
                                                      .table = &table,
                                                      .impl = &ops};
