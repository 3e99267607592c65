/* Files of several modalities that are of one sample, since the fields of their names agree. */
#ifndef FRAY_IMPORT_TOGETHER_H
#define FRAY_IMPORT_TOGETHER_H

#include "raw_source.h"

/** Files of one modality: rows as fray_files_find gives them. */
struct together {
  size_t modality;
  struct rows rows;
};

/** A row for each combination of fields that any of the parts (n > 0) has, in the order in which
 *  they come, with the files of all parts that have it; `path` and row_file are those of the first.
 *  Says how many rows lack a file. INPUT: parts of other fields than the first, two files of a part
 *  with the same ones. Expected O(files). */
enum fray_status fray_together(struct source *source, const struct together *parts, size_t n,
                               struct rows *out, struct fray_err *err);

#endif
