/* The kind `feature`: what was computed elsewhere, an array of floats with or without time. */
#include "float_arrays.h"

extern const struct fray_choice fray_kind_feature_value;

struct feature_config {
  const char *unit;
};

/* From .npy alone: what computed the features can write it, and text would lose digits. */
static enum fray_status load_feature(struct modality *modality, const struct value *value,
                                     struct loaded *out, struct fray_err *err) {
  size_t width = 0;
  bool flat = false;
  if (!value->path)
    FRAY_TRY(float_array_copy(value, out, &width, err));
  else
    FRAY_TRY(float_array_read(value->path, out, &width, &flat, err));
  /* A vector has no time, so it cannot be ragged; a matrix (time, width) may be. */
  FRAY_TRY(float_array_settle(modality, out->length, width, value->path && !flat, err));
  return FRAY_OK;
}

/* Widths are those of the first array. */
static void begin(struct modality *modality) {
  const struct feature_config *config = modality->config;
  modality->m.unit = config->unit;
}

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "unit", struct feature_config, unit, .def_text = "",
               .help = "of the values"),
};
static FRAY_TABLE(table, "feature", struct feature_config, fields, .help = "precomputed features");
static const struct value_kind kind = {.kind = FRAY_FEATURES,
                                       .suffixes = ".npy ",
                                       .reads_arrays = true,
                                       .begin = begin,
                                       .load = load_feature};
const struct fray_choice fray_kind_feature_value = {
    "feature", "precomputed features: a .npy vector or matrix (time, width) per sample", "", &table,
    &kind};
