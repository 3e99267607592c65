/* Rows: fields, derived fields, templates. A template is parsed once and filled for every row;
 * fields are texts throughout, and become numbers only where a label column or a value asks for
 * one. */
#include "row_fields.h"

#include "fray/base/hash.h"
#include "fray/base/text.h"
#include "fray/codec/names.h"

#include <stdio.h>
#include <stdlib.h>
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
static const char *where_row(const struct rows *rows, size_t row, char out[512]) {
  if (rows->row_file)
    return fray_rows_where(rows->row_file[row], FRAY_WHOLE_FILE, false, out);
  return fray_rows_where(rows->file, rows->line ? rows->line[row] : row, !rows->line, out);
}

/* In the form that columns have, so that a template may be typed in another. */
static enum fray_status find_field(const struct rows *rows, const char *what, const char *name,
                                   struct fray_arena *arena, const char ***out,
                                   struct fray_err *err) {
  char list[700];
  const char *clean = fray_name_clean(name, arena);
  FRAY_CHECK(clean, err, MEMORY, "out of memory");
  *out = fray_rows_find(rows, clean);
  FRAY_CHECK(*out, err, INPUT, "%s: %s: there is no field \"%s\"; %s", rows->file, what, name,
             fray_there_are(name, rows->field, rows->n_fields, list, sizeof list));
  return FRAY_OK;
}

/* ---- templates ---- */

/* One piece of a template: literal text, or a field. */
struct piece {
  const char *literal;
  const char **field;
};
struct template {
  struct piece *piece;
  size_t n;
};

/* Fields are found now, so that filling a row is copying. */
static enum fray_status parse_template(const struct rows *rows, const char *what, const char *p,
                                       struct fray_arena *arena, struct template *out,
                                       struct fray_err *err) {
  struct piece *piece;
  /* Each brace begins a field and may end a literal before it. */
  size_t room = 1;
  for (const char *c = p; *c; c++)
    room += *c == '{' ? 2 : 0;
  FRAY_ALLOC_ZERO(piece, arena, room, err);
  /* Pieces in order; a literal has no field, a field no literal. */
  *out = (struct template){.piece = piece};
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
    FRAY_TRY(find_field(rows, what, name, arena, &piece[out->n++].field, err));
    p = end + 1;
  }
  return FRAY_OK;
}

/* Its text for a row; scratch is used again. */
static enum fray_status fill_template(const struct template *t, size_t row,
                                      struct fray_text *scratch, struct fray_arena *arena,
                                      const char **out, struct fray_err *err) {
  const struct piece *p = t->piece;
  if (t->n == 1) { /* most often */
    *out = p->field ? p->field[row] : p->literal;
    return FRAY_OK;
  }
  /* The buffer keeps its room: millions of ids are filled through it. */
  scratch->size = 0;
  fray_text_puts(scratch, "");
  for (size_t k = 0; k < t->n; k++)
    fray_text_puts(scratch, p[k].field ? p[k].field[row] : p[k].literal);
  *out = scratch->failed ? NULL : fray_arena_strdup(arena, scratch->data);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

enum fray_status fray_rows_fill(const struct rows *rows, const char *what, const char *pattern,
                                struct fray_arena *arena, const char ***out, struct fray_err *err) {
  struct template t;
  FRAY_TRY(parse_template(rows, what, pattern, arena, &t, err));
  if (t.n == 1 && t.piece[0].field) { /* the field itself */
    *out = t.piece[0].field;
    return FRAY_OK;
  }
  FRAY_ALLOC(*out, arena, rows->n, err);
  struct fray_text scratch = {0};
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; i < rows->n; i++) {
    status = fill_template(&t, i, &scratch, arena, &(*out)[i], err);
    if (status != FRAY_OK)
      break;
  }
  fray_text_free(&scratch);
  return status;
}

/* ---- derived fields ---- */

/* The map of a derived field: old texts, to be found by what they look like, and a template for
 * each, with that of `otherwise` (if there is one) behind them. */
struct mapping {
  struct fray_name_table old;
  struct template *to;
  bool others;
};

/* Old texts are looked up in their one form, so two that look alike cannot both be keys. */
static enum fray_status read_mapping(const struct rows *rows, const char *name,
                                     const struct derive_config *derive, struct fray_arena *arena,
                                     struct mapping *out, struct fray_err *err) {
  char where[512];
  const struct fray_node *values = derive->values;
  /* Keys are the texts to be replaced, values are templates over the row. */
  const char **old, *text = NULL;
  size_t n = 0, other;
  FRAY_CHECK(values->kind == FRAY_NODE_MAP, err, INPUT, "%s: derive.%s.values: expected a map",
             fray_node_where(values, where), name);
  FRAY_ALLOC(old, arena, values->n, err);
  FRAY_ALLOC(out->to, arena, values->n + 1, err);
  for (const struct fray_node *v = values->child; v; v = v->next) {
    FRAY_TRY(fray_import_scalar(v, name, &text, err));
    FRAY_TRY(parse_template(rows, name, text, arena, &out->to[n], err));
    old[n++] = v->key;
  }
  out->others = derive->otherwise != NULL;
  if (out->others)
    FRAY_TRY(parse_template(rows, name, derive->otherwise, arena, &out->to[n], err));
  FRAY_TRY(fray_name_table_make(old, n, arena, &out->old, err));
  size_t twin = fray_name_twin(&out->old, &other);
  FRAY_CHECK(twin == n, err, INPUT, "%s: derive.%s.values: \"%s\" and \"%s\" are the same name",
             fray_node_where(values, where), name, old[other], old[twin]);
  return FRAY_OK;
}

/* Later fields may be made from this one: they are added in the order of the YAML. */
static enum fray_status derive_field(struct rows *rows, const char *name,
                                     const struct derive_config *derive, struct fray_arena *arena,
                                     struct fray_err *err) {
  /* A field's texts are pointers, so a derived column costs eight bytes a row where texts recur. */
  const char **from, **to;
  char where[512], list[700];
  struct mapping map;
  struct fray_text scratch = {0};
  FRAY_TRY(find_field(rows, name, derive->from, arena, &from, err));
  FRAY_TRY(read_mapping(rows, name, derive, arena, &map, err));
  FRAY_ALLOC(to, arena, rows->n, err);
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; i < rows->n; i++) {
    size_t v = fray_name_find(&map.old, from[i]);
    /* fray_name_find gives n for a text that is not there: the place of `otherwise`. */
    if (v < map.old.n || map.others)
      status = fill_template(&map.to[v], i, &scratch, arena, &to[i], err);
    else
      status = fray_fail(err, FRAY_INPUT, "%s: %s \"%s\" is not among the values of derive.%s; %s",
                         where_row(rows, i, where), derive->from, from[i], name,
                         fray_there_are(from[i], map.old.name, map.old.n, list, sizeof list));
    if (status != FRAY_OK)
      break;
  }
  fray_text_free(&scratch);
  return status == FRAY_OK ? fray_rows_add(rows, name, to, arena, err) : status;
}

enum fray_status fray_rows_derive(struct rows *rows, const struct fray_named *derive,
                                  struct fray_arena *arena, struct fray_err *err) {
  const struct derive_config *v = derive->v;
  for (size_t i = 0; i < derive->n; i++)
    FRAY_TRY(derive_field(rows, derive->name[i], &v[i], arena, err));
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
