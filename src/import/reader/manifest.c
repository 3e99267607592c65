/* Reader `manifest`: a table with a row per sample, CSV or JSON Lines. Each column is a field; a
 * modality's column holds paths, or for texts the values themselves, and a template makes either of
 * several fields. Nothing is loaded here: paths are looked at when all rows are known. */
#include "raw_source.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "import/table/csv_file.h"
#include "import/table/natural_names.h"

#include <string.h>

extern const struct fray_choice fray_reader_manifest;

/* Without `files` and `texts` the columns are found by the names of modalities. */
struct manifest_config {
  const char *file, *folder;
  int table; /* enum table_format */
  struct csv_format format;
  const struct fray_node *files, *texts; /* maps modality -> column or template: paths, texts */
};

/* A template stands for itself, else a column of that name is looked for. Names in the YAML are
 * brought into the form that those of the file have. */
static enum fray_status find_column(const struct source *source, size_t m, const char *name,
                                    enum template_empty empty, const struct rows *rows,
                                    const char ***out, struct fray_err *err) {
  char list[700];
  /* No column of a CSV that anybody wrote has a brace in its name. */
  if (strchr(name, '{'))
    return fray_rows_fill_or_not(rows, source->modality[m].m.name, name, empty, source->arena, out,
                                 err);
  FRAY_TRY(fray_names_clean(&name, 1, source->arena, err));
  *out = fray_rows_find(rows, name);
  FRAY_CHECK(*out, err, INPUT,
             "%s: there is no column \"%s\" for the modality %s; %s (`join` brings those of other "
             "files, as in join: [{file: titles.csv, on: id}])",
             rows->file, name, source->modality[m].m.name,
             fray_there_are(name, rows->field, rows->n_fields, list, sizeof list));
  return FRAY_OK;
}

/* A value per row from a column of paths; an empty cell is an absent modality. */
static enum fray_status take_paths(const struct source *source,
                                   const struct manifest_config *config, size_t m,
                                   const char *column, struct rows *rows, struct fray_err *err) {
  /* `folder` stands before every cell, so that manifests of published sets need no editing. */
  const char **path, *base = "";
  FRAY_TRY(find_column(source, m, column, EMPTY_IF_ANY, rows, &path, err));
  if (config->folder[0])
    base = fray_arena_printf(source->arena, "%s/", config->folder);
  FRAY_ALLOC_ZERO(rows->value[m], source->arena, rows->n, err);
  for (size_t i = 0; i < rows->n; i++) {
    char where[512];
    /* No path, no value: many sets have samples that lack a modality. */
    const char *cell = fray_rows_path(path[i], source->arena);
    FRAY_CHECK(base && cell, err, MEMORY, "out of memory");
    if (fray_rows_left_out(rows, i) || !*cell)
      continue;
    const char *whole = fray_arena_printf(source->arena, "%s%s", base, cell);
    FRAY_CHECK(whole, err, MEMORY, "out of memory");
    /* The cell alone is judged first: a folder in front must not make "/etc" look harmless. */
    enum fray_status status = fray_source_path(source, cell, &rows->value[m][i].path, err);
    if (status == FRAY_OK)
      status = fray_source_path(source, whole, &rows->value[m][i].path, err);
    if (status != FRAY_OK)
      return fray_at(err, "%s", fray_rows_place(rows, i, where));
  }
  return FRAY_OK;
}

/* A value per row from a column of texts; an empty cell is an absent modality. */
static enum fray_status take_texts(const struct source *source, size_t m, const char *column,
                                   struct rows *rows, struct fray_err *err) {
  const struct fray_modality *modality = &source->modality[m].m;
  const char **text;
  FRAY_TRY(find_column(source, m, column, EMPTY_IF_ALL, rows, &text, err));
  /* A column of words for a modality of sound would be taken for paths elsewhere; here it cannot
   * be. */
  FRAY_CHECK(modality->kind == FRAY_TEXT, err, INPUT,
             "%s: texts: %s is a modality of kind %s, not text", source->yaml, modality->name,
             fray_modality_kind_names[modality->kind]);
  FRAY_ALLOC_ZERO(rows->value[m], source->arena, rows->n, err);
  for (size_t i = 0; i < rows->n; i++)
    if (!fray_rows_left_out(rows, i) && text[i][0])
      rows->value[m][i] =
          (struct value){.data = text[i], .length = strlen(text[i]), .width = 1, .is_text = true};
  return FRAY_OK;
}

/* A map from modalities to columns. */
/* Before the columns are taken: a misspelt modality would otherwise be one that nobody asks for. */
static enum fray_status check_map(const struct source *source, const struct fray_node *map,
                                  const char *key, struct fray_err *err) {
  char where[256];
  FRAY_CHECK(!map || map->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: %s: expected a map from modalities to columns", fray_node_where(map, where), key);
  for (const struct fray_node *f = map ? map->child : NULL; f; f = f->next) {
    size_t m;
    FRAY_TRY(fray_source_modality(source, fray_node_where(f, where), f->key, &m, err));
  }
  return FRAY_OK;
}

/* Each modality has one source: a column of paths, or one of texts. */
static enum fray_status take_modalities(const struct source *source,
                                        const struct manifest_config *config, struct rows *rows,
                                        struct fray_err *err) {
  FRAY_TRY(check_map(source, config->files, "files", err));
  FRAY_TRY(check_map(source, config->texts, "texts", err));
  for (size_t m = 0; m < source->n_modalities; m++) {
    /* Without a word in either map the modality's own name is the column of its paths. */
    const char *column = source->modality[m].m.name;
    const struct fray_node *paths = fray_node_get(config->files, column);
    const struct fray_node *texts = fray_node_get(config->texts, column);
    FRAY_CHECK(!paths || !texts, err, INPUT, "%s: %s is named in `files` and in `texts`",
               source->yaml, column);
    if (paths || texts)
      FRAY_TRY(fray_import_scalar(paths ? paths : texts, paths ? "files" : "texts", &column, err));
    FRAY_TRY(texts ? take_texts(source, m, column, rows, err)
                   : take_paths(source, config, m, column, rows, err));
  }
  return FRAY_OK;
}

static enum fray_status read_manifest(struct source *source, const void *params, struct rows *out,
                                      struct fray_err *err) {
  const struct manifest_config *config = params;
  struct fray_csv csv;
  const char *path;
  FRAY_TRY(fray_source_path(source, config->file, &path, err));
  FRAY_TRY(fray_table_read(path, config->table, &config->format, source->arena, &csv, err));
  /* Lines of the file, not numbers of rows: quoted cells may hold line breaks. */
  *out = (struct rows){.n = csv.n_rows, .file = path, .line = csv.line};
  for (size_t c = 0; c < csv.n_columns; c++)
    FRAY_TRY(fray_rows_add_column(out, &csv, c, source->arena, err));
  return FRAY_OK;
}

/* When all fields are there: those of joined files and derived ones may make paths as well. */
/* Reading and taking are two steps, so that rows which nobody wants cost no look at files. */
static enum fray_status take_values(struct source *source, const void *params, struct rows *rows,
                                    struct fray_err *err) {
  return take_modalities(source, params, rows, err);
}

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "file", struct manifest_config, file, .required = true,
               .help = "CSV or JSON Lines file below `raw`; its columns are fields"),
    FRAY_FIELD(STRING, "folder", struct manifest_config, folder, .def_text = "",
               .help = "folder below `raw` where the paths in it begin"),
    TABLE_FORMAT_FIELD(struct manifest_config, table),
    CSV_FORMAT_FIELDS(struct manifest_config, format),
    FRAY_FIELD(NODE, "files", struct manifest_config, files, .shape = FRAY_SHAPE_TEXTS,
               .help = "map from modalities to the columns with their paths, or to templates such "
                       "as images/{id}.jpg; default: the column with the modality's name. An empty "
                       "cell: the sample lacks it"),
    FRAY_FIELD(NODE, "texts", struct manifest_config, texts, .shape = FRAY_SHAPE_TEXTS,
               .help =
                   "map from modalities of kind text to columns that hold the texts themselves, or "
                   "to templates such as \"{title}. {body}\". An empty cell: the sample lacks it"),
};
static FRAY_TABLE(table, "manifest", struct manifest_config, fields,
                  .help = "CSV or JSON Lines with a row per sample");
static const struct reader reader = {.read = read_manifest, .take = take_values};
const struct fray_choice fray_reader_manifest = {
    "manifest", "a CSV or JSON Lines file: a row per sample, a path per modality", "", &table,
    &reader};
