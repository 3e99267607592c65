/* The kind `image`: colours settled for a whole modality, then each picture read and resized.
 * Whether a modality is grey or RGB is a property of all its files, so they are looked at before
 * the first is decoded. */
#include "picture_fit.h"
#include "value.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/codec/codec.h"

#include <stdlib.h>

extern const struct fray_choice fray_kind_picture_value;

struct image_config {
  struct fray_ints size; /* height, width; empty = that of the first image */
  int channels;          /* enum colour */
  int fit;               /* enum picture_fit */
  int64_t padding;
  int64_t maximum; /* the 16-bit value that is white; INT64_MIN = the highest of the file */
};
enum colour { COLOUR_AUTO, COLOUR_GREY, COLOUR_RGB };

/* ---- grey or RGB ---- */

/* The first file with colour, or n; in how many files it looked. */
static size_t first_coloured(const struct modality_files *files, size_t *looked) {
  struct fray_ahead *ahead = NULL;
  size_t i = 0, channels = 1;
  *looked = 0;
  /* Without it they are looked at one by one. */
  fray_ahead_make(files->path, files->n, &ahead, NULL);
  for (; i < files->n; i++) {
    const char *path = files->path[i];
    /* From the header, without decoding; who cannot be read is refused later, by name. */
    if (!path || fray_image_channels_next(ahead, path, &channels, NULL) != FRAY_OK)
      continue;
    ++*looked;
    if (channels == 3)
      break;
  }
  fray_ahead_free(ahead);
  return i;
}

/* One file with colour makes all RGB: grey ones lose nothing by that, the reverse would. */
static void look_at_files(struct modality *modality, const struct modality_files *files) {
  size_t looked, i = first_coloured(files, &looked);
  modality->colours = i < files->n ? 3 : 1;
  if (i < files->n)
    fray_note("%s: %s: RGB, since %s has colour", files->dataset, modality->m.name,
              fray_path_below(files->raw, files->path[i]));
  else if (looked > 0)
    fray_note("%s: %s: grey, as all its files", files->dataset, modality->m.name);
}

/* Asked or told; the pictures of one modality are all of one sort. */
static void settle(struct modality *modality, const struct modality_files *files) {
  const struct image_config *config = modality->config;
  /* Settled even where no file is looked at, since pictures may lie in memory. */
  modality->colours = config->channels == COLOUR_RGB ? 3 : 1;
  if (config->channels == COLOUR_AUTO)
    look_at_files(modality, files);
}

/* ---- one picture ---- */

/* An image in memory is grey; RGB repeats it. */
static enum fray_status copy_image(const struct value *value, size_t channels,
                                   struct fray_image *out, struct fray_err *err) {
  const uint8_t *grey = value->data;
  size_t n = value->length * value->width;
  uint8_t *x = malloc(n * channels);
  FRAY_CHECK(x, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n * channels; i++)
    x[i] = grey[i / channels];
  *out = (struct fray_image){
      .x = x, .height = value->length, .width = value->width, .channels = channels};
  out->notes = channels == 3 ? FRAY_NOTE_CONVERTED : 0;
  return FRAY_OK;
}

static enum fray_status settle_size(struct modality *modality, const struct fray_image *image,
                                    struct fray_err *err) {
  const struct image_config *config = modality->config;
  struct fray_modality *m = &modality->m;
  if (!modality->known) {
    m->channels = image->channels;
    m->height = config->size.n ? (size_t)config->size.v[0] : image->height;
    m->width = config->size.n ? (size_t)config->size.v[1] : image->width;
  }
  /* Models need one size; which one is a choice that nobody should make in silence. */
  FRAY_CHECK(config->size.n || (m->height == image->height && m->width == image->width), err, INPUT,
             "%zu x %zu pixels, the images before have %zu x %zu; give the modality a `size`",
             image->height, image->width, m->height, m->width);
  return FRAY_OK;
}

/* Decoded, converted to grey or RGB, resized: what the shard holds are bytes of one size. */
static enum fray_status load_image(struct modality *modality, const struct value *value,
                                   struct loaded *out, struct fray_err *err) {
  const struct image_config *config = modality->config;
  unsigned maximum = config->maximum == INT64_MIN ? 0 : (unsigned)config->maximum;
  struct fray_image image = {0}, sized = {0};
  if (value->path)
    FRAY_TRY(fray_image_read_next(modality->ahead, value->path, (int)modality->colours, maximum,
                                  &image, err));
  else
    FRAY_TRY(copy_image(value, modality->colours, &image, err));
  enum fray_status status = settle_size(modality, &image, err);
  if (status == FRAY_OK)
    status = fray_picture_fit(&image, (enum picture_fit)config->fit, (uint8_t)config->padding,
                              modality->m.height, modality->m.width, &sized, err);
  /* Kept beyond the picture, which is freed before its copy is handed on. */
  unsigned notes = image.notes | sized.notes;
  fray_image_free(&image);
  if (status != FRAY_OK)
    return fray_at(err, "%s", value->path ? value->path : "image");
  *out = (struct loaded){.x = sized.x,
                         .length = 1,
                         .bytes = sized.height * sized.width * sized.channels,
                         .notes = notes};
  return FRAY_OK;
}

/* ---- its keys ---- */

static const char *const fit_names[] = {"stretch", "crop", "pad", NULL};
static const char *const colour_names[] = {"auto", "grey", "rgb", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(INTS, "size", struct image_config, size, .optional = true, .min = 1, .max = 4096,
               .unit = "pixels",
               .help = "[height, width] to resize to; default: that of the files"),
    FRAY_FIELD(ENUM, "fit", struct image_config, fit, .def_text = "stretch", .names = fit_names,
               .help =
                   "pictures of another shape than `size`: stretched, cropped at both sides, or "
                   "padded at both sides"),
    FRAY_FIELD(INT, "padding", struct image_config, padding, .def = 0, .min = 0, .max = 255,
               .help = "value of the edges that `fit: pad` adds: 0 black, 255 white"),
    FRAY_FIELD(ENUM, "channels", struct image_config, channels, .def_text = "auto",
               .names = colour_names,
               .help = "grey or rgb; auto: rgb if any of the files has colour, else grey"),
    FRAY_FIELD(INT, "maximum", struct image_config, maximum, .optional = true, .min = 1,
               .max = 65535,
               .help = "value in 16-bit files that becomes white (4095 where 12 bits are used); "
                       "above it is clipped. Default: the highest that the file could hold"),
};
/* The reader of sections knows lists, but not how long one is to be. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct image_config *config = section;
  char where[256];
  FRAY_CHECK(config->size.n == 0 || config->size.n == 2, err, INPUT,
             "%s: size: expected [height, width]", fray_node_where(node, where));
  FRAY_CHECK(config->fit == FIT_STRETCH || config->size.n == 2, err, INPUT,
             "%s: fit: %s needs a `size`", fray_node_where(node, where),
             config->fit == FIT_CROP ? "crop" : "pad");
  return FRAY_OK;
}
static FRAY_TABLE(table, "image", struct image_config, fields, .help = "pictures", .check = check);
static const struct value_kind kind = {
    .kind = FRAY_IMAGE,
    .suffixes = ".png .jpg .jpeg .bmp .gif .pgm .ppm .pbm .webp .tif .tiff ",
    .first_keys = "size: [32, 32]",
    .settle = settle,
    .decodes = true,
    .load = load_image};
const struct fray_choice fray_kind_picture_value = {
    "image", "pictures (PNG, JPEG, BMP, GIF, PBM, PGM, PPM, WebP, TIFF) or IDX rows", "", &table,
    &kind};
