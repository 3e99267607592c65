/* Columns of tables that are read row by row: how they are cut, what they are called, where they
 * are.
 */
#ifndef FRAY_IMPORT_STREAM_COLUMNS_H
#define FRAY_IMPORT_STREAM_COLUMNS_H

#include "fray/schema/schema.h"
#include "import/table/csv_file.h"
#include "import/table/row_stream.h"

/** Rules of the keys of CSV files; separator `blanks` is any number of blanks and tabs. row_end: a
 *  sign, or NULL. INPUT: a sign that is none. */
enum fray_status fray_stream_rules_take(const struct csv_format *given, const char *row_end,
                                        struct stream_rules *out, struct fray_err *err);
/** Names of the YAML, a map or a list (NULL: none), in place of those of the header: column
 *  (s->n_columns). INPUT: another number of them, a column that is not there. */
enum fray_status fray_columns_rename(const struct fray_node *names, const struct row_stream *s,
                                     const char **column, struct fray_arena *arena,
                                     struct fray_err *err);
/** Place of a column by name. what: key, for messages. INPUT: none, or two, of that name. */
enum fray_status fray_columns_find(const struct row_stream *s, const char *const *column,
                                   const char *what, const char *name, struct fray_arena *arena,
                                   size_t *out, struct fray_err *err);

#endif
