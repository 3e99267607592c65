/* Files of nothing but numbers as text: matrices and columns. They are no CSV: there is no header
 * and no quoting, and blanks separate as commas do. */
#ifndef FRAY_IMPORT_NUMBER_FILES_H
#define FRAY_IMPORT_NUMBER_FILES_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/** One number of decimal text, with blanks and tabs around it at most; false if it is none or not
 *  finite. */
bool fray_number_parse(const char *text, double *out);
/** What is wrong with a number that a float is to hold, for a message; NULL: nothing. */
const char *fray_number_flaw(bool is_number, double value);
/** Text matrix: numbers separated by blanks and tabs, or by commas, one row per line; empty lines
 *  at the end are skipped. out (rows, columns) in the arena. INPUT: ragged rows, empty cells, both
 *  kinds of separators (decimal commas), anything else than finite numbers (with file and line), an
 *  empty file. */
enum fray_status fray_matrix_read(const char *path, struct fray_arena *arena, float **out,
                                  size_t *rows, size_t *columns, struct fray_err *err);
/** A number per line as text, checked to be numbers; canonical decimal form ("1.0" -> "1");
 *  empty lines at the end are skipped. out (n) in the arena. INPUT as above. */
enum fray_status fray_column_read(const char *path, struct fray_arena *arena, const char ***out,
                                  size_t *n, struct fray_err *err);

#endif
