/* A table of texts in the columns of a terminal. */
#ifndef REPORT_SHOW_TEXT_TABLE_H
#define REPORT_SHOW_TEXT_TABLE_H

#include "fray/base/arena.h"
#include "fray/base/text.h"

#include <stddef.h>

/** Rows and columns with their labels; texts borrowed, safe for a terminal. */
struct fray_rep_text_table {
  size_t n_rows, n_columns;
  const char **row, **column;
  const char **cell; /* (n_rows, n_columns) "": empty */
};

/** Appends it in at most `width` columns (at least 20): as it is if that fits, else turned about,
 *  else as a block for each of its columns. A cell is never parted; a label goes on in the next
 *  line. Memory of arena is for the way. */
void fray_rep_put_text_table(const struct fray_rep_text_table *table, size_t width,
                             struct fray_arena *arena, struct fray_text *out);

#endif
