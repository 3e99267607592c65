/* One value of a sample: from its file or from memory to what the shard takes. */
#include "parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/codec/codec.h"
#include "fray/signal/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct kind {
  enum fray_modality_kind kind;
  enum fray_status (*load)(struct modality *modality, const struct value *value, struct loaded *out,
                           struct fray_err *err);
};

/* ---- audio ---- */

static void mix_down(struct fray_sound *sound, int mix) {
  size_t channels = (size_t)sound->channels;
  for (size_t i = 0; channels > 1 && i < sound->frames; i++) {
    double sum = 0;
    for (size_t c = 0; c < channels; c++)
      sum += sound->x[i * channels + c];
    sound->x[i] = mix == MIX_MEAN ? (float)(sum / (double)channels) : sound->x[i * channels];
  }
  sound->channels = 1;
}

static enum fray_status take_sound(struct modality *modality, struct fray_sound *sound,
                                   struct loaded *out, struct fray_err *err) {
  const struct audio_config *config = modality->config;
  double rate = isnan(config->rate) ? modality->m.rate : config->rate;
  if (rate == 0)
    rate = sound->rate;
  FRAY_CHECK(!isnan(config->rate) || sound->rate == rate, err, INPUT,
             "%g Hz, the files before have %g Hz; give the modality a `rate`", sound->rate, rate);
  modality->m.rate = rate;
  mix_down(sound, config->mix);
  size_t n = fray_resampled_length(sound->frames, sound->rate, rate);
  float *x = malloc(n * sizeof *x);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu samples)", n);
  enum fray_status status = fray_resample(sound->x, sound->frames, sound->rate, rate, x, err);
  if (status != FRAY_OK) {
    free(x);
    return status;
  }
  *out = (struct loaded){.x = x, .length = n, .bytes = n * sizeof *x};
  return FRAY_OK;
}

static enum fray_status load_audio(struct modality *modality, const struct value *value,
                                   struct loaded *out, struct fray_err *err) {
  struct fray_sound sound = {0};
  FRAY_CHECK(value->path, err, INPUT, "audio is read from sound files only");
  FRAY_TRY(fray_sound_read(value->path, &sound, err));
  enum fray_status status = take_sound(modality, &sound, out, err);
  fray_sound_free(&sound);
  return status == FRAY_OK ? FRAY_OK : fray_at(err, "%s", value->path);
}

/* ---- images ---- */

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
  FRAY_CHECK(config->size.n || (m->height == image->height && m->width == image->width), err, INPUT,
             "%zu x %zu pixels, the images before have %zu x %zu; give the modality a `size`",
             image->height, image->width, m->height, m->width);
  return FRAY_OK;
}

static enum fray_status load_image(struct modality *modality, const struct value *value,
                                   struct loaded *out, struct fray_err *err) {
  const struct image_config *config = modality->config;
  int channels = config->channels == RGB ? 3 : 1;
  struct fray_image image = {0}, sized = {0};
  if (value->path)
    FRAY_TRY(fray_image_read(value->path, channels, &image, err));
  else
    FRAY_TRY(copy_image(value, (size_t)channels, &image, err));
  enum fray_status status = settle_size(modality, &image, err);
  if (status == FRAY_OK)
    status = fray_image_resize(&image, modality->m.height, modality->m.width, &sized, err);
  fray_image_free(&image);
  if (status != FRAY_OK)
    return fray_at(err, "%s", value->path ? value->path : "image");
  *out = (struct loaded){
      .x = sized.x, .length = 1, .bytes = sized.height * sized.width * sized.channels};
  return FRAY_OK;
}

/* ---- series and features ---- */

static bool ends_with(const char *path, const char *end) {
  size_t n = strlen(path), m = strlen(end);
  return n >= m && strcmp(path + n - m, end) == 0;
}

static enum fray_status copy_floats(const struct value *value, struct loaded *out, size_t *width,
                                    struct fray_err *err) {
  size_t bytes = value->length * value->width * sizeof(float);
  float *x = malloc(bytes);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", bytes);
  memcpy(x, value->data, bytes);
  *out = (struct loaded){.x = x, .length = value->length, .bytes = bytes};
  *width = value->width;
  return FRAY_OK;
}

static enum fray_status settle_shape(struct modality *modality, size_t length, size_t width,
                                     bool ragged, struct fray_err *err) {
  if (!modality->known) {
    modality->m.channels = width;
    modality->m.ragged = ragged;
  }
  FRAY_CHECK(modality->m.channels == width, err, INPUT, "%zu columns, the samples before have %zu",
             width, modality->m.channels);
  FRAY_CHECK(modality->m.ragged == ragged, err, INPUT,
             "samples of fixed and of free length in one modality");
  FRAY_CHECK(ragged || !modality->known || modality->m.time == length, err, INPUT,
             "%zu steps, the samples before have %zu", length, modality->m.time);
  return FRAY_OK;
}

static enum fray_status load_npy(const char *path, struct loaded *out, size_t *width, bool *flat,
                                 struct fray_err *err) {
  float *x;
  size_t length;
  FRAY_TRY(fray_npy_read(path, &x, &length, width, flat, err));
  *out = (struct loaded){.x = x, .length = length, .bytes = length * *width * sizeof *x};
  return FRAY_OK;
}

static enum fray_status load_series(struct modality *modality, const struct value *value,
                                    struct loaded *out, struct fray_err *err) {
  size_t width = 0;
  bool flat = false;
  if (!value->path)
    FRAY_TRY(copy_floats(value, out, &width, err));
  else if (ends_with(value->path, ".npy"))
    FRAY_TRY(load_npy(value->path, out, &width, &flat, err));
  else
    FRAY_TRY(fray_series_csv(modality, value->path, out, &width, err));
  if (flat) { /* one channel */
    out->length = width;
    width = 1;
  }
  FRAY_TRY(settle_shape(modality, out->length, width, value->path != NULL, err));
  fray_series_look(modality, out, width);
  return FRAY_OK;
}

static enum fray_status load_feature(struct modality *modality, const struct value *value,
                                     struct loaded *out, struct fray_err *err) {
  size_t width = 0;
  bool flat = false;
  if (!value->path)
    FRAY_TRY(copy_floats(value, out, &width, err));
  else
    FRAY_TRY(load_npy(value->path, out, &width, &flat, err));
  FRAY_TRY(settle_shape(modality, out->length, width, value->path && !flat, err));
  return FRAY_OK;
}

/* ---- text ---- */

static enum fray_status copy_text(const void *from, size_t size, struct loaded *out,
                                  struct fray_err *err) {
  void *x = malloc(size);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", size);
  memcpy(x, from, size);
  *out = (struct loaded){.x = x, .length = size, .bytes = size};
  return FRAY_OK;
}

/* Bytes are kept as they are, ill-formed UTF-8 too: how text is read belongs to its features. NUL
 * bytes are what gives away UTF-16 and files that are no text. */
static enum fray_status take_text(const char *path, const struct fray_text *file,
                                  struct loaded *out, struct fray_err *err) {
  FRAY_CHECK(file->size > 0, err, INPUT, "%s: the file is empty; a sample without text has no file",
             path);
  const char *zero = memchr(file->data, '\0', file->size);
  FRAY_CHECK(!zero, err, INPUT, "%s: byte %zu is NUL: not a text in UTF-8", path,
             (size_t)(zero - file->data));
  return copy_text(file->data, file->size, out, err);
}

static enum fray_status load_text(struct modality *modality, const struct value *value,
                                  struct loaded *out, struct fray_err *err) {
  enum { LARGEST = 1 << 24 };
  (void)modality;
  FRAY_CHECK(value->path || value->is_text, err, INPUT,
             "text is read from files and from columns of `texts` only");
  if (value->is_text)
    return copy_text(value->data, value->length, out, err);
  struct fray_text file = {0};
  FRAY_TRY(fray_file_read(value->path, LARGEST, &file, err));
  enum fray_status status = take_text(value->path, &file, out, err);
  fray_text_free(&file);
  return status;
}

/* ---- the list ---- */

static const char *const mix_names[] = {"mean", "first", NULL};
static const struct fray_field audio_fields[] = {
    FRAY_FIELD(REAL, "rate", struct audio_config, rate, .optional = true, .min = 1000,
               .max = 192000, .unit = "Hz",
               .help = "sounds are resampled to this; default: that of the files"),
    FRAY_FIELD(ENUM, "mix", struct audio_config, mix, .def_text = "mean", .names = mix_names,
               .help = "one channel from many: their mean, or the first"),
};
static FRAY_TABLE(audio_table, "audio", struct audio_config, audio_fields, .help = "sound");

static const char *const colour_names[] = {"grey", "rgb", NULL};
static const struct fray_field image_fields[] = {
    FRAY_FIELD(INTS, "size", struct image_config, size, .optional = true, .min = 1, .max = 4096,
               .unit = "pixels",
               .help = "[height, width] to resize to; default: that of the files"),
    FRAY_FIELD(ENUM, "channels", struct image_config, channels, .def_text = "grey",
               .names = colour_names, .help = "grey or colour"),
};
static enum fray_status check_image(const void *section, const struct fray_node *node,
                                    struct fray_err *err) {
  const struct image_config *config = section;
  char where[256];
  FRAY_CHECK(config->size.n == 0 || config->size.n == 2, err, INPUT,
             "%s: size: expected [height, width]", fray_node_where(node, where));
  return FRAY_OK;
}
static FRAY_TABLE(image_table, "image", struct image_config, image_fields, .help = "pictures",
                  .check = check_image);

static const struct fray_field series_fields[] = {
    FRAY_FIELD(REAL, "rate", struct series_config, rate, .def = 0, .min = 0, .max = 1e6,
               .unit = "Hz", .help = "time steps per second; 0 = none. Kept, not changed"),
    FRAY_FIELD(STRING, "unit", struct series_config, unit, .def_text = "", .help = "of the values"),
    FRAY_FIELD(STRINGS, "columns", struct series_config, columns, .optional = true,
               .help = "columns of CSV files that are channels; default: all of the first file, "
                       "which the others must have too, in any order"),
    CSV_FORMAT_FIELDS(struct series_config, format),
};
static FRAY_TABLE(series_table, "series", struct series_config, series_fields,
                  .help = "numbers over time");

static const struct fray_field feature_fields[] = {
    FRAY_FIELD(STRING, "unit", struct feature_config, unit, .def_text = "",
               .help = "of the values"),
};
static FRAY_TABLE(feature_table, "feature", struct feature_config, feature_fields,
                  .help = "precomputed features");

static const struct kind audio_kind = {FRAY_AUDIO, load_audio};
static const struct kind image_kind = {FRAY_IMAGE, load_image};
static const struct kind series_kind = {FRAY_SERIES, load_series};
static const struct kind feature_kind = {FRAY_FEATURES, load_feature};
static const struct kind text_kind = {FRAY_TEXT, load_text};

static const struct fray_choice audio = {
    "audio", "sound files (WAV, FLAC, OGG, MP3, ...), mono after import", "", &audio_table,
    &audio_kind};
static const struct fray_choice image = {"image", "pictures (PNG, JPEG, BMP, PGM) or IDX rows", "",
                                         &image_table, &image_kind};
static const struct fray_choice series = {
    "series", "numbers over time: text matrices, a CSV or .npy file per sample", "", &series_table,
    &series_kind};
static const struct fray_choice feature = {
    "feature", "precomputed features: a .npy vector or matrix (time, width) per sample", "",
    &feature_table, &feature_kind};
static const struct fray_choice text = {
    "text", "UTF-8 text: a file per sample, or a column of a manifest", "", NULL, &text_kind};
static const struct fray_choice *const kinds[] = {&audio, &image, &series, &feature, &text};
const struct fray_choices fray_import_kinds = {"kind", "kinds", kinds, FRAY_COUNT(kinds)};

void fray_modality_begin(struct modality *modality, const char *name,
                         const struct modality_config *config, struct fray_arena *arena) {
  const struct kind *kind = config->kind.choice->impl;
  *modality =
      (struct modality){.kind = config->kind.choice, .config = config->kind.params, .arena = arena};
  modality->m = (struct fray_modality){.name = name, .unit = "", .kind = kind->kind, .time = 1};
  if (kind->kind == FRAY_AUDIO || kind->kind == FRAY_TEXT) {
    modality->m.channels = 1;
    modality->m.ragged = true;
  } else if (kind->kind == FRAY_SERIES) {
    const struct series_config *own = modality->config;
    modality->m.rate = own->rate;
    modality->m.unit = own->unit;
  } else if (kind->kind == FRAY_FEATURES) {
    modality->m.unit = ((const struct feature_config *)modality->config)->unit;
  }
}

enum fray_status fray_value_load(struct modality *modality, const struct value *value,
                                 struct loaded *out, struct fray_err *err) {
  const struct kind *kind = modality->kind->impl;
  *out = (struct loaded){0};
  if (!value->path && !value->data)
    return FRAY_OK;
  enum fray_status status = kind->load(modality, value, out, err);
  if (status != FRAY_OK) {
    free(out->x);
    *out = (struct loaded){0};
    return status;
  }
  modality->known = true;
  modality->m.time = FRAY_MAX(modality->m.time, out->length);
  return FRAY_OK;
}
