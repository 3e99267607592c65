/* Reader `matrix`: a text matrix per channel, its rows are samples, its columns time steps, as UCI-
 * HAR and its kin are published. All values are loaded at once, since a row cannot be found without
 * reading those above. */
#include "raw_source.h"

#include "fray/base/size.h"
#include "import/table/number_files.h"

extern const struct fray_choice fray_reader_matrix;

struct matrix_config {
  const struct fray_node *channels; /* map modality -> files */
  const struct fray_node *columns;  /* map field -> file */
};

/* What all files of an input must agree on. */
struct extent {
  size_t rows;
  const char *first; /* the file that settled it; NULL: none yet */
};

static enum fray_status check_rows(struct extent *extent, const char *path, size_t rows,
                                   struct fray_err *err) {
  if (!extent->first)
    *extent = (struct extent){rows, path};
  FRAY_CHECK(extent->rows == rows, err, INPUT, "%s: %zu rows, but %s has %zu", path, rows,
             extent->first, extent->rows);
  return FRAY_OK;
}

/* Puts channel c of every sample where it belongs: out (rows, steps, channels). */
/* Files are channel by channel, shards step by step. */
static void interleave(const float *x, size_t rows, size_t steps, size_t c, size_t channels,
                       float *out) {
  for (size_t i = 0; i < rows * steps; i++)
    out[i * channels + c] = x[i];
}

static enum fray_status read_channel(const struct source *source, const struct fray_node *file,
                                     size_t c, size_t channels, struct extent *extent,
                                     size_t *steps, float **out, struct fray_err *err) {
  const char *name, *path;
  float *x;
  size_t rows, columns;
  FRAY_TRY(fray_import_scalar(file, "channels", &name, err));
  FRAY_TRY(fray_source_path(source, name, &path, err));
  struct fray_arena scratch = {0};
  /* One channel at a time in memory, beside the array that they all end in. */
  enum fray_status status = fray_matrix_read(path, &scratch, &x, &rows, &columns, err);
  if (status == FRAY_OK)
    status = check_rows(extent, path, rows, err);
  if (status == FRAY_OK && c > 0 && columns != *steps)
    status = fray_fail(err, FRAY_INPUT, "%s: %zu columns, the channels before have %zu", path,
                       columns, *steps);
  if (status == FRAY_OK && c == 0) {
    *steps = columns;
    /* The first channel says how long samples are; the others must follow. */
    *out = fray_arena_alloc(source->arena, rows * columns, channels * sizeof **out);
    if (!*out)
      status = fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  if (status == FRAY_OK)
    interleave(x, rows, columns, c, channels, *out);
  fray_arena_free(&scratch);
  return status;
}

/* All channels of a modality end in one array, which rows point into. */
static enum fray_status read_modality(const struct source *source, const struct fray_node *files,
                                      struct extent *extent, struct rows *out,
                                      struct fray_err *err) {
  char where[256];
  /* The array is allocated by the first channel, when rows and steps are known. */
  size_t m, c = 0, steps = 0, channels = files->n;
  float *x = NULL;
  fray_node_where(files, where);
  FRAY_TRY(fray_source_modality(source, where, files->key, &m, err));
  enum fray_modality_kind kind = source->modality[m].m.kind;
  FRAY_CHECK(kind == FRAY_SERIES || kind == FRAY_FEATURES, err, INPUT,
             "%s: %s: matrices hold series or features", where, files->key);
  FRAY_CHECK(files->kind == FRAY_NODE_LIST && channels > 0, err, INPUT,
             "%s: channels.%s: expected a list of files, one per channel", where, files->key);
  /* Columns of a series are steps, those of a feature vector are its features. */
  FRAY_CHECK(kind == FRAY_SERIES || channels == 1, err, INPUT,
             "%s: channels.%s: features are one file, its columns are the features", where,
             files->key);
  for (const struct fray_node *file = files->child; file; file = file->next)
    FRAY_TRY(read_channel(source, file, c++, channels, extent, &steps, &x, err));
  FRAY_ALLOC(out->value[m], source->arena, extent->rows, err);
  for (size_t i = 0; i < extent->rows; i++)
    out->value[m][i] = (struct value){.data = x + i * steps * channels,
                                      .length = kind == FRAY_SERIES ? steps : 1,
                                      .width = kind == FRAY_SERIES ? channels : steps};
  return FRAY_OK;
}

/* Numbers as texts in one form, so that labels "1" and "1.0" are one class. */
static enum fray_status read_field(const struct source *source, const struct fray_node *file,
                                   struct extent *extent, struct rows *out, struct fray_err *err) {
  const char *name, *path, **text;
  size_t n;
  FRAY_TRY(fray_import_scalar(file, "columns", &name, err));
  FRAY_TRY(fray_source_path(source, name, &path, err));
  FRAY_TRY(fray_column_read(path, source->arena, &text, &n, err));
  FRAY_TRY(check_rows(extent, path, n, err));
  return fray_rows_add(out, file->key, text, source->arena, err);
}

/* Keys of a map are modalities or fields, so their order is the user's. */
static enum fray_status check_map(const struct fray_node *node, const char *key,
                                  struct fray_err *err) {
  char where[256];
  FRAY_CHECK(node->kind == FRAY_NODE_MAP && node->n > 0, err, INPUT, "%s: %s: expected a map",
             fray_node_where(node, where), key);
  return FRAY_OK;
}

static enum fray_status read_matrices(struct source *source, const void *params, struct rows *out,
                                      struct fray_err *err) {
  const struct matrix_config *config = params;
  struct extent extent = {0};
  FRAY_TRY(check_map(config->channels, "channels", err));
  *out = (struct rows){.file = config->channels->source};
  /* Columns first: they are small, and say how many rows the large files must have. */
  if (config->columns) {
    FRAY_TRY(check_map(config->columns, "columns", err));
    for (const struct fray_node *f = config->columns->child; f; f = f->next)
      FRAY_TRY(read_field(source, f, &extent, out, err));
  }
  for (const struct fray_node *f = config->channels->child; f; f = f->next)
    FRAY_TRY(read_modality(source, f, &extent, out, err));
  out->n = extent.rows;
  out->file = extent.first; /* what settled the number of rows: messages name it */
  return fray_rows_number(out, source->arena, err);
}

static const struct fray_field fields[] = {
    FRAY_FIELD(NODE, "channels", struct matrix_config, channels, .shape = FRAY_SHAPE_LISTS,
               .required = true,
               .help = "map from modalities to lists of text matrices below `raw`: a file per "
                       "channel, a row per sample, a column per time step (features: one file)"),
    FRAY_FIELD(NODE, "columns", struct matrix_config, columns, .shape = FRAY_SHAPE_TEXTS,
               .help = "map from fields to files with a number per row, for example labels"),
};
static FRAY_TABLE(table, "matrix", struct matrix_config, fields,
                  .help = "text matrices; the field `row` counts from 0");
static const struct reader reader = {.read = read_matrices};
const struct fray_choice fray_reader_matrix = {
    "matrix", "text matrices: a file per channel, a row per sample", "", &table, &reader};
