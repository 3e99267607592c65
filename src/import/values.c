/* One value of a sample: from its file or from memory to what the shard takes. */
#include "parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/codec/codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- series and features ---- */

static bool is_npy(const char *path) {
  size_t n = strlen(path);
  return fray_npy_look(path) != NUMPY_NONE || (n > 4 && strcmp(path + n - 4, ".npy") == 0);
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
  else if (is_npy(value->path))
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
    FRAY_FIELD(REAL, "full_scale", struct audio_config, full_scale, .def = 1, .min = 1e-6,
               .max = 1e12,
               .help = "full scale of files that hold floats, such as 32768 where they are on the "
                       "scale of 16-bit integers"),
};
static FRAY_TABLE(audio_table, "audio", struct audio_config, audio_fields, .help = "sound");

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

static const struct value_kind audio_kind = {FRAY_AUDIO, fray_load_audio};
static const struct value_kind series_kind = {FRAY_SERIES, load_series};
static const struct value_kind feature_kind = {FRAY_FEATURES, load_feature};
static const struct value_kind text_kind = {FRAY_TEXT, load_text};

static const struct fray_choice audio = {
    "audio", "sound files (WAV, FLAC, OGG, MP3, ...), mono after import", "", &audio_table,
    &audio_kind};
static const struct fray_choice series = {
    "series", "numbers over time: text matrices, a CSV or .npy file per sample", "", &series_table,
    &series_kind};
static const struct fray_choice feature = {
    "feature", "precomputed features: a .npy vector or matrix (time, width) per sample", "",
    &feature_table, &feature_kind};
static const struct fray_choice text = {
    "text", "UTF-8 text: a file per sample, or a column of a manifest", "", NULL, &text_kind};
static const struct fray_choice *const kinds[] = {&audio, &fray_value_image, &series, &feature,
                                                  &text};
const struct fray_choices fray_import_kinds = {"kind", "kinds", kinds, FRAY_COUNT(kinds)};

void fray_modality_begin(struct modality *modality, const char *name,
                         const struct modality_config *config, struct fray_arena *arena) {
  const struct value_kind *kind = config->kind.choice->impl;
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

/* Where arrays are given to a kind that reads other files, that is what is wrong with them. */
static enum fray_status say_numpy(const struct modality *modality, const struct value *value,
                                  enum fray_status status, struct fray_err *err) {
  enum fray_modality_kind kind = modality->m.kind;
  if (status != FRAY_INPUT || !value->path || kind == FRAY_SERIES || kind == FRAY_FEATURES)
    return status;
  enum numpy is = fray_npy_look(value->path);
  if (is == NUMPY_NONE)
    return status;
  return fray_fail(
      err, FRAY_INPUT,
      "%s: %s; the kind `%s` reads %s. Arrays are for the kinds `series` and `feature`",
      value->path, is == NUMPY_ARRAY ? "a NumPy array" : "a .npz or .zip archive",
      modality->kind->name, modality->kind->meaning);
}

enum fray_status fray_value_load(struct modality *modality, const struct value *value,
                                 struct loaded *out, struct fray_err *err) {
  const struct value_kind *kind = modality->kind->impl;
  *out = (struct loaded){0};
  if (!value->path && !value->data)
    return FRAY_OK;
  enum fray_status status = kind->load(modality, value, out, err);
  if (status != FRAY_OK) {
    free(out->x);
    *out = (struct loaded){0};
    return say_numpy(modality, value, status, err);
  }
  modality->known = true;
  modality->m.time = FRAY_MAX(modality->m.time, out->length);
  return FRAY_OK;
}
