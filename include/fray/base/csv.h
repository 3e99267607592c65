/* CSV in memory: the one reader of all layers. */
#ifndef FRAY_BASE_CSV_H
#define FRAY_BASE_CSV_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/** What the first line is: names; names that may be numbers; the first row (columns are then named
 *  "1", "2", ...). */
enum fray_csv_header { FRAY_CSV_NAMES, FRAY_CSV_NUMBERS, FRAY_CSV_NO_HEADER };

/** How a file is read. All zero: commas, quotes, a header of names. */
struct fray_csv_rules {
  char separator;    /* 0: a comma, and a header that other signs cut is refused with a hint */
  bool plain_quotes; /* a quote is a letter */
  enum fray_csv_header header;
  bool has_keys; /* messages name the keys `separator`, `quoting`, `header`, which the user can set
                  */
};

struct fray_csv_name {
  const char *name;
  size_t column;
};

struct fray_csv {
  const char *name; /* of the file, for messages */
  size_t n_columns, n_rows, header_line;
  size_t n_nameless;            /* columns without a name, which are left out */
  const char **column;          /* (n_columns) without blanks at the ends */
  const char **field;           /* (n_rows, n_columns) as they stand, blanks included */
  size_t *line;                 /* (n_rows) of the file, from 1, where the row begins */
  struct fray_csv_name *sorted; /* (n_columns) by name */
};

/** Reads text (size bytes and a NUL behind them) after RFC 4180. Lines end in LF or CRLF, or all in
 *  CR; a UTF-8 byte order mark is skipped; empty lines are none (in a table of one column only at
 *  the end). Columns without a name, as pandas writes its index, are left out.
 *  The text is unquoted in place: fields point into it; arrays are in the arena. O(size) time and
 *  memory, whatever the text; nothing is allocated for rows before all were found to be of one
 *  length.
 *  INPUT with file and line: empty, UTF-16, NUL bytes, not UTF-8, a quote that is not closed,
 * stands within a field or before other text, a row longer or shorter than the header, repeated
 * column names, a header of numbers, a header without a separator but with ; tab or |. */
enum fray_status fray_csv_parse(const char *name, char *text, size_t size,
                                const struct fray_csv_rules *rules, struct fray_arena *arena,
                                struct fray_csv *out, struct fray_err *err);
/** Sorts the names anew, after a caller changed them. INPUT if two are the same. */
enum fray_status fray_csv_index(struct fray_csv *csv, struct fray_err *err);

/** Index of a column, or n_columns. O(log n). */
size_t fray_csv_find(const struct fray_csv *csv, const char *name);
/** Likewise; INPUT lists the columns that there are. */
enum fray_status fray_csv_need(const struct fray_csv *csv, const char *name, size_t *column,
                               struct fray_err *err);
/** The whole header. INPUT unless it is these names, in this order. */
enum fray_status fray_csv_expect(const struct fray_csv *csv, const char *const *names, size_t n,
                                 struct fray_err *err);

static inline const char *fray_csv_at(const struct fray_csv *csv, size_t row, size_t column) {
  return csv->field[row * csv->n_columns + column];
}

#endif
