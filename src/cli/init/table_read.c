/* The tables of a folder: which files may be lists of samples or of people, read whole. */
#include "init.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/import/import.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A folder of more tables than that is one of values, a file a sample. */
enum { MOST_IN_A_FOLDER = 8 };

/* A table of another habit shows as one column, or does not parse; three signs are tried. JSON
 * Lines have none. */
static bool read_rows(const struct init_listing *look, struct init_table *t,
                      struct fray_arena *arena, struct fray_csv *csv) {
  static const char signs[] = {0, ';', '\t', '|'};
  const char *whole = fray_arena_printf(arena, "%s/%s", look->folder, t->path);
  /* Asked first: nobody waits for gigabytes to be read for a guess. */
  uint64_t size = 0;
  if (!whole || fray_file_size(whole, &size, NULL) != FRAY_OK || size > INIT_MOST_BYTES)
    return false;
  for (size_t i = 0; i < sizeof signs; i++) {
    struct fray_err err = {0};
    const struct fray_arena_place mark = fray_arena_mark(arena);
    t->separator = signs[i];
    if (fray_import_table_read(whole, signs[i], arena, csv, &err) == FRAY_OK &&
        csv->n_columns > 1 && csv->n_rows > 0 && csv->n_rows <= INIT_MOST_ROWS)
      return true;
    fray_arena_rewind(arena, mark);
  }
  return false;
}

/* Braces would be fields of a template, and controls would break a comment. */
static bool is_usable(const char *name) {
  for (const unsigned char *p = (const unsigned char *)name; *p; p++)
    if (*p < 0x20 || *p == 0x7f || *p == '{' || *p == '}')
      return false;
  return *name != '\0';
}

/* As an import has names: without blanks at their ends. */
static const char *trimmed(const char *text, struct fray_arena *arena) {
  size_t n;
  /* Copied only where something is cut, as most cells need no copy. */
  while (isspace((unsigned char)*text))
    text++;
  for (n = strlen(text); n && isspace((unsigned char)text[n - 1]);)
    n--;
  return text[n] ? fray_arena_strndup(arena, text, n) : text;
}

/* An empty cell is no word either. */
static bool is_number(const char *text) {
  char *end;
  strtod(text, &end);
  return *text == '\0' || (end != text && *end == '\0');
}

/* Columns beyond the bound, and those that no template could name, are no fields here; the import
 * has them all the same. */
static enum fray_status take_columns(struct init_table *t, const struct fray_csv *csv,
                                     struct fray_arena *arena, struct fray_err *err) {
  size_t texts = 0;
  t->f = (struct init_fields){.n_rows = csv->n_rows};
  for (size_t c = 0; c < csv->n_columns && t->f.n < INIT_MOST_FIELDS; c++) {
    const char **cell;
    /* One text makes a column of texts. */
    bool numbers = true;
    if (!is_usable(csv->column[c]))
      continue;
    FRAY_ALLOC(cell, arena, csv->n_rows, err);
    for (size_t i = 0; i < csv->n_rows; i++) {
      cell[i] = trimmed(fray_csv_at(csv, i, c), arena);
      FRAY_CHECK(cell[i], err, MEMORY, "out of memory");
      numbers = numbers && is_number(cell[i]);
    }
    texts += !numbers;
    t->f.name[t->f.n] = csv->column[c];
    t->f.cell[t->f.n++] = cell;
  }
  t->is_numbers = texts == 0;
  return FRAY_OK;
}

/* Tables near file i, no further than `most`: paths are in order, so files of one folder are side
 * by side, with those of its subfolders among them. */
static size_t count_beside(const struct init_listing *look, size_t i, size_t folder, size_t most) {
  const char *path = look->file[i].path;
  size_t n = 1;
  for (size_t k = i; k-- > 0 && n <= most && strncmp(look->file[k].path, path, folder) == 0;)
    n += look->file[k].is_table && !strchr(look->file[k].path + folder, '/');
  for (size_t k = i + 1; k < look->n && n <= most && strncmp(look->file[k].path, path, folder) == 0;
       k++)
    n += look->file[k].is_table && !strchr(look->file[k].path + folder, '/');
  return n;
}

/* Tables deeper than one folder are most likely values; so are those of a folder of many. */
static bool may_list(const struct init_listing *look, size_t i, size_t depth) {
  const char *path = look->file[i].path, *slash = strchr(path, '/');
  if (!look->file[i].is_table || (slash != NULL) != (depth == 1) ||
      (slash && strchr(slash + 1, '/')))
    return false;
  const size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
  const size_t most = folder ? MOST_IN_A_FOLDER : 4 * MOST_IN_A_FOLDER;
  return count_beside(look, i, folder, most) <= most;
}

/* What cannot be read as a table is none; the import would say why, but nobody asked for it. */
static enum fray_status add_table(const struct init_listing *look, const char *path,
                                  struct fray_arena *arena, struct init_tables *out,
                                  struct fray_err *err) {
  /* In place: what is no table is written over by the next one. */
  struct init_table *t = &out->v[out->n];
  struct fray_csv csv;
  *t = (struct init_table){.path = path};
  if (!read_rows(look, t, arena, &csv))
    return FRAY_OK;
  FRAY_TRY(take_columns(t, &csv, arena, err));
  out->n += t->f.n > 1;
  return FRAY_OK;
}

/* From the top down: lists lie above what they list. */
enum fray_status init_tables_read(const struct init_listing *look, const char *only,
                                  struct fray_arena *arena, struct init_tables *out,
                                  struct fray_err *err) {
  out->n = 0;
  /* The one that is named goes first, and the others beside it may tell of what it names. */
  if (only)
    FRAY_TRY(add_table(look, only, arena, out, err));
  for (size_t depth = 0; depth < 2; depth++)
    for (size_t i = 0; i < look->n && out->n < INIT_MOST_TABLES; i++)
      if (may_list(look, i, depth) && (!only || strcmp(only, look->file[i].path) != 0))
        FRAY_TRY(add_table(look, look->file[i].path, arena, out, err));
  return FRAY_OK;
}
