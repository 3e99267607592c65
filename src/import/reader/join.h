/* Columns of other files, by a key: `join` of an input. */
#ifndef FRAY_IMPORT_JOIN_H
#define FRAY_IMPORT_JOIN_H

#include "import/table/csv_file.h"
#include "import/table/derive.h"
#include "raw_source.h"

enum join_missing { MISSING_ERROR, MISSING_KEEP, MISSING_DROP };
struct join_config {
  const char *file;
  int table; /* enum table_format */
  struct csv_format format;
  struct fray_strings on, key, columns; /* n 0: row by row; the same as on; all but the key */
  const char *prefix;
  int missing; /* enum join_missing */
};
extern const struct fray_table fray_join_table;

/** Adds columns of the files (struct join_config), one after the other, so that a column of one may
 *  be the key of the next; derived fields that are keys are made first. Rows without a partner are
 *  refused, kept with empty texts, or left out, with a line that counts them. INPUT: an unknown
 *  field or column, a key that is there twice in the file (with both lines), a row without a
 *  partner, a name that a field has already, without a key another number of rows. */
enum fray_status fray_join_all(const struct source *source, const struct fray_items *joins,
                               struct derivation *derivation, struct rows *rows,
                               struct fray_err *err);

#endif
