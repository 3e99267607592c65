/* CSV files of a results folder (RFC 4180), read whole and never trusted. */
#ifndef FRAY_RESULTS_CSV_TABLE_H
#define FRAY_RESULTS_CSV_TABLE_H

#include "fray/base/arena.h"
#include "fray/base/csv.h"
#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct fray_rep_csv {
  const char *path;
  struct fray_csv table; /* as read; rows that were dropped since are in it still */
  struct fray_text text; /* owns every field */
  size_t n_columns, n_rows;
  const char **column; /* (n_columns) */
  const char **field;  /* (n_rows, n_columns) */
  size_t *line;        /* (n_rows), 1-based line of the file where the row starts */
};

/** Reads a file of at most 1 GiB. Fields live until the free, arrays in the arena. INPUT with file
 *  and line: missing, and what fray_csv_parse refuses. On failure *out is empty. */
enum fray_status fray_rep_csv_read(const char *path, struct fray_arena *arena,
                                   struct fray_rep_csv *out, struct fray_err *err);
/** The same of a text (size bytes and a NUL behind them), which fields point into. Owns nothing. */
enum fray_status fray_rep_csv_of_text(const char *path, char *text, size_t size,
                                      struct fray_arena *arena, struct fray_rep_csv *csv,
                                      struct fray_err *err);
void fray_rep_csv_free(struct fray_rep_csv *csv);

/** Drops the rows whose keep (n_rows) is false. */
void fray_rep_csv_keep(struct fray_rep_csv *csv, const bool *keep);
/** Index of a column, or csv->n_columns. */
size_t fray_rep_csv_find(const struct fray_rep_csv *csv, const char *name);
/** Likewise; INPUT when the file has no such column. */
enum fray_status fray_rep_csv_need(const struct fray_rep_csv *csv, const char *name, size_t *column,
                                   struct fray_err *err);
const char *fray_rep_csv_at(const struct fray_rep_csv *csv, size_t row, size_t column);
/** Decimal number; NaN when the field is empty, or says nan or inf (undefined, never 0). INPUT with
 *  file, line and column otherwise. */
enum fray_status fray_rep_csv_real(const struct fray_rep_csv *csv, size_t row, size_t column,
                                   double *out, struct fray_err *err);
/** True for a plain decimal number (no hex, no inf, no nan, nothing behind it). */
bool fray_rep_parse_real(const char *text, double *out);

/** Appends ",VALUE" in shortest decimal form; the comma alone when it is not finite, so that an
 *  undefined number never reads as 0. */
void fray_rep_csv_put_real(struct fray_text *out, double value);
/** Appends ",TEXT", quoted as far as RFC 4180 asks for it. */
void fray_rep_csv_put_text(struct fray_text *out, const char *text);

#endif
