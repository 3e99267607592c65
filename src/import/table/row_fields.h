/* What a reader gives: rows of texts by the name of their field, and what is worked out from them.
 */
#ifndef FRAY_IMPORT_ROW_FIELDS_H
#define FRAY_IMPORT_ROW_FIELDS_H

#include "fray/base/csv.h"
#include "fray/base/text.h"
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
  const char *hint;                         /* behind "there is no field", or NULL */
  const char *file;                         /* where the rows come from, for messages */
  const char **row_file;                    /* (n) a file each; or NULL */
  const size_t *line; /* (n) lines of that file, or of row_file; NULL: rows have numbers from 0 */
  uint8_t *left_out;  /* (n) 1: makes no sample, and its texts are not looked at; NULL: none */
  size_t n_left_out;
};
static inline bool fray_rows_left_out(const struct rows *rows, size_t row) {
  return rows->left_out && rows->left_out[row];
}

/** Adds a field; texts (n) is borrowed. INPUT if there is one of that name. */
enum fray_status fray_rows_add(struct rows *rows, const char *name, const char **texts,
                               struct fray_arena *arena, struct fray_err *err);
/** Adds a column of a CSV file. */
enum fray_status fray_rows_add_column(struct rows *rows, const struct fray_csv *csv, size_t column,
                                      struct fray_arena *arena, struct fray_err *err);
const char **fray_rows_find(const struct rows *rows, const char *name); /* NULL if none */
/** Likewise; INPUT lists the fields that there are. what: key, for messages. The name is cleaned.
 */
enum fray_status fray_rows_need(const struct rows *rows, const char *what, const char *name,
                                struct fray_arena *arena, const char ***out, struct fray_err *err);
/** Marks a row as left out; twice is once. */
enum fray_status fray_rows_leave_out(struct rows *rows, size_t row, struct fray_arena *arena,
                                     struct fray_err *err);
/** Fills a template such as "train/{row}" for every row: out (n). what: its key, for messages.
 *  INPUT: an unknown field, a brace without a name. */
enum fray_status fray_rows_fill(const struct rows *rows, const char *what, const char *pattern,
                                struct fray_arena *arena, const char ***out, struct fray_err *err);
/** The same, but an empty text where a field of the template (or every one) is empty: IF_ANY of
 * what paths are made of, IF_ALL of texts. */
enum template_empty { EMPTY_NEVER, EMPTY_IF_ANY, EMPTY_IF_ALL };
enum fray_status fray_rows_fill_or_not(const struct rows *rows, const char *what,
                                       const char *pattern, enum template_empty empty,
                                       struct fray_arena *arena, const char ***out,
                                       struct fray_err *err);
/** A template whose fields were found, to be filled row by row. */
struct row_template {
  struct template_piece { /* a literal text, or a field */
    const char *literal;
    const char **field;
  } * piece;
  size_t n;
  bool as_they_are; /* fields are texts or paths, not names in their one form */
  bool are_paths;   /* without blanks at their ends */
};
enum fray_status fray_template_parse(const struct rows *rows, const char *what, const char *p,
                                     struct fray_arena *arena, struct row_template *out,
                                     struct fray_err *err);
/** Its text for a row; scratch is used again, and released by the caller. */
enum fray_status fray_template_fill(const struct row_template *t, size_t row,
                                    struct fray_text *scratch, struct fray_arena *arena,
                                    const char **out, struct fray_err *err);
/** A cell that names a file, without blanks at its ends. NULL: out of memory. */
const char *fray_rows_path(const char *cell, struct fray_arena *arena);
/** Decimal text of 0 .. n-1: field "row". */
enum fray_status fray_rows_number(struct rows *rows, struct fray_arena *arena,
                                  struct fray_err *err);
#define FRAY_WHOLE_FILE SIZE_MAX /* in place of a line: the file is about one row alone */
/** "FILE:LINE", "FILE, row N" or "FILE" into out, which it returns. */
const char *fray_rows_where(const char *file, size_t line, bool line_is_row, char out[512]);
/** The same of a row: by line, by number, or by the file that it stands for. */
const char *fray_rows_place(const struct rows *rows, size_t row, char out[512]);
/** Text of a scalar node. what: key for the message. INPUT: it is a list or a map. */
enum fray_status fray_import_scalar(const struct fray_node *node, const char *what,
                                    const char **out, struct fray_err *err);

#endif
