/* What a reader gives: rows of texts by the name of their field, and what is worked out from them.
 */
#ifndef FRAY_IMPORT_ROW_FIELDS_H
#define FRAY_IMPORT_ROW_FIELDS_H

#include "fray/base/csv.h"
#include "fray/data/dataset.h"
#include "fray/schema/schema.h"

struct value;

/** A table of texts, and a value per row for each modality that the reader serves. Everything is in
 *  the arena of the import. */
struct rows {
  size_t n, n_fields, n_slots;
  const char **field;                       /* (fields) names */
  const char ***text;                       /* (fields)(n) */
  uint32_t *slot;                           /* (slots) fields by name */
  struct value *value[FRAY_MAX_MODALITIES]; /* (n) or NULL */
  const char *file;                         /* where the rows come from, for messages */
  const char **row_file;                    /* (n) a file each; or NULL */
  const size_t *line; /* (n) lines of that file; NULL: rows have numbers from 0 */
};

struct derive_config { /* a field worked out from another */
  const char *from;
  const struct fray_node *values; /* map text -> text */
  const char *otherwise;          /* NULL: any other value is an error */
};

/** Adds a field; texts (n) is borrowed. INPUT if there is one of that name. */
enum fray_status fray_rows_add(struct rows *rows, const char *name, const char **texts,
                               struct fray_arena *arena, struct fray_err *err);
/** Adds a column of a CSV file. */
enum fray_status fray_rows_add_column(struct rows *rows, const struct fray_csv *csv, size_t column,
                                      struct fray_arena *arena, struct fray_err *err);
const char **fray_rows_find(const struct rows *rows, const char *name); /* NULL if none */
/** Adds the fields of `derive` (struct derive_config by name). INPUT: an unknown field, a text that
 *  is not among the values, old texts that are one name. */
enum fray_status fray_rows_derive(struct rows *rows, const struct fray_named *derive,
                                  struct fray_arena *arena, struct fray_err *err);
/** Fills a template such as "train/{row}" for every row: out (n). what: its key, for messages.
 *  INPUT: an unknown field, a brace without a name. */
enum fray_status fray_rows_fill(const struct rows *rows, const char *what, const char *pattern,
                                struct fray_arena *arena, const char ***out, struct fray_err *err);
/** Decimal text of 0 .. n-1: field "row". */
enum fray_status fray_rows_number(struct rows *rows, struct fray_arena *arena,
                                  struct fray_err *err);
#define FRAY_WHOLE_FILE SIZE_MAX /* in place of a line: the file is about one row alone */
/** "FILE:LINE", "FILE, row N" or "FILE" into out, which it returns. */
const char *fray_rows_where(const char *file, size_t line, bool line_is_row, char out[512]);
/** Text of a scalar node. what: key for the message. INPUT: it is a list or a map. */
enum fray_status fray_import_scalar(const struct fray_node *node, const char *what,
                                    const char **out, struct fray_err *err);

#endif
