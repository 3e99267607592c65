/* Rows: fields, derived fields, templates. A template is parsed once and filled for every row;
 * fields are texts throughout, and become numbers only where a label column or a value asks for
 * one. */
#include "row_fields.h"

#include "fray/base/hash.h"
#include "fray/base/text.h"
#include "fray/codec/names.h"

#include <stdio.h>
#include <string.h>

/* Place of a field's name in the table (open addressing; index + 1, 0 is empty), or of an empty
 * slot. */
static size_t slot_of(const struct rows *rows, const char *name) {
  size_t at = fray_hash_text(name) & (rows->n_slots - 1);
  while (rows->slot[at] && strcmp(rows->field[rows->slot[at] - 1], name) != 0)
    at = (at + 1) & (rows->n_slots - 1);
  return at;
}

const char **fray_rows_find(const struct rows *rows, const char *name) {
  size_t at = rows->n_slots ? slot_of(rows, name) : 0;
  return rows->n_slots && rows->slot[at] ? rows->text[rows->slot[at] - 1] : NULL;
}

/* Twice the room, with the table for it. */
/* A CSV may have ten thousand columns, each a field: found by hash, not by search. */
static enum fray_status grow(struct rows *rows, struct fray_arena *arena, struct fray_err *err) {
  /* Old arrays stay in the arena: together they are no larger than the new ones. */
  size_t n = rows->n_fields, room = n ? 2 * n : 8;
  const char **field, ***text;
  FRAY_ALLOC(field, arena, room, err);
  FRAY_ALLOC(text, arena, room, err);
  FRAY_ALLOC_ZERO(rows->slot, arena, 4 * room, err);
  if (n) {
    memcpy(field, rows->field, n * sizeof *field);
    memcpy(text, rows->text, n * sizeof *text);
  }
  rows->field = field;
  rows->text = text;
  rows->n_slots = 4 * room;
  for (size_t f = 0; f < n; f++)
    rows->slot[slot_of(rows, field[f])] = (uint32_t)f + 1;
  return FRAY_OK;
}

/* Two fields of one name cannot be told apart in a template. */
enum fray_status fray_rows_add(struct rows *rows, const char *name, const char **texts,
                               struct fray_arena *arena, struct fray_err *err) {
  FRAY_CHECK(!fray_rows_find(rows, name), err, INPUT,
             "%s: there are two fields \"%s\"; `derive` makes new ones, under names that are free",
             rows->file, name);
  /* The table is four times the room, so it is never more than a quarter full. */
  if (4 * rows->n_fields >= rows->n_slots)
    FRAY_TRY(grow(rows, arena, err));
  size_t at = slot_of(rows, name);
  rows->field[rows->n_fields] = name;
  rows->text[rows->n_fields] = texts;
  rows->slot[at] = (uint32_t)++rows->n_fields;
  return FRAY_OK;
}

/* The texts stay in the CSV's buffer; only pointers are copied. */
enum fray_status fray_rows_add_column(struct rows *rows, const struct fray_csv *csv, size_t column,
                                      struct fray_arena *arena, struct fray_err *err) {
  const char **text;
  FRAY_ALLOC(text, arena, csv->n_rows, err);
  for (size_t i = 0; i < csv->n_rows; i++)
    text[i] = fray_csv_at(csv, i, column);
  return fray_rows_add(rows, csv->column[column], text, arena, err);
}

const char *fray_rows_where(const char *file, size_t line, bool line_is_row, char out[512]) {
  if (line == FRAY_WHOLE_FILE)
    snprintf(out, 512, "%s", file);
  else
    snprintf(out, 512, line_is_row ? "%s, row %zu" : "%s:%zu", file, line);
  return out;
}

/* As a user finds the row: by line, by number, or by the file that it stands for. */
const char *fray_rows_place(const struct rows *rows, size_t row, char out[512]) {
  if (rows->row_file)
    return fray_rows_where(rows->row_file[row], rows->line ? rows->line[row] : FRAY_WHOLE_FILE,
                           false, out);
  return fray_rows_where(rows->file, rows->line ? rows->line[row] : row, !rows->line, out);
}

/* In the form that columns have, so that a template may be typed in another. */
enum fray_status fray_rows_need(const struct rows *rows, const char *what, const char *name,
                                struct fray_arena *arena, const char ***out, struct fray_err *err) {
  char list[700];
  const char *clean = fray_name_clean(name, arena);
  FRAY_CHECK(clean, err, MEMORY, "out of memory");
  *out = fray_rows_find(rows, clean);
  FRAY_CHECK(*out, err, INPUT, "%s: %s: there is no field \"%s\"; %s%s", rows->file, what, name,
             fray_there_are(name, rows->field, rows->n_fields, list, sizeof list),
             rows->hint ? rows->hint : "");
  return FRAY_OK;
}

/* ---- templates ---- */

/* Fields are found now, so that filling a row is copying. */
enum fray_status fray_template_parse(const struct rows *rows, const char *what, const char *p,
                                     struct fray_arena *arena, struct row_template *out,
                                     struct fray_err *err) {
  struct template_piece *piece;
  /* Each brace begins a field and may end a literal before it. */
  size_t room = 1;
  for (const char *c = p; *c; c++)
    room += *c == '{' ? 2 : 0;
  FRAY_ALLOC_ZERO(piece, arena, room, err);
  /* Pieces in order; a literal has no field, a field no literal. */
  *out = (struct row_template){.piece = piece};
  while (*p) {
    if (*p != '{') {
      size_t length = strcspn(p, "{");
      char *literal = fray_arena_strndup(arena, p, length);
      FRAY_CHECK(literal, err, MEMORY, "out of memory");
      piece[out->n++].literal = literal;
      p += length;
      continue;
    }
    const char *end = strchr(p, '}');
    FRAY_CHECK(end && end > p + 1, err, INPUT, "%s: %s: \"%s\" has a brace without its field name",
               rows->file, what, p);
    char *name = fray_arena_strndup(arena, p + 1, (size_t)(end - p - 1));
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    FRAY_TRY(fray_rows_need(rows, what, name, arena, &piece[out->n++].field, err));
    p = end + 1;
  }
  return FRAY_OK;
}

/* Tables are written with blanks behind their commas, and no file is meant that begins or ends with
 * one; all else in the name of a file stays as it is. */
static const char blanks[] = " \t\r\n";

const char *fray_rows_path(const char *cell, struct fray_arena *arena) {
  const char *first = cell + strspn(cell, blanks);
  size_t n = strlen(first);
  while (n && strchr(blanks, first[n - 1]))
    n--;
  return first[n] ? fray_arena_strndup(arena, first, n) : first;
}

enum fray_status fray_template_fill(const struct row_template *t, size_t row,
                                    struct fray_text *scratch, struct fray_arena *arena,
                                    const char **out, struct fray_err *err) {
  const struct template_piece *p = t->piece;
  if (t->n == 1) { /* most often */
    *out = p->field ? p->field[row] : p->literal;
    return FRAY_OK;
  }
  /* The buffer keeps its room: millions of ids are filled through it. */
  scratch->size = 0;
  fray_text_puts(scratch, "");
  /* A blank at a field's end would stand in the middle of the name, where nothing takes it off. */
  for (size_t k = 0; k < t->n; k++) {
    const char *text = p[k].field ? p[k].field[row] : p[k].literal;
    if (p[k].field && t->are_paths)
      text = fray_rows_path(text, arena);
    else if (p[k].field && !t->as_they_are)
      text = fray_name_clean(text, arena);
    FRAY_CHECK(text, err, MEMORY, "out of memory");
    fray_text_puts(scratch, text);
  }
  *out = scratch->failed ? NULL : fray_arena_strdup(arena, scratch->data);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* "images/{id}.jpg" of a row without an id is no path; a text of two columns may lack one. */
static bool is_empty(const struct row_template *t, size_t row, enum template_empty empty) {
  /* Literals alone are never empty: a template without a field is a constant. */
  size_t fields = 0, without = 0;
  for (size_t k = 0; k < t->n; k++) {
    fields += t->piece[k].field != NULL;
    const char *text = t->piece[k].field ? t->piece[k].field[row] : "-";
    without += text[empty == EMPTY_IF_ANY ? strspn(text, blanks) : 0] == '\0';
  }
  return empty == EMPTY_IF_ANY ? without > 0
                               : empty == EMPTY_IF_ALL && fields > 0 && without == fields;
}

enum fray_status fray_rows_fill_or_not(const struct rows *rows, const char *what,
                                       const char *pattern, enum template_empty empty,
                                       struct fray_arena *arena, const char ***out,
                                       struct fray_err *err) {
  struct row_template t;
  FRAY_TRY(fray_template_parse(rows, what, pattern, arena, &t, err));
  if (t.n == 1 && t.piece[0].field) { /* the field itself */
    *out = t.piece[0].field;
    return FRAY_OK;
  }
  /* A path is that of a file, and a text is kept to its last blank. */
  t.as_they_are = empty != EMPTY_NEVER;
  t.are_paths = empty == EMPTY_IF_ANY;
  FRAY_ALLOC(*out, arena, rows->n, err);
  struct fray_text scratch = {0};
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; i < rows->n && status == FRAY_OK; i++) {
    (*out)[i] = "";
    if (!fray_rows_left_out(rows, i) && !is_empty(&t, i, empty))
      status = fray_template_fill(&t, i, &scratch, arena, &(*out)[i], err);
  }
  fray_text_free(&scratch);
  return status;
}

enum fray_status fray_rows_fill(const struct rows *rows, const char *what, const char *pattern,
                                struct fray_arena *arena, const char ***out, struct fray_err *err) {
  return fray_rows_fill_or_not(rows, what, pattern, EMPTY_NEVER, arena, out, err);
}

/* Rows stay where they are, so that numbers and lines in messages are those of the file. */
enum fray_status fray_rows_leave_out(struct rows *rows, size_t row, struct fray_arena *arena,
                                     struct fray_err *err) {
  if (!rows->left_out)
    FRAY_ALLOC_ZERO(rows->left_out, arena, rows->n, err);
  rows->n_left_out += !rows->left_out[row];
  rows->left_out[row] = 1;
  return FRAY_OK;
}

/* For formats that number their samples by position, such as matrices. */
enum fray_status fray_rows_number(struct rows *rows, struct fray_arena *arena,
                                  struct fray_err *err) {
  enum { WIDTH = 21 };
  const char **texts;
  /* One block for all numbers, since an arena rounds small pieces up. */
  char *digits;
  FRAY_ALLOC(texts, arena, rows->n, err);
  FRAY_ALLOC(digits, arena, rows->n * WIDTH, err);
  for (size_t i = 0; i < rows->n; i++) {
    snprintf(digits + i * WIDTH, WIDTH, "%zu", i);
    texts[i] = digits + i * WIDTH;
  }
  return fray_rows_add(rows, "row", texts, arena, err);
}

enum fray_status fray_import_scalar(const struct fray_node *node, const char *what,
                                    const char **out, struct fray_err *err) {
  char where[256];
  FRAY_CHECK(node->kind == FRAY_NODE_SCALAR, err, INPUT, "%s: %s: expected a text",
             fray_node_where(node, where), what);
  *out = node->scalar;
  return FRAY_OK;
}
