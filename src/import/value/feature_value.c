/* The kind `feature`: what was computed elsewhere, an array of floats with or without time; or the
 * numbers of a row of a table. */
#include "float_arrays.h"

extern const struct fray_choice fray_kind_feature_value;

struct feature_config {
  const char *unit;
  struct fray_strings columns;
};

/* Files are .npy alone: what computed the features can write it, and text would lose digits. Rows
 * of a table come from the reader that cuts it. */
static enum fray_status load_feature(struct modality *modality, const struct value *value,
                                     struct loaded *out, struct fray_err *err) {
  size_t width = 0;
  bool flat = false;
  if (value->stretch)
    FRAY_TRY(float_array_window(value, out, &width, err));
  else if (!value->path)
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

/* Without them no table has the features: they are in files of their own. */
static const struct fray_strings *columns(const struct modality *modality) {
  const struct feature_config *config = modality->config;
  return config->columns.n ? &config->columns : NULL;
}

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "unit", struct feature_config, unit, .def_text = "",
               .help = "of the values"),
    FRAY_FIELD(STRINGS, "columns", struct feature_config, columns, .optional = true,
               .help = "columns of tables whose rows hold them, for the reader `recordings`: with "
                       "windows of length 1 each row is a vector; default: files of their own"),
};
static FRAY_TABLE(table, "feature", struct feature_config, fields, .help = "precomputed features");
static const struct value_kind kind = {.kind = FRAY_FEATURES,
                                       .suffixes = ".npy ",
                                       .reads_arrays = true,
                                       .begin = begin,
                                       .columns = columns,
                                       .load = load_feature};
const struct fray_choice fray_kind_feature_value = {
    "feature", "precomputed features: a .npy vector or matrix (time, width) per sample", "", &table,
    &kind};
