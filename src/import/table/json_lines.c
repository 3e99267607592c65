/* JSON Lines: each line an object, each key a column. From here on they are rows like those of a
 * CSV file; that some keys stand on some lines only is what empty cells are for. */
#include "json_lines.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/codec/names.h"
#include "fray/json/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
  LARGEST = 1 << 30,
  LONGEST_LINE = 1 << 24,
  DEEPEST = 8,
  MOST_COLUMNS = 4096,
  MOST_CELLS = 1 << 28
};

struct cell {
  uint32_t column;
  const char *text;
};
struct lines {
  const char *path;
  struct fray_arena *arena;  /* of the import */
  struct fray_arena scratch; /* of this file */
  struct cell *cell;
  size_t n_cells, cell_room;
  size_t *line, *first; /* (rows) where a row stands, and its first cell */
  size_t n_rows, row_room;
  const char **column; /* (MOST_COLUMNS) */
  size_t n_columns, at_line;
  uint32_t slot[4 * MOST_COLUMNS]; /* columns by name: index + 1 */
  size_t last[MOST_COLUMNS];       /* the last row that has the column, from 1 */
};

/* Doubled in the scratch: what is left behind is no larger than what is in use. */
static enum fray_status grow(struct fray_arena *arena, void **array, size_t n, size_t *room,
                             size_t size, struct fray_err *err) {
  if (n < *room)
    return FRAY_OK;
  size_t wanted = FRAY_MAX(2 * *room, (size_t)1024);
  void *more = fray_arena_alloc(arena, wanted, size);
  FRAY_CHECK(more, err, MEMORY, "out of memory");
  if (n)
    memcpy(more, *array, n * size);
  *array = more;
  *room = wanted;
  return FRAY_OK;
}

/* The table of slots is four times as large as it can be filled: look-ups are short. */
/* Index of a column, which is new or known. */
static enum fray_status find_column(struct lines *l, const char *name, uint32_t *out,
                                    struct fray_err *err) {
  size_t mask = FRAY_COUNT(l->slot) - 1, at = fray_hash_text(name) & mask;
  while (l->slot[at] && strcmp(l->column[l->slot[at] - 1], name) != 0)
    at = (at + 1) & mask;
  if (!l->slot[at]) {
    FRAY_CHECK(l->n_columns < MOST_COLUMNS, err, INPUT, "%s:%zu: more than %d different keys",
               l->path, l->at_line, MOST_COLUMNS);
    l->column[l->n_columns] = fray_arena_strdup(l->arena, name);
    FRAY_CHECK(l->column[l->n_columns], err, MEMORY, "out of memory");
    l->slot[at] = (uint32_t)++l->n_columns;
  }
  *out = l->slot[at] - 1;
  return FRAY_OK;
}

/* Text of a value that is no object and no list; "" for null. */
static const char *scalar_text(const struct lines *l, const fray_json *v) {
  char number[32];
  int64_t whole;
  double real;
  bool truth = false;
  const char *text = fray_json_text(v);
  if (text)
    return fray_arena_strdup(l->arena, text);
  /* Before reals, which integers are as well: 2^53 + 1 must not lose its last digit. */
  if (fray_json_int(v, &whole))
    return fray_arena_printf(l->arena, "%" PRId64, whole);
  if (fray_json_real(v, &real)) {
    fray_format_double(real, number);
    return fray_arena_strdup(l->arena, number);
  }
  return fray_json_bool(v, &truth) ? (truth ? "true" : "false") : "";
}

/* As labels that are lists are read: quoted texts, bare numbers. */
static enum fray_status list_text(const struct lines *l, const char *key, const fray_json *list,
                                  const char **out, struct fray_err *err) {
  struct fray_text text = {0};
  bool plain = true;
  fray_text_puts(&text, "[");
  /* One item may be the text "]": quoted as JSON quotes, it ends nothing. */
  for (size_t k = 0; k < fray_json_size(list); k++) {
    const fray_json *v = fray_json_at(list, k);
    const char *item = scalar_text(l, v);
    plain = plain && !fray_json_is_object(v) && !fray_json_is_array(v);
    fray_text_puts(&text, k ? ", " : "");
    if (item && fray_json_text(v))
      fray_json_put_text(&text, item);
    else
      fray_text_puts(&text, item ? item : "");
    text.failed = text.failed || !item;
  }
  fray_text_puts(&text, "]");
  *out = text.failed ? NULL : fray_arena_strdup(l->arena, text.data);
  fray_text_free(&text);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  FRAY_CHECK(plain, err, INPUT, "%s:%zu: %s: a list of lists or objects; lists hold plain values",
             l->path, l->at_line, key);
  return FRAY_OK;
}

/* A key "a.b" beside an object a that has b would be two values of one column. */
static enum fray_status add_cell(struct lines *l, const char *key, const char *text,
                                 struct fray_err *err) {
  uint32_t column = 0;
  FRAY_CHECK(text, err, MEMORY, "out of memory");
  FRAY_TRY(find_column(l, key, &column, err));
  FRAY_CHECK(l->last[column] != l->n_rows, err, INPUT, "%s:%zu: there are two values \"%.200s\"",
             l->path, l->at_line, key);
  /* Rows count from 1 here, so 0 is "in none yet". */
  l->last[column] = l->n_rows;
  FRAY_TRY(grow(&l->scratch, (void **)&l->cell, l->n_cells, &l->cell_room, sizeof *l->cell, err));
  l->cell[l->n_cells++] = (struct cell){column, text};
  return FRAY_OK;
}

/* Keys in the order of the file; objects within are walked with their key in front. */
static enum fray_status add_object(struct lines *l, const char *prefix, const fray_json *object,
                                   size_t depth, struct fray_err *err) {
  const fray_json *v;
  const char *key, *text;
  /* Bound here and not by the stack: Jansson itself reads 2048 levels. */
  FRAY_CHECK(depth <= DEEPEST, err, INPUT, "%s:%zu: objects lie more than %d deep", l->path,
             l->at_line, DEEPEST);
  for (void *it = NULL; fray_json_next(object, &it, &key, &v);) {
    /* In the one form of names, before it is looked for: two spellings of a key are one column. */
    const char *whole = fray_arena_printf(&l->scratch, "%s%s", prefix, key);
    const char *name = whole ? fray_name_clean(whole, &l->scratch) : NULL;
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    FRAY_CHECK(name[0], err, INPUT, "%s:%zu: a key without a name", l->path, l->at_line);
    if (fray_json_is_object(v)) {
      const char *below = fray_arena_printf(&l->scratch, "%s.", name);
      FRAY_CHECK(below, err, MEMORY, "out of memory");
      FRAY_TRY(add_object(l, below, v, depth + 1, err));
    } else if (fray_json_is_array(v)) {
      FRAY_TRY(list_text(l, name, v, &text, err));
      FRAY_TRY(add_cell(l, name, text, err));
    } else
      FRAY_TRY(add_cell(l, name, scalar_text(l, v), err));
  }
  return FRAY_OK;
}

static enum fray_status add_line(struct lines *l, const char *text, size_t size,
                                 struct fray_err *err) {
  fray_json *object = NULL;
  /* Two arrays of one room: the second call is the one that moves it. */
  size_t room = l->row_room;
  FRAY_CHECK(size <= LONGEST_LINE, err, INPUT, "%s:%zu: a line of %zu bytes, at most %d are read",
             l->path, l->at_line, size, LONGEST_LINE);
  FRAY_TRY(grow(&l->scratch, (void **)&l->first, l->n_rows, &room, sizeof *l->first, err));
  FRAY_TRY(grow(&l->scratch, (void **)&l->line, l->n_rows, &l->row_room, sizeof *l->line, err));
  FRAY_TRY(fray_json_parse_line(l->path, l->at_line, text, size, &object, err));
  l->first[l->n_rows] = l->n_cells;
  l->line[l->n_rows++] = l->at_line;
  enum fray_status status =
      fray_json_is_object(object)
          ? add_object(l, "", object, 1, err)
          : fray_fail(err, FRAY_INPUT,
                      "%s:%zu: the line is no JSON object; JSON Lines hold one on each line",
                      l->path, l->at_line);
  /* Texts of cells are copies: the object goes with its line. */
  fray_json_free(object);
  return status;
}

/* Ends of lines within a text are escaped in JSON, so that each LF ends an object. */
static enum fray_status add_lines(struct lines *l, const char *data, size_t size,
                                  struct fray_err *err) {
  const char *end = data + size;
  /* A byte order mark, as editors on Windows leave it. */
  if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
    data += 3;
  while (data < end) {
    const char *stop = memchr(data, '\n', (size_t)(end - data));
    stop = stop ? stop : end;
    l->at_line++;
    size_t n = (size_t)(stop - data), blank = 0;
    while (blank < n && strchr(" \t\r", data[blank]) && data[blank])
      blank++;
    if (blank < n)
      FRAY_TRY(add_line(l, data, n, err));
    data = stop + 1;
  }
  FRAY_CHECK(l->n_rows > 0, err, INPUT,
             "%s: the file is empty, a JSON object on each line was "
             "expected",
             l->path);
  return FRAY_OK;
}

/* Cells that no line gave are empty texts. */
/* Filled whole with the empty text first: one pass over the cells then sets what there is. */
static enum fray_status make_table(const struct lines *l, struct fray_csv *out,
                                   struct fray_err *err) {
  size_t cells;
  FRAY_CHECK(fray_size_mul(l->n_rows, l->n_columns, &cells) && cells <= MOST_CELLS, err, INPUT,
             "%s: %zu lines of %zu different keys are more than %d cells", l->path, l->n_rows,
             l->n_columns, MOST_CELLS);
  *out = (struct fray_csv){.name = l->path, .n_columns = l->n_columns, .n_rows = l->n_rows};
  FRAY_ALLOC(out->column, l->arena, l->n_columns, err);
  FRAY_ALLOC(out->sorted, l->arena, l->n_columns, err);
  FRAY_ALLOC(out->line, l->arena, l->n_rows, err);
  FRAY_ALLOC(out->field, l->arena, cells, err);
  /* There is no header; messages about names of columns name the first line. */
  out->header_line = 1;
  memcpy(out->line, l->line, l->n_rows * sizeof *l->line);
  if (l->n_columns)
    memcpy(out->column, l->column, l->n_columns * sizeof *l->column);
  for (size_t k = 0; k < cells; k++)
    out->field[k] = "";
  for (size_t r = 0; r < l->n_rows; r++)
    for (size_t k = l->first[r]; k < (r + 1 < l->n_rows ? l->first[r + 1] : l->n_cells); k++)
      out->field[r * l->n_columns + l->cell[k].column] = l->cell[k].text;
  return fray_csv_index(out, err);
}

static enum fray_status read_lines(struct lines *l, struct fray_csv *out, struct fray_err *err) {
  struct fray_text file = {0};
  /* For all columns that there may be: names never move, so slots stay true. */
  FRAY_ALLOC(l->column, &l->scratch, MOST_COLUMNS, err);
  FRAY_TRY(fray_file_read(l->path, LARGEST, &file, err));
  enum fray_status status = add_lines(l, file.data, file.size, err);
  fray_text_free(&file);
  return status == FRAY_OK ? make_table(l, out, err) : status;
}

/* The state is large, and lies in its own scratch. */
enum fray_status fray_json_lines_read(const char *path, struct fray_arena *arena,
                                      struct fray_csv *out, struct fray_err *err) {
  struct fray_arena scratch = {0};
  struct lines *l = fray_arena_alloc(&scratch, 1, sizeof *l);
  enum fray_status status = fray_fail(err, FRAY_MEMORY, "out of memory");
  if (l) {
    *l = (struct lines){.path = path, .arena = arena, .scratch = scratch};
    status = read_lines(l, out, err);
    scratch = l->scratch;
  }
  fray_arena_free(&scratch);
  return status;
}
