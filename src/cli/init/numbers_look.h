/* Tables of numbers as they lie there: how they are cut, and what each column seems to be. */
#ifndef FRAY_CLI_INIT_NUMBERS_LOOK_H
#define FRAY_CLI_INIT_NUMBERS_LOOK_H

#include "fray/base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum {
  INIT_MOST_COLUMNS = 512,
  INIT_MOST_VALUES = 64,       /* more different ones are a measurement */
  INIT_NUMBERS_BYTES = 4 << 20 /* of a file that are looked at, from its beginning */
};
#define INIT_BLANKS ' ' /* any number of blanks and tabs between cells */

/** What a column was seen to hold. */
struct init_column {
  const char *name;                      /* "1", "2", ... where there is no header; "": none */
  size_t numbers, missing, texts, whole; /* cells; whole: numbers without a fraction */
  size_t changes, rising;                /* from row to row */
  char value[INIT_MOST_VALUES][24];      /* (n_values) different texts */
  size_t n_values;                       /* INIT_MOST_VALUES: at least so many */
  double last, first, step;              /* step: between two rows, most of the time */
};

/** Columns by what they seem to be; n_columns: none. */
struct init_numbers {
  char separator, row_end; /* 0: none */
  bool header;
  size_t n_columns, n_rows, faulty; /* faulty: rows of another length, or texts among numbers */
  size_t rows_of_all;               /* of the whole file, as far as its size tells */
  struct init_column column[INIT_MOST_COLUMNS];
  size_t time, label, client, n_channels;
  size_t channel[INIT_MOST_COLUMNS];
  double rate;      /* Hz by the time column; 0: unknown */
  const char *unit; /* of the time column */
  char *text;       /* private: the file's beginning */
  void *names;      /* private */
};

/** Looks at the beginning of a file. False: it is no table of numbers (or cannot be read): fewer
 *  than half of its columns are numbers, rows differ in length. May be called for several files of
 *  one layout: facts add up. */
bool init_numbers_read(const char *folder, const char *path, struct init_numbers *out);
/** The first lines of a file are numbers and nothing else, one a line or many. */
bool init_holds_numbers(const char *folder, const char *path);
/** Chooses time, label, client and channels by what was read. */
void init_numbers_judge(struct init_numbers *look);
void init_numbers_free(struct init_numbers *numbers);

/** `, rate: 50, columns: [x, y]` of a modality. */
void init_put_channels(const struct init_numbers *look, struct fray_text *out);
/** `separator: ";"`, `header: none` and `row_end`, each led by `before`; nothing for plain CSV. */
void init_put_cut(const struct init_numbers *look, const char *before, struct fray_text *out);

#endif
