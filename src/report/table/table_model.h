/* The table model: rows of texts and numbers with intervals, free of any language. It feeds the
 * page, the CSV and the LaTeX file. */
#ifndef REPORT_TABLE_MODEL_H
#define REPORT_TABLE_MODEL_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum fray_rep_column_kind {
  FRAY_REP_COLUMN_TEXT,
  FRAY_REP_COLUMN_NUMBER,
  FRAY_REP_COLUMN_P /* a p-value: "<0.001" below that */
};

struct fray_rep_table_column {
  const char *key;  /* in the CSV: letters, digits and _ */
  const char *name; /* plain text */
  const char *unit; /* "", or behind the name: "%", "points" */
  enum fray_rep_column_kind kind;
  bool interval; /* its cells may have one */
  double scale;  /* what is shown is scale x value; 0 means 1 */
  int decimals;
};

/** A cell. Texts are data: each writer escapes them. */
struct fray_rep_cell {
  const char *text;        /* of a text column; NULL: empty */
  const char *shown;       /* what people read in its place; NULL: the text itself */
  double value, low, high; /* of a number; NaN: undefined, no interval */
  const char *status;      /* NULL or "ok", else a footnote: why it is empty, or a remark */
};

struct fray_rep_table {
  const char *name;    /* of its files and its label: letters, digits, - and _ */
  const char *caption; /* plain text */
  const struct fray_rep_table_column *column; /* (n_columns), borrowed; text columns first */
  size_t n_columns, n_rows, capacity;
  struct fray_rep_cell *cell; /* (n_rows, n_columns) */
  struct fray_arena *arena;
};

/** The cells of a new last row: texts NULL, numbers NaN. MEMORY. */
enum fray_status fray_rep_table_row(struct fray_rep_table *table, struct fray_rep_cell **cells,
                                    struct fray_err *err);
const struct fray_rep_cell *fray_rep_table_cell(const struct fray_rep_table *table, size_t row,
                                                size_t column);
/** True if no row has a value or text there: such columns are not shown. */
bool fray_rep_table_is_empty_column(const struct fray_rep_table *table, size_t column);

/** A number as the column shows it; "" for NaN. */
void fray_rep_table_number(const struct fray_rep_table_column *column, double value, char out[48]);

/** Footnotes: the distinct statuses of the shown cells, in order of appearance. */
struct fray_rep_footnotes {
  const char **text;
  size_t n;
};
enum fray_status fray_rep_table_footnotes(const struct fray_rep_table *table,
                                          struct fray_rep_footnotes *out, struct fray_err *err);
/** Index of a cell's footnote, or notes->n if it has none. */
size_t fray_rep_footnote(const struct fray_rep_footnotes *notes, const struct fray_rep_cell *cell);
/** "a", "b", ..., "z", "aa", ... */
void fray_rep_footnote_mark(size_t index, char out[8]);

/** How a language writes a table. */
struct fray_rep_table_writer {
  void (*text)(struct fray_text *out, const char *text); /* escaped */
  const char *unit;                                      /* between name and unit */
  const char *mark, *after_mark;                         /* around the mark of a footnote */
  const char *notes, *end;                               /* around the footnotes */
};
/** "name, unit" of a column; the footnotes, nothing if there are none. */
void fray_rep_table_put_name(const struct fray_rep_table_writer *w,
                             const struct fray_rep_table_column *column, struct fray_text *out);
void fray_rep_table_put_notes(const struct fray_rep_table_writer *w,
                              const struct fray_rep_footnotes *notes, struct fray_text *out);
/** The mark of a cell's footnote into mark; false if it has none. */
bool fray_rep_table_mark(const struct fray_rep_footnotes *notes, const struct fray_rep_cell *cell,
                         char mark[8]);

/** <table class="sortable"> with data-value on the cells, in a scrolling frame; footnotes below. */
enum fray_status fray_rep_table_html(const struct fray_rep_table *table, struct fray_text *out,
                                     struct fray_err *err);
/** Tidy CSV: the text columns, then measure,unit,value,low,high,status; a row per number, in shown
 *  units and full precision. */
void fray_rep_table_csv(const struct fray_rep_table *table, struct fray_text *out);
/** A LaTeX table (booktabs, graphicx). Intervals as "71.2 [65.0, 77.4]", or "71.2 +- 6.2" in a
 * column whose intervals are all symmetric. */
enum fray_status fray_rep_table_latex(const struct fray_rep_table *table, struct fray_text *out,
                                      struct fray_err *err);
/** Text that LaTeX prints as it is. */
void fray_rep_latex(struct fray_text *out, const char *text);
/** FOLDER/NAME.csv and FOLDER/NAME.tex; the folder is made. IO. */
enum fray_status fray_rep_table_write(const struct fray_rep_table *table, const char *folder,
                                      struct fray_err *err);

#endif
