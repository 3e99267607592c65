/* Kinds of pictures that are seen in a mirror. There is no more or less of it: how many are hit is
 * the strength. It leaves most photographs what they are, and makes other letters of letters. */
#include "corrupt/image/tools/pixels.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

enum { HORIZONTAL, VERTICAL };
static const char *const axes[] = {"horizontal", "vertical", NULL};

struct flip {
  int axis;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "axis", struct flip, axis, .def_text = "horizontal", .names = axes,
               .help =
                   "horizontal: left and right change places; vertical: top and bottom. Of digits "
                   "and letters it makes others."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "flip", struct flip, fields, .help = "Mirrored pictures.");

/* All channels at once: one that stayed would leave a coloured ghost. */
static void swap_pixels(struct fray_signal *image, size_t a, size_t b) {
  for (size_t k = 0; k < image->channels; k++) {
    const float x = image->x[a * image->channels + k];
    image->x[a * image->channels + k] = image->x[b * image->channels + k];
    image->x[b * image->channels + k] = x;
  }
}

static enum fray_status apply(const void *params, double strength, struct fray_signal *image,
                              struct fray_place *place, struct fray_err *err) {
  /* In place: a partner is read before it is written. */
  const size_t h = image->height, w = image->width;
  const bool vertical = ((const struct flip *)params)->axis == VERTICAL;
  (void)strength, (void)place, (void)err;
  /* Half of the pixels: each one takes its partner along. */
  for (size_t r = 0; r < (vertical ? h / 2 : h); r++)
    for (size_t c = 0; c < (vertical ? w : w / 2); c++)
      swap_pixels(image, r * w + c, vertical ? (h - 1 - r) * w + c : r * w + (w - 1 - c));
  return FRAY_OK;
}

/* Nothing is drawn, and there is no table: a mirror has no severities. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_IMAGE, .fixed = true, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "mirrored %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .class_limit = -1,
                                               .brief = "mirrored",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_flip = {.name = "flip",
                                                 .meaning = "Mirrored pictures.",
                                                 .source = "x[:, ::-1] or x[::-1]",
                                                 .table = &table,
                                                 .impl = &ops};
