/* Reader `files`: what a sample is stands in the name of its file; of several modalities, in the
 * names of its files, which agree in their fields. */
#include "raw_source.h"
#include "together.h"

#include "fray/base/utf8.h"
#include "import/table/name_pattern.h"
#include "import/table/natural_names.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

extern const struct fray_choice fray_reader_files;

struct files_config {
  const char *pattern, *modality;
  const struct fray_node *patterns; /* in place of both: a map from modalities to patterns */
};

/* The raw folder and the literals are names, however much they look like globs. */
static void add_escaped(struct fray_text *out, const char *text) {
  for (; *text; text++) {
    if (strchr("*?[\\", *text))
      fray_text_puts(out, "\\");
    fray_text_add(out, text, 1);
  }
}

/* All files in the folders that the pattern speaks of, whether they fit or not. */
static enum fray_status list_files(const struct source *source, const struct name_pattern *p,
                                   glob_t *found, struct fray_err *err) {
  struct fray_text text = {0};
  add_escaped(&text, source->raw);
  fray_text_puts(&text, "/");
  for (size_t f = 0; f <= p->n; f++) {
    add_escaped(&text, p->before[f]);
    fray_text_puts(&text, f < p->n ? "*" : "");
  }
  FRAY_CHECK(!text.failed, err, MEMORY, "out of memory");
  /* Down to the folders only: files that do not fit are to be seen, so that the user hears of them.
   */
  char *last = strrchr(text.data, '/') + 1;
  text.size = (size_t)(last - text.data);
  const char *rest = *last == '.' ? ".*" : "*"; /* what begins with a dot is seen when asked for */
  fray_text_puts(&text, rest);
  /* glob does not say why a folder cannot be read; errno does, if it was clean before. */
  errno = 0;
  int result = text.failed ? GLOB_NOSPACE : glob(text.data, GLOB_ERR | GLOB_MARK, NULL, found);
  int reason = errno;
  fray_text_free(&text);
  FRAY_CHECK(result != GLOB_NOSPACE, err, MEMORY, "out of memory");
  FRAY_CHECK(result != GLOB_ABORTED, err, INPUT, "a folder cannot be read: %s", strerror(reason));
  return FRAY_OK;
}

/* Natural order, so that rows come as people number their files; glob sorts by locale. */
static int by_name(const void *a, const void *b) {
  return fray_natural_order(*(char *const *)a, *(char *const *)b);
}

static enum fray_status add_row(struct source *source, struct name_pattern *p, const char *path,
                                const char ***text, struct rows *rows, struct fray_err *err) {
  const char *name = path + strlen(source->raw) + 1;
  bool fits, nearly;
  FRAY_TRY(fray_pattern_match(p, name, false, &fits, err));
  if (!fits) {
    /* Cameras write .JPG and .jpg into one folder: a name that misses by case alone is worth a
     * warning. */
    FRAY_TRY(fray_pattern_match(p, name, true, &nearly, err));
    return fray_left_out_add(source, path, nearly, err);
  }
  size_t size = strlen(name);
  FRAY_CHECK(fray_utf8_valid(name, size) == size, err, INPUT, "%s: the file's name is not UTF-8",
             path);
  /* Rows of files that fit only: their number is known at the end, room was taken for all. */
  size_t row = rows->n++;
  for (size_t f = 0; f < p->n; f++) {
    text[f][row] = fray_arena_strndup(source->arena, name + p->part[f].start, p->part[f].length);
    FRAY_CHECK(text[f][row], err, MEMORY, "out of memory");
  }
  /* Each row has a file of its own, which messages name in place of a line. */
  rows->row_file[row] = fray_arena_strdup(source->arena, path);
  text[p->n][row] = fray_arena_strdup(source->arena, name);
  FRAY_CHECK(rows->row_file[row] && text[p->n][row], err, MEMORY, "out of memory");
  return FRAY_OK;
}

static enum fray_status add_rows(struct source *source, struct name_pattern *p, char **names,
                                 size_t n, struct rows *rows, struct fray_err *err) {
  /* A column of texts for each field, filled row by row as names fit. */
  const char **text[PATTERN_PARTS + 1]; /* the last: "path" */
  FRAY_ALLOC(rows->row_file, source->arena, n, err);
  for (size_t f = 0; f <= p->n; f++)
    FRAY_ALLOC(text[f], source->arena, n, err);
  for (size_t i = 0; i < n; i++)
    if (names[i][strlen(names[i]) - 1] != '/') /* a folder */
      FRAY_TRY(add_row(source, p, names[i], text, rows, err));
  /* A field that stands twice is one field. */
  for (size_t f = 0; f < p->n; f++)
    if (p->part[f].twin == f && p->part[f].name[0])
      FRAY_TRY(fray_rows_add(rows, p->part[f].name, text[f], source->arena, err));
  return fray_rows_add(rows, "path", text[p->n], source->arena, err);
}

/* Which files there are is asked once; their order is the natural one, whatever the file system's.
 */
enum fray_status fray_files_find(struct source *source, const char *text, struct rows *out,
                                 struct fray_err *err) {
  struct name_pattern pattern;
  glob_t found = {0};
  const char *checked;
  FRAY_TRY(fray_source_path(source, text, &checked, err));
  FRAY_TRY(fray_pattern_parse(text, source->arena, &pattern, err));
  /* Folders are listed level by level: a part that may be several levels would find one of them. */
  for (size_t f = 0; f < pattern.n; f++)
    FRAY_CHECK(pattern.part[f].of != PART_OF_ANYTHING, err, INPUT,
               "pattern \"%s\": {%s:any} is for texts; a path has a part for each folder", text,
               pattern.part[f].name);
  *out = (struct rows){.file = checked};
  if (list_files(source, &pattern, &found, err) != FRAY_OK)
    return fray_at(err, "%s", checked);
  /* qsort must not be given NULL. */
  if (found.gl_pathc)
    qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, by_name);
  enum fray_status status = add_rows(source, &pattern, found.gl_pathv, found.gl_pathc, out, err);
  fray_pattern_free(&pattern);
  globfree(&found);
  FRAY_TRY(status);
  FRAY_CHECK(out->n > 0, err, INPUT, "%s: no file name fits this pattern", checked);
  return FRAY_OK;
}

/* One pattern and its modality, or a map of them. */
static enum fray_status check_keys(const struct source *source, const struct files_config *config,
                                   struct fray_err *err) {
  const struct fray_node *map = config->patterns;
  char where[256];
  FRAY_CHECK(!map != !config->pattern, err, INPUT,
             "%s: reader files: give `pattern` with its `modality`, or `patterns`, a map from "
             "modalities to patterns",
             source->yaml);
  FRAY_CHECK(!config->pattern == !config->modality, err, INPUT,
             "%s: reader files: `pattern` and `modality` need each other%s", source->yaml,
             map ? "; `patterns` names modalities itself" : "");
  FRAY_CHECK(!map || (map->kind == FRAY_NODE_MAP && map->n > 0), err, INPUT,
             "%s: patterns: expected a map from modalities to patterns",
             fray_node_where(map, where));
  return FRAY_OK;
}

/* Each pattern finds its files as if it were alone, and says what it left out. */
static enum fray_status read_patterns(struct source *source, const struct fray_node *map,
                                      struct rows *out, struct fray_err *err) {
  struct together parts[FRAY_MAX_MODALITIES];
  char where[256];
  size_t n = 0;
  for (const struct fray_node *e = map->child; e; e = e->next, n++) {
    const char *pattern;
    /* A modality that is there twice is no YAML, so there are at most as many as modalities. */
    FRAY_TRY(
        fray_source_modality(source, fray_node_where(e, where), e->key, &parts[n].modality, err));
    FRAY_TRY(fray_import_scalar(e, "patterns", &pattern, err));
    FRAY_TRY(fray_files_find(source, pattern, &parts[n].rows, err));
  }
  return fray_together(source, parts, n, out, err);
}

static enum fray_status read_files(struct source *source, const void *params, struct rows *out,
                                   struct fray_err *err) {
  const struct files_config *config = params;
  size_t m;
  FRAY_TRY(check_keys(source, config, err));
  if (config->patterns)
    return read_patterns(source, config->patterns, out, err);
  FRAY_TRY(fray_source_modality(source, "modality", config->modality, &m, err));
  FRAY_TRY(fray_files_find(source, config->pattern, out, err));
  const struct value_kind *kind = source->modality[m].kind->impl;
  if (kind->is_table) /* people ask for the column with the labels by name */
    out->hint =
        "; columns of the tables themselves are fields of the reader `recordings` only, which "
        "cuts them into windows, as in windows: {length: 100, step: 50, label: activity}";
  FRAY_ALLOC_ZERO(out->value[m], source->arena, out->n, err);
  for (size_t i = 0; i < out->n; i++)
    out->value[m][i].path = out->row_file[i];
  return FRAY_OK;
}

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "pattern", struct files_config, pattern, .optional = true,
               .help = "path below `raw` with {FIELD} for the parts that differ, for example "
                       "recordings/{label}_{speaker:2}{take:digits}.wav; other files are left "
                       "out"),
    FRAY_FIELD(STRING, "modality", struct files_config, modality, .optional = true,
               .help = "modality that the files hold"),
    FRAY_FIELD(NODE, "patterns", struct files_config, patterns, .shape = FRAY_SHAPE_TEXTS,
               .help = "in place of both: map from modalities to patterns with the same fields; "
                       "files whose fields agree are one sample, which lacks what is not there"),
};
static FRAY_TABLE(table, "files", struct files_config, fields,
                  .help = "a file per sample (and modality), described by its name");
static const struct reader reader = {.read = read_files};
const struct fray_choice fray_reader_files = {
    "files", "a file per sample; its name says what it is", "", &table, &reader};
