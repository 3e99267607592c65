/* The kind `series`: numbers over time, from a CSV file or an array per sample, or from a matrix.
 * Columns of CSV files are bound by name: another order in one of the files would swap axes in
 * silence. */
#include "float_arrays.h"

#include "fray/base/size.h"
#include "fray/codec/names.h"
#include "fray/data/names.h"
#include "import/table/csv_file.h"
#include "import/table/npy.h"
#include "import/table/number_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const struct fray_choice fray_kind_series_value;

struct series_config {
  double rate; /* Hz; 0 = none */
  const char *unit;
  struct fray_strings columns; /* of CSV files; empty = those of the first file */
  struct csv_format format;
};

/* The columns of a CSV file that are channels: those that were asked for, else those of the first
 * file, by name. */
static enum fray_status pick_columns(struct modality *modality, const struct fray_csv *csv,
                                     size_t *pick, struct fray_err *err) {
  const struct series_config *config = modality->config;
  for (size_t w = 0; w < modality->n_columns; w++)
    if (fray_csv_need(csv, modality->column[w], &pick[w], err) != FRAY_OK)
      return config->columns.n ? FRAY_INPUT
                               : fray_at(err, "channels as in %s", modality->columns_from);
  /* All names are there and as many columns: none is left over. */
  if (config->columns.n || csv->n_columns == modality->n_columns)
    return FRAY_OK;
  size_t extra = 0; /* one of them is not among the names, since those differ and are all there */
  for (size_t c = 0; c < csv->n_columns; c++) {
    bool known = false;
    for (size_t w = 0; w < modality->n_columns; w++)
      known = known || pick[w] == c;
    extra = known ? extra : c;
  }
  return fray_fail(err, FRAY_INPUT,
                   "%s:%zu: a column '%.80s', which %s has not; name the channels by `columns`",
                   csv->name, csv->header_line, csv->column[extra], modality->columns_from);
}

/* A channel that is asked for twice would be there twice, under one name. */
static enum fray_status check_once(const struct fray_strings *columns, struct fray_arena *arena,
                                   struct fray_err *err) {
  struct fray_name_table table;
  size_t other;
  FRAY_TRY(fray_name_table_make(columns->v, columns->n, arena, &table, err));
  size_t twin = fray_name_twin(&table, &other);
  FRAY_CHECK(twin == columns->n, err, INPUT, "`columns` names '%.80s' twice", columns->v[twin]);
  return FRAY_OK;
}

/* The first file's names bind the others. */
static enum fray_status settle_columns(struct modality *modality, const struct fray_csv *csv,
                                       struct fray_err *err) {
  const struct series_config *config = modality->config;
  struct fray_arena *arena = modality->arena;
  if (modality->n_columns)
    return FRAY_OK;
  /* Copied, since the file's text goes with the file. */
  size_t n = config->columns.n ? config->columns.n : csv->n_columns;
  const char **name;
  FRAY_TRY(check_once(&config->columns, arena, err));
  FRAY_ALLOC(name, arena, n, err);
  for (size_t w = 0; w < n; w++) {
    name[w] = fray_arena_strdup(arena, config->columns.n ? config->columns.v[w] : csv->column[w]);
    FRAY_CHECK(name[w], err, MEMORY, "out of memory");
    const char *flaw = fray_name_flaw(name[w]);
    FRAY_CHECK(!flaw, err, INPUT, "%s:%zu: the name of channel %zu is %s", csv->name,
               csv->header_line, w + 1, flaw);
  }
  modality->column = name;
  modality->columns_from = fray_arena_strdup(arena, csv->name);
  FRAY_CHECK(modality->columns_from, err, MEMORY, "out of memory");
  modality->n_columns = n;
  if (config->format.header != FRAY_CSV_NO_HEADER) /* "1", "2" are no names */
    modality->m.channel_name = name;
  return FRAY_OK;
}

static enum fray_status fill_from_csv(struct modality *modality, const struct fray_csv *csv,
                                      struct fray_arena *arena, struct loaded *out, size_t *width,
                                      struct fray_err *err) {
  size_t *pick;
  FRAY_TRY(settle_columns(modality, csv, err));
  *width = modality->n_columns;
  FRAY_ALLOC(pick, arena, *width, err);
  FRAY_TRY(pick_columns(modality, csv, pick, err));
  /* A sample without steps is an absent one, which has no file. */
  FRAY_CHECK(csv->n_rows > 0, err, INPUT, "%s: no rows below the header", csv->name);
  /* Row by row, the picked columns in their order: as the shard holds a series. */
  float *x = malloc(csv->n_rows * *width * sizeof *x);
  FRAY_CHECK(x, err, MEMORY, "out of memory");
  for (size_t i = 0; i < csv->n_rows * *width; i++) {
    size_t row = i / *width, column = pick[i % *width];
    const char *cell = fray_csv_at(csv, row, column);
    double number = 0;
    bool good = fray_number_parse(cell, &number);
    const char *flaw = fray_number_flaw(good, number);
    if (flaw) {
      free(x);
      return fray_fail(err, FRAY_INPUT, "%s:%zu: column '%.80s': \"%.40s\" %s", csv->name,
                       csv->line[row], csv->column[column], cell, flaw);
    }
    x[i] = (float)number;
  }
  *out = (struct loaded){.x = x, .length = csv->n_rows, .bytes = csv->n_rows * *width * sizeof *x};
  return FRAY_OK;
}

static enum fray_status load_csv(struct modality *modality, const char *path, struct loaded *out,
                                 size_t *width, struct fray_err *err) {
  const struct series_config *config = modality->config;
  /* An arena for each file: what is kept of it are its floats. */
  struct fray_arena arena = {0};
  struct fray_csv_rules rules;
  struct fray_csv csv;
  FRAY_TRY(fray_csv_rules_take(&config->format, &rules, err));
  enum fray_status status = fray_csv_read(path, &rules, &arena, &csv, err);
  if (status == FRAY_OK)
    status = fill_from_csv(modality, &csv, &arena, out, width, err);
  fray_arena_free(&arena);
  return status;
}

/* Counts a series (length, width), and whether its first channel rises strictly, as time does.
 * Fewer than three steps rise too easily, and a single channel is what was asked for. */
static void look_at_steps(struct modality *modality, const struct loaded *series, size_t width) {
  const struct series_config *config = modality->config;
  const float *x = series->x;
  bool rises = series->length >= 3;
  /* Channels that were named were chosen, a clock among them too. */
  if (config->columns.n || width < 2)
    return;
  for (size_t i = 1; i < series->length && rises; i++)
    rises = x[i * width] > x[(i - 1) * width];
  modality->n_series++;
  modality->rising += rises;
}

/* By content first: arrays are often saved under the names of others. */
static bool is_npy(const char *path) {
  size_t n = strlen(path);
  return fray_npy_look(path) != NUMPY_NONE || (n > 4 && strcmp(path + n - 4, ".npy") == 0);
}

/* From memory (a matrix), from an array, or from a CSV file, which all end as (length, width). */
static enum fray_status load_series(struct modality *modality, const struct value *value,
                                    struct loaded *out, struct fray_err *err) {
  size_t width = 0;
  bool flat = false;
  if (value->stretch)
    FRAY_TRY(float_array_window(value, out, &width, err));
  else if (!value->path)
    FRAY_TRY(float_array_copy(value, out, &width, err));
  else if (is_npy(value->path))
    FRAY_TRY(float_array_read(value->path, out, &width, &flat, err));
  else
    FRAY_TRY(load_csv(modality, value->path, out, &width, err));
  if (flat) { /* one channel */
    out->length = width;
    width = 1;
  }
  FRAY_TRY(float_array_settle(modality, out->length, width, value->path != NULL, err));
  look_at_steps(modality, out, width);
  return FRAY_OK;
}

/* For those who read the shard: a series is never resampled, nor its unit changed. */
static void begin(struct modality *modality) {
  const struct series_config *config = modality->config;
  modality->m.rate = config->rate;
  modality->m.unit = config->unit;
}

static const struct fray_strings *columns(const struct modality *modality) {
  const struct series_config *config = modality->config;
  return &config->columns;
}

/* ---- its keys ---- */

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "rate", struct series_config, rate, .def = 0, .min = 0, .max = 1e6,
               .unit = "Hz", .help = "time steps per second; 0 = none. Kept, not changed"),
    FRAY_FIELD(STRING, "unit", struct series_config, unit, .def_text = "", .help = "of the values"),
    FRAY_FIELD(STRINGS, "columns", struct series_config, columns, .optional = true,
               .help = "columns of CSV files that are channels; default: all of the first file, "
                       "which the others must have too, in any order"),
    CSV_FORMAT_FIELDS(struct series_config, format),
};
static FRAY_TABLE(table, "series", struct series_config, fields, .help = "numbers over time");
static const struct value_kind kind = {.kind = FRAY_SERIES,
                                       .suffixes = ".csv ",
                                       .reads_arrays = true,
                                       .is_table = true,
                                       .begin = begin,
                                       .columns = columns,
                                       .load = load_series};
const struct fray_choice fray_kind_series_value = {
    "series", "numbers over time: text matrices, a CSV or .npy file per sample", "", &table, &kind};
