#include "csv.h"

#include "fray/base/file.h"
#include "fray/base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t LIMIT = (size_t)1 << 30;

struct reader {
  const char *path;
  char *p;
  size_t line;
};

static enum fray_status check_bytes(const char *path, const struct fray_text *text,
                                    struct fray_err *err) {
  size_t line = 1;
  for (size_t i = 0; i < text->size;) {
    size_t n = fray_utf8_length(text->data + i, text->size - i);
    FRAY_CHECK(n && text->data[i], err, INPUT, "%s:%zu: not UTF-8 text", path, line);
    line += text->data[i] == '\n';
    i += n;
  }
  return FRAY_OK;
}

/* Reads a quoted field in place: what it means is never longer than how it is written. */
static enum fray_status quoted(struct reader *r, const char **out, struct fray_err *err) {
  size_t start = r->line;
  char *w = r->p, *p = r->p + 1;
  *out = w;
  for (;; p++) {
    FRAY_CHECK(*p, err, INPUT, "%s:%zu: a quote is not closed", r->path, start);
    if (*p == '"' && *++p != '"')
      break;
    r->line += *p == '\n';
    *w++ = *p;
  }
  r->p = p;
  FRAY_CHECK(strchr(",\r\n", *p), err, INPUT, "%s:%zu: text behind a closing quote", r->path,
             r->line);
  /* The terminator lands on or before the closing quote, so *p is still to be read. */
  *w = '\0';
  return FRAY_OK;
}

/* One field; *end is the separator that ended it: ',', '\n', or '\0' for the end of the file. */
static enum fray_status next_field(struct reader *r, const char **out, char *end,
                                   struct fray_err *err) {
  if (*r->p == '"') {
    FRAY_TRY(quoted(r, out, err));
  } else {
    *out = r->p;
    r->p += strcspn(r->p, ",\r\n\"");
    FRAY_CHECK(*r->p != '"', err, INPUT, "%s:%zu: a quote inside an unquoted field", r->path,
               r->line);
  }
  char *stop = r->p;
  if (*r->p == '\r') {
    FRAY_CHECK(r->p[1] == '\n', err, INPUT, "%s:%zu: a carriage return inside a row", r->path,
               r->line);
    r->p++;
  }
  *end = *r->p;
  if (*end)
    r->p++;
  r->line += *end == '\n';
  *stop = '\0';
  return FRAY_OK;
}

static enum fray_status check_header(const struct fray_rep_csv *csv, struct fray_err *err) {
  for (size_t i = 0; i < csv->n_columns; i++) {
    FRAY_CHECK(*csv->column[i], err, INPUT, "%s:1: column %zu has no name", csv->path, i + 1);
    for (size_t j = 0; j < i; j++)
      FRAY_CHECK(strcmp(csv->column[i], csv->column[j]) != 0, err, INPUT,
                 "%s:1: column \"%s\" appears twice", csv->path, csv->column[i]);
  }
  return FRAY_OK;
}

static enum fray_status parse(struct reader *r, const char **field, struct fray_rep_csv *csv,
                              struct fray_err *err) {
  size_t n = 0; /* fields of the row at hand */
  while (*r->p || n) {
    if (n == 0 && csv->n_columns)
      csv->line[csv->n_rows] = r->line;
    char end = '\0';
    FRAY_TRY(next_field(r, field, &end, err));
    *field = fray_csv_plain(*field); /* names as they were given */
    field++;
    n++;
    if (end == ',')
      continue;
    size_t line = csv->n_columns ? csv->line[csv->n_rows] : 1;
    FRAY_CHECK(!csv->n_columns || n == csv->n_columns, err, INPUT,
               "%s:%zu: %zu fields where the header has %zu", csv->path, line, n, csv->n_columns);
    if (csv->n_columns)
      csv->n_rows++;
    else
      csv->n_columns = n;
    n = 0;
  }
  return FRAY_OK;
}

static enum fray_status read_into(struct fray_arena *arena, struct fray_rep_csv *csv,
                                  struct fray_err *err) {
  FRAY_TRY(fray_file_read(csv->path, LIMIT, &csv->text, err));
  FRAY_CHECK(csv->text.size > 0, err, INPUT, "%s: the file is empty", csv->path);
  FRAY_TRY(check_bytes(csv->path, &csv->text, err));
  /* A field ends with a separator, so the separators bound the fields, whatever the header says. */
  size_t lines = 2, fields = 2;
  for (size_t i = 0; i < csv->text.size; i++) {
    lines += csv->text.data[i] == '\n';
    fields += csv->text.data[i] == ',';
  }
  const char **field;
  FRAY_ALLOC(field, arena, fields + lines, err);
  FRAY_ALLOC(csv->line, arena, lines, err);
  struct reader r = {csv->path, csv->text.data, 1};
  FRAY_TRY(parse(&r, field, csv, err));
  csv->column = field;
  csv->field = field + csv->n_columns;
  return check_header(csv, err);
}

enum fray_status fray_rep_csv_read(const char *path, struct fray_arena *arena,
                                   struct fray_rep_csv *out, struct fray_err *err) {
  struct fray_rep_csv csv = {.path = path};
  enum fray_status status = read_into(arena, &csv, err);
  if (status != FRAY_OK) {
    fray_rep_csv_free(&csv);
    csv = (struct fray_rep_csv){0};
  }
  *out = csv;
  return status;
}

void fray_rep_csv_free(struct fray_rep_csv *csv) {
  if (csv)
    fray_text_free(&csv->text);
}

void fray_rep_csv_keep(struct fray_rep_csv *csv, const bool *keep) {
  size_t kept = 0;
  for (size_t i = 0; i < csv->n_rows; i++) {
    if (!keep[i])
      continue;
    memmove(csv->field + kept * csv->n_columns, csv->field + i * csv->n_columns,
            csv->n_columns * sizeof *csv->field);
    csv->line[kept++] = csv->line[i];
  }
  csv->n_rows = kept;
}

size_t fray_rep_csv_find(const struct fray_rep_csv *csv, const char *name) {
  size_t i = 0;
  while (i < csv->n_columns && strcmp(csv->column[i], name) != 0)
    i++;
  return i;
}

enum fray_status fray_rep_csv_need(const struct fray_rep_csv *csv, const char *name, size_t *column,
                                   struct fray_err *err) {
  *column = fray_rep_csv_find(csv, name);
  FRAY_CHECK(*column < csv->n_columns, err, INPUT, "%s:1: column \"%s\" is missing", csv->path,
             name);
  return FRAY_OK;
}

const char *fray_rep_csv_at(const struct fray_rep_csv *csv, size_t row, size_t column) {
  return csv->field[row * csv->n_columns + column];
}

bool fray_rep_parse_real(const char *text, double *out) {
  if (!*text || text[strspn(text, "+-.0123456789eE")] != '\0')
    return false;
  char *end;
  double value = strtod(text, &end);
  if (*end || !isfinite(value))
    return false;
  *out = value;
  return true;
}

enum fray_status fray_rep_csv_real(const struct fray_rep_csv *csv, size_t row, size_t column,
                                   double *out, struct fray_err *err) {
  const char *text = fray_rep_csv_at(csv, row, column);
  *out = NAN;
  if (!*text || !strcmp(text, "nan") || !strcmp(text, "-nan") || !strcmp(text, "inf") ||
      !strcmp(text, "-inf"))
    return FRAY_OK;
  FRAY_CHECK(fray_rep_parse_real(text, out), err, INPUT, "%s:%zu: %s: \"%.60s\" is not a number",
             csv->path, csv->line[row], csv->column[column], text);
  return FRAY_OK;
}

void fray_rep_csv_put_real(struct fray_text *out, double value) {
  char number[32];
  fray_text_puts(out, ",");
  if (!isfinite(value))
    return;
  fray_format_double(value, number);
  fray_text_puts(out, number);
}

void fray_rep_csv_put_text(struct fray_text *out, const char *text) {
  fray_text_puts(out, ",");
  fray_text_csv(out, text);
}
