/* The CSV reader: a first pass checks and counts, a second one cuts the text in place. The text is
 * untrusted; what a row may cost is known before anything is allocated for it. */
#include "fray/base/csv.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A place in the text. The cursor only looks; what stands behind it is never changed. */
struct cursor {
  const struct fray_csv_rules *rules;
  const char *name;
  char *at, *end, separator;
  bool returns; /* lines end in CR alone */
  size_t line;
};
struct piece {        /* one field, still as it is written */
  char *start, *stop; /* within the quotes, if it has them */
  bool quoted, last;  /* last: of its line */
};

/* ---- the text as a whole ---- */

/* Before anything is cut: bytes that are no text would turn up as fields, far from where they came
 * from. */
static enum fray_status check_text(const char *name, const char *text, size_t size,
                                   struct fray_err *err) {
  bool wide = size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
  FRAY_CHECK(!wide, err, INPUT, "%s: the text is UTF-16; save it as UTF-8", name);
  const char *zero = memchr(text, '\0', size);
  size_t end = fray_utf8_valid(text, zero ? (size_t)(zero - text) : size), line = 1;
  for (size_t i = 0; i < end; i++)
    line += text[i] == '\n';
  if (end < size && text[end] == '\0')
    return fray_fail(err, FRAY_INPUT,
                     "%s:%zu: byte %zu is NUL: not a text file, or one in UTF-16; save it as UTF-8",
                     name, line, end);
  FRAY_CHECK(end == size, err, INPUT, "%s:%zu: byte 0x%02x is not UTF-8 text", name, line,
             (unsigned char)text[end]);
  return FRAY_OK;
}

/* ---- fields ---- */

/* Bytes of the line end at p: 0 if there is none, or the text ends. CR alone ends a line only where
 * no LF does (returns): within a field of another file it is damage. */
static size_t line_end(const struct cursor *c, const char *p) {
  if (p < c->end && *p == '\n')
    return 1;
  if (p < c->end && *p == '\r')
    return p + 1 < c->end && p[1] == '\n' ? 2 : c->returns;
  return 0;
}

/* Only who can set the key is told of it. */
static const char *quotes_off(const struct cursor *c) {
  return c->rules->has_keys ? "; `quoting: none` takes quotes as letters" : "";
}

/* A quoted field may run over many lines; what is wrong with it is said of the line where it
 * begins. */
static enum fray_status quoted_piece(struct cursor *c, struct piece *out, struct fray_err *err) {
  size_t line = c->line;
  *out = (struct piece){.start = c->at + 1, .quoted = true};
  for (c->at++;; c->at++) {
    FRAY_CHECK(c->at < c->end, err, INPUT, "%s:%zu: a quote is not closed%s", c->name, line,
               quotes_off(c));
    if (*c->at == '"' && (c->at + 1 == c->end || c->at[1] != '"'))
      break;
    c->at += *c->at == '"';
    c->line += *c->at == '\n' || (*c->at == '\r' && c->returns);
  }
  out->stop = c->at++;
  bool ends = c->at == c->end || *c->at == c->separator || line_end(c, c->at);
  FRAY_CHECK(ends, err, INPUT, "%s:%zu: text behind a closing quote%s", c->name, c->line,
             quotes_off(c));
  return FRAY_OK;
}

/* Where the letters end that nothing has to be asked of: most of a table is those. */
static char *plain_end(const struct cursor *c) {
  const char separator = c->separator, *const end = c->end;
  char *p = c->at;
  while (p < end && *p != separator && *p != '\n' && *p != '\r' && *p != '"')
    p++;
  return p;
}

/* RFC 4180 allows no quotes here, and readers differ in what they make of them: better an error
 * than a guess. */
static enum fray_status bare_piece(struct cursor *c, struct piece *out, struct fray_err *err) {
  *out = (struct piece){.start = c->at};
  for (;; c->at++) {
    c->at = plain_end(c);
    if (c->at == c->end || *c->at == c->separator || line_end(c, c->at))
      break;
    FRAY_CHECK(*c->at != '"' || c->rules->plain_quotes, err, INPUT,
               "%s:%zu: a quote within an unquoted field%s", c->name, c->line, quotes_off(c));
    FRAY_CHECK(*c->at != '\r', err, INPUT, "%s:%zu: a carriage return within a row", c->name,
               c->line);
  }
  out->stop = c->at;
  return FRAY_OK;
}

/* Behind the last field of a line the cursor stands on the next line, so that rows need no other
 * mark. */
static enum fray_status next_piece(struct cursor *c, struct piece *out, struct fray_err *err) {
  bool quoted = c->at < c->end && *c->at == '"' && !c->rules->plain_quotes;
  FRAY_TRY(quoted ? quoted_piece(c, out, err) : bare_piece(c, out, err));
  out->last = c->at == c->end || *c->at != c->separator;
  c->at += out->last ? line_end(c, c->at) : 1;
  c->line += out->last;
  return FRAY_OK;
}

/* The field as text: never longer than it is written, and its end is behind the cursor. What is
 * written between its place and the cursor was read already, so a shorter text and its NUL cost
 * nobody anything. */
static const char *cut(const struct piece *piece) {
  char *to = piece->start;
  for (const char *from = piece->start; piece->quoted && from < piece->stop; from++) {
    *to++ = *from;
    from += *from == '"'; /* the second of two */
  }
  if (!piece->quoted)
    to = piece->stop;
  *to = '\0';
  return piece->start;
}

/* Steps over empty lines; true if a row follows. */
static enum fray_status next_row(struct cursor *c, size_t columns, bool *there,
                                 struct fray_err *err) {
  size_t empty = 0, n;
  while ((n = line_end(c, c->at)) > 0) {
    empty = empty ? empty : c->line;
    c->at += n;
    c->line++;
  }
  *there = c->at < c->end;
  /* In one column an empty line might be an empty field: neither guess is safe. */
  FRAY_CHECK(!*there || !empty || columns != 1, err, INPUT,
             "%s:%zu: an empty line; an empty field of a single column is written \"\"", c->name,
             empty);
  return FRAY_OK;
}

/* The same steps as the second pass, without a write: what counts here is cut alike there. */
static enum fray_status skip_row(struct cursor *c, size_t *n, struct fray_err *err) {
  struct piece piece = {.last = false};
  for (*n = 0; !piece.last; ++*n)
    FRAY_TRY(next_piece(c, &piece, err));
  return FRAY_OK;
}

/* ---- the header ---- */

/* A header cut by other signs than the one expected, most likely. */
static enum fray_status check_separator(const struct cursor *c, const struct cursor *start,
                                        size_t columns, struct fray_err *err) {
  static const char other[] = ";\t|";
  size_t count[sizeof other] = {0}, best = 0;
  if (c->rules->separator || columns != 1)
    return FRAY_OK;
  for (const char *p = start->at; p < c->at; p++)
    if (strchr(other, *p))
      count[strchr(other, *p) - other]++;
  for (size_t k = 1; k < strlen(other); k++)
    best = count[k] > count[best] ? k : best;
  const char *shown = other[best] == '\t' ? "\\t" : other[best] == ';' ? ";" : "|";
  FRAY_CHECK(count[best] == 0, err, INPUT,
             "%s:%zu: the header has no comma, but %zu \"%s\"; %s%s%s", c->name, start->line,
             count[best], shown, c->rules->has_keys ? "set `separator: \"" : "write commas",
             c->rules->has_keys ? shown : "", c->rules->has_keys ? "\"`" : "");
  return FRAY_OK;
}

/* Words for a missing value count as numbers: they stand in rows of numbers, not among names. */
static bool is_number(const char *text) {
  static const char *const missing[] = {"nan", "NaN", "NA", "inf", "-inf", "null", "NULL"};
  for (size_t i = 0; i < FRAY_COUNT(missing); i++)
    if (strcmp(text, missing[i]) == 0)
      return true;
  char *end;
  if (!*text || text[strspn(text, "+-.0123456789eE")])
    return false;
  strtod(text, &end);
  return *end == '\0';
}

/* The first row of a file without a header would be lost in silence. */
static enum fray_status check_names(const struct fray_csv *csv, const struct cursor *c,
                                    struct fray_err *err) {
  size_t numbers = 0;
  for (size_t i = 0; i < csv->n_columns; i++)
    numbers += is_number(csv->column[i]);
  FRAY_CHECK(csv->n_columns, err, INPUT, "%s:%zu: no column has a name", csv->name,
             csv->header_line);
  FRAY_CHECK(numbers < csv->n_columns || c->rules->header == FRAY_CSV_NUMBERS, err, INPUT,
             "%s:%zu: the line holds numbers, a header with the names of columns was expected%s",
             csv->name, csv->header_line,
             c->rules->has_keys ? "; `header: none` if the file has none, `header: numbers` if "
                                  "these are the names"
                                : "");
  return FRAY_OK;
}

static const char *without_blanks(const char *text) {
  char *start = (char *)text + strspn(text, " \t"), *end = start + strlen(start);
  while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
    end--;
  *end = '\0';
  return start;
}

/* Reads the names; kept (columns): false where there is none. Names belong to the columns that have
 * one; the fields of the others are read and left out. */
static enum fray_status read_header(struct cursor *c, size_t columns, bool *kept,
                                    struct fray_arena *arena, struct fray_csv *out,
                                    struct fray_err *err) {
  out->header_line = c->line;
  for (size_t i = 0; i < columns; i++) {
    struct piece piece;
    const char *name = NULL;
    if (c->rules->header == FRAY_CSV_NO_HEADER) {
      name = fray_arena_printf(arena, "%zu", i + 1);
      FRAY_CHECK(name, err, MEMORY, "out of memory");
    } else {
      FRAY_TRY(next_piece(c, &piece, err));
      name = without_blanks(cut(&piece));
    }
    kept[i] = *name != '\0';
    if (kept[i])
      out->column[out->n_columns++] = name;
  }
  out->n_nameless = columns - out->n_columns;
  return c->rules->header == FRAY_CSV_NO_HEADER ? FRAY_OK : check_names(out, c, err);
}

/* ---- the two passes ---- */

struct counts {
  size_t columns, rows;
};

/* The cursor is a copy: the second pass begins where this one did. */
static enum fray_status count(struct cursor c, struct counts *out, struct fray_err *err) {
  bool there;
  size_t n;
  FRAY_TRY(next_row(&c, 0, &there, err));
  FRAY_CHECK(there, err, INPUT, "%s: the file is empty, a header line was expected", c.name);
  struct cursor start = c;
  FRAY_TRY(skip_row(&c, &out->columns, err));
  FRAY_TRY(check_separator(&c, &start, out->columns, err));
  for (out->rows = c.rules->header == FRAY_CSV_NO_HEADER;; out->rows++) {
    FRAY_TRY(next_row(&c, out->columns, &there, err));
    if (!there)
      return FRAY_OK;
    size_t line = c.line;
    FRAY_TRY(skip_row(&c, &n, err));
    FRAY_CHECK(n == out->columns, err, INPUT, "%s:%zu: %zu field%s, but the header has %zu", c.name,
               line, n, n == 1 ? "" : "s", out->columns);
  }
}

/* Arrays are as long as the first pass counted: no row can be longer than the header by now. */
static enum fray_status fill(struct cursor *c, const struct counts *counts,
                             struct fray_arena *arena, struct fray_csv *out, struct fray_err *err) {
  bool *kept, there;
  size_t cells;
  FRAY_ALLOC(kept, arena, counts->columns, err);
  FRAY_ALLOC(out->column, arena, counts->columns, err);
  FRAY_ALLOC(out->sorted, arena, counts->columns, err);
  FRAY_TRY(next_row(c, 0, &there, err));
  FRAY_TRY(read_header(c, counts->columns, kept, arena, out, err));
  FRAY_CHECK(fray_size_mul(counts->rows, out->n_columns, &cells), err, INPUT, "%s: too large",
             c->name);
  FRAY_ALLOC(out->field, arena, cells, err);
  FRAY_ALLOC(out->line, arena, counts->rows, err);
  const char **to = out->field;
  for (; out->n_rows < counts->rows; out->n_rows++) {
    FRAY_TRY(next_row(c, counts->columns, &there, err));
    out->line[out->n_rows] = c->line;
    for (size_t i = 0; i < counts->columns; i++) {
      struct piece piece;
      FRAY_TRY(next_piece(c, &piece, err));
      if (kept[i])
        *to++ = cut(&piece);
    }
  }
  return fray_csv_index(out, err);
}

/* Whether lines end in CR alone: the first one does, outside quotes. */
static bool ends_in_returns(const char *p, const char *end, bool plain_quotes) {
  bool inside = false;
  for (; p < end && (inside || (*p != '\n' && *p != '\r')); p++)
    inside ^= *p == '"' && !plain_quotes;
  return p < end && *p == '\r' && (p + 1 == end || p[1] != '\n');
}

enum fray_status fray_csv_parse(const char *name, char *text, size_t size,
                                const struct fray_csv_rules *rules, struct fray_arena *arena,
                                struct fray_csv *out, struct fray_err *err) {
  static const struct fray_csv_rules usual = {0};
  struct counts counts = {0};
  rules = rules ? rules : &usual;
  *out = (struct fray_csv){.name = name};
  FRAY_CHECK(text && size, err, INPUT, "%s: the file is empty, a header line was expected", name);
  FRAY_TRY(check_text(name, text, size, err));
  /* Excel and Notepad write a byte order mark, which would become part of the first name. */
  size_t mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  struct cursor c = {.rules = rules,
                     .name = name,
                     .at = text + mark,
                     .end = text + size,
                     .separator = rules->separator ? rules->separator : ',',
                     .line = 1};
  c.returns = ends_in_returns(c.at, c.end, rules->plain_quotes);
  FRAY_TRY(count(c, &counts, err));
  return fill(&c, &counts, arena, out, err);
}

/* ---- columns by name ---- */

static int by_name(const void *a, const void *b) {
  const struct fray_csv_name *x = a, *y = b;
  int order = strcmp(x->name, y->name);
  return order ? order : (x->column > y->column) - (x->column < y->column);
}

/* Sorted, since a table of features has thousands of columns; after sorting two equal names are
 * neighbours. */
enum fray_status fray_csv_index(struct fray_csv *csv, struct fray_err *err) {
  size_t n = csv->n_columns;
  for (size_t c = 0; c < n; c++)
    csv->sorted[c] = (struct fray_csv_name){csv->column[c], c};
  qsort(csv->sorted, n, sizeof *csv->sorted, by_name);
  for (size_t i = 1; i < n; i++)
    FRAY_CHECK(strcmp(csv->sorted[i - 1].name, csv->sorted[i].name) != 0, err, INPUT,
               "%s:%zu: columns %zu and %zu are both named \"%.80s\"", csv->name, csv->header_line,
               csv->sorted[i - 1].column + 1, csv->sorted[i].column + 1, csv->sorted[i].name);
  return FRAY_OK;
}

static int find_name(const void *key, const void *entry) {
  return strcmp(key, ((const struct fray_csv_name *)entry)->name);
}

size_t fray_csv_find(const struct fray_csv *csv, const char *name) {
  const struct fray_csv_name *found = NULL;
  if (csv->n_columns)
    found = bsearch(name, csv->sorted, csv->n_columns, sizeof *csv->sorted, find_name);
  return found ? found->column : csv->n_columns;
}

enum fray_status fray_csv_need(const struct fray_csv *csv, const char *name, size_t *column,
                               struct fray_err *err) {
  char list[512];
  *column = fray_csv_find(csv, name);
  FRAY_CHECK(*column < csv->n_columns, err, INPUT, "%s:%zu: there is no column '%.80s'; %s",
             csv->name, csv->header_line, name,
             fray_there_are(name, csv->column, csv->n_columns, list, sizeof list));
  return FRAY_OK;
}

/* For files whose order of columns is part of their format. */
enum fray_status fray_csv_expect(const struct fray_csv *csv, const char *const *names, size_t n,
                                 struct fray_err *err) {
  char list[512] = "";
  size_t same = 0;
  for (size_t i = 0; i < n; i++) {
    size_t used = strlen(list);
    snprintf(list + used, sizeof list - used, "%s%s", i ? "," : "", names[i]);
  }
  while (same < n && same < csv->n_columns && strcmp(csv->column[same], names[same]) == 0)
    same++;
  FRAY_CHECK(same == n && csv->n_columns == n, err, INPUT, "%s:%zu: expected the header %s",
             csv->name, csv->header_line, list);
  return FRAY_OK;
}
