/* CSV files of a results folder: read by the reader of all layers, and their numbers.
 *
 * An empty field is an undefined number and never 0. */
#include "fray/results/csv_table.h"

#include "fray/base/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t LIMIT = (size_t)1 << 30;

enum fray_status fray_rep_csv_of_text(const char *path, char *text, size_t size,
                                      struct fray_arena *arena, struct fray_rep_csv *csv,
                                      struct fray_err *err) {
  csv->path = path;
  FRAY_TRY(fray_csv_parse(path, text, size, NULL, arena, &csv->table, err));
  struct fray_csv *t = &csv->table; /* names as they were given */
  for (size_t c = 0; c < t->n_columns; c++)
    t->column[c] = fray_csv_plain(t->column[c]);
  for (size_t i = 0; i < t->n_rows * t->n_columns; i++)
    t->field[i] = fray_csv_plain(t->field[i]);
  FRAY_TRY(fray_csv_index(t, err));
  csv->n_columns = csv->table.n_columns;
  csv->n_rows = csv->table.n_rows;
  csv->column = csv->table.column;
  csv->field = csv->table.field;
  csv->line = csv->table.line;
  return FRAY_OK;
}

/* A bound on the size, since the file may be anything. */
enum fray_status fray_rep_csv_read(const char *path, struct fray_arena *arena,
                                   struct fray_rep_csv *out, struct fray_err *err) {
  struct fray_rep_csv csv = {.path = path};
  enum fray_status status = fray_file_read(path, LIMIT, &csv.text, err);
  if (status == FRAY_OK)
    status = fray_rep_csv_of_text(path, csv.text.data, csv.text.size, arena, &csv, err);
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

/* Only pointers move: the texts stay where they are. */
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
  return fray_csv_find(&csv->table, name);
}

enum fray_status fray_rep_csv_need(const struct fray_rep_csv *csv, const char *name, size_t *column,
                                   struct fray_err *err) {
  return fray_csv_need(&csv->table, name, column, err);
}

const char *fray_rep_csv_at(const struct fray_rep_csv *csv, size_t row, size_t column) {
  return csv->field[row * csv->n_columns + column];
}

/* strtod takes hexadecimal numbers, "inf" and blanks in front, none of which a run writes. */
bool fray_rep_parse_real(const char *text, double *out) {
  const size_t length = fray_decimal_read(text, out);
  if (length && !text[length])
    return true;
  if (!*text || text[strspn(text, "+-.0123456789eE")] != '\0')
    return false;
  char *end;
  double value = strtod(text, &end);
  /* "1e999" has the letters of a number. */
  if (*end || !isfinite(value))
    return false;
  *out = value;
  return true;
}

/* Empty, nan and inf are all undefined; a cell that says something else is an error with its place.
 */
enum fray_status fray_rep_csv_real(const struct fray_rep_csv *csv, size_t row, size_t column,
                                   double *out, struct fray_err *err) {
  const char *text = fray_rep_csv_at(csv, row, column);
  if (fray_rep_parse_real(text, out)) /* nearly all of them */
    return FRAY_OK;
  *out = NAN;
  if (!*text || !strcmp(text, "nan") || !strcmp(text, "-nan") || !strcmp(text, "inf") ||
      !strcmp(text, "-inf"))
    return FRAY_OK;
  return fray_fail(err, FRAY_INPUT, "%s:%zu: %s: \"%.60s\" is not a number", csv->path,
                   csv->line[row], csv->column[column], text);
}

/* What is not finite stays empty: nan and inf are words that other programs read as texts. */
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
