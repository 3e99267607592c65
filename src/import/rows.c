/* Rows: fields, derived fields, templates. */
#include "parts.h"

#include "fray/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char **fray_rows_find(const struct rows *rows, const char *name) {
  for (size_t f = 0; f < rows->n_fields; f++)
    if (strcmp(rows->field[f], name) == 0)
      return rows->text[f];
  return NULL;
}

enum fray_status fray_rows_add(struct rows *rows, const char *name, const char **texts,
                               struct fray_arena *arena, struct fray_err *err) {
  FRAY_CHECK(!fray_rows_find(rows, name), err, INPUT, "%s: there are two fields \"%s\"", rows->file,
             name);
  const char **field, ***text;
  size_t n = rows->n_fields;
  FRAY_ALLOC(field, arena, n + 1, err);
  FRAY_ALLOC(text, arena, n + 1, err);
  if (n) {
    memcpy(field, rows->field, n * sizeof *field);
    memcpy(text, rows->text, n * sizeof *text);
  }
  field[n] = name;
  text[n] = texts;
  rows->field = field;
  rows->text = text;
  rows->n_fields = n + 1;
  return FRAY_OK;
}

enum fray_status fray_rows_add_column(struct rows *rows, const struct fray_csv *csv, size_t column,
                                      struct fray_arena *arena, struct fray_err *err) {
  const char **text;
  FRAY_ALLOC(text, arena, csv->n_rows, err);
  for (size_t i = 0; i < csv->n_rows; i++)
    text[i] = fray_csv_at(csv, i, column);
  return fray_rows_add(rows, csv->column[column], text, arena, err);
}

const char *fray_rows_where(const char *file, size_t line, bool line_is_row, char out[512]) {
  snprintf(out, 512, line_is_row ? "%s, row %zu" : "%s:%zu", file, line);
  return out;
}

static const char *where_row(const struct rows *rows, size_t row, char out[512]) {
  return fray_rows_where(rows->file, rows->line ? rows->line[row] : row, !rows->line, out);
}

static enum fray_status find_field(const struct rows *rows, const char *what, const char *name,
                                   const char ***out, struct fray_err *err) {
  *out = fray_rows_find(rows, name);
  if (*out)
    return FRAY_OK;
  struct fray_text list = {0};
  for (size_t f = 0; f < rows->n_fields; f++)
    fray_text_printf(&list, "%s%s", f ? ", " : "", rows->field[f]);
  enum fray_status status =
      fray_fail(err, FRAY_INPUT, "%s: %s: there is no field \"%s\"; there are %s", rows->file, what,
                name, list.data ? list.data : "none");
  fray_text_free(&list);
  return status;
}

static enum fray_status derive_field(struct rows *rows, const char *name,
                                     const struct derive_config *derive, struct fray_arena *arena,
                                     struct fray_err *err) {
  const char **from, **to;
  char where[512];
  FRAY_TRY(find_field(rows, name, derive->from, &from, err));
  FRAY_CHECK(derive->values->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: derive.%s.values: expected a map", fray_node_where(derive->values, where), name);
  FRAY_ALLOC(to, arena, rows->n, err);
  for (size_t i = 0; i < rows->n; i++) {
    const struct fray_node *found = fray_node_get(derive->values, from[i]);
    to[i] = derive->otherwise;
    if (found)
      FRAY_TRY(fray_import_scalar(found, name, &to[i], err));
    FRAY_CHECK(to[i], err, INPUT, "%s: %s \"%s\" is not among the values of derive.%s",
               where_row(rows, i, where), derive->from, from[i], name);
  }
  return fray_rows_add(rows, name, to, arena, err);
}

enum fray_status fray_rows_derive(struct rows *rows, const struct fray_named *derive,
                                  struct fray_arena *arena, struct fray_err *err) {
  const struct derive_config *v = derive->v;
  for (size_t i = 0; i < derive->n; i++)
    FRAY_TRY(derive_field(rows, derive->name[i], &v[i], arena, err));
  return FRAY_OK;
}

/* One piece of a template: literal text, or a field. */
struct piece {
  const char *literal;
  const char **field;
};

static enum fray_status parse_template(const struct rows *rows, const char *what, const char *p,
                                       struct fray_arena *arena, struct piece **out, size_t *n,
                                       struct fray_err *err) {
  struct piece *piece;
  *n = 0;
  FRAY_ALLOC_ZERO(piece, arena, strlen(p) + 1, err);
  while (*p) {
    if (*p != '{') {
      size_t length = strcspn(p, "{");
      piece[(*n)++].literal = fray_arena_strndup(arena, p, length);
      p += length;
      continue;
    }
    const char *end = strchr(p, '}');
    FRAY_CHECK(end && end > p + 1, err, INPUT, "%s: %s: \"%s\" has a brace without its field name",
               rows->file, what, p);
    char *name = fray_arena_strndup(arena, p + 1, (size_t)(end - p - 1));
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    FRAY_TRY(find_field(rows, what, name, &piece[(*n)++].field, err));
    p = end + 1;
  }
  *out = piece;
  return FRAY_OK;
}

enum fray_status fray_rows_fill(const struct rows *rows, const char *what, const char *pattern,
                                struct fray_arena *arena, const char ***out, struct fray_err *err) {
  struct piece *piece = NULL;
  size_t n;
  FRAY_TRY(parse_template(rows, what, pattern, arena, &piece, &n, err));
  if (n == 1 && piece[0].field) { /* the field itself, most often */
    *out = piece[0].field;
    return FRAY_OK;
  }
  FRAY_ALLOC(*out, arena, rows->n, err);
  struct fray_text text = {0};
  for (size_t i = 0; i < rows->n; i++) {
    text.size = 0;
    fray_text_puts(&text, "");
    for (size_t k = 0; k < n; k++)
      fray_text_puts(&text, piece[k].field ? piece[k].field[i] : piece[k].literal);
    (*out)[i] = text.failed ? NULL : fray_arena_strdup(arena, text.data);
    if (!(*out)[i]) {
      fray_text_free(&text);
      return fray_fail(err, FRAY_MEMORY, "out of memory");
    }
  }
  fray_text_free(&text);
  return FRAY_OK;
}

enum fray_status fray_rows_number(struct rows *rows, struct fray_arena *arena,
                                  struct fray_err *err) {
  enum { WIDTH = 21 };
  const char **texts;
  char *digits;
  FRAY_ALLOC(texts, arena, rows->n, err);
  FRAY_ALLOC(digits, arena, rows->n * WIDTH, err);
  for (size_t i = 0; i < rows->n; i++) {
    snprintf(digits + i * WIDTH, WIDTH, "%zu", i);
    texts[i] = digits + i * WIDTH;
  }
  return fray_rows_add(rows, "row", texts, arena, err);
}
