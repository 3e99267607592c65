/* Labels that lie in a table of their own: from which row, or time, to which one a recording shows
 * what. */
#ifndef FRAY_IMPORT_LABEL_RANGES_H
#define FRAY_IMPORT_LABEL_RANGES_H

#include "fray/base/arena.h"
#include "import/table/csv_file.h"
#include "raw_source.h"

enum ranges_in { IN_ROWS, IN_TIME };
struct ranges_config {
  const char *file; /* NULL: the labels are a column of the recording */
  struct csv_format format;
  const struct fray_node *names;
  struct fray_strings on, key; /* fields of the pattern; columns, n 0: of the same names */
  const char *from, *to;       /* columns */
  int in;                      /* enum ranges_in */
};
extern const struct fray_table fray_ranges_table;

/** Sorted by file, then by where they begin; those of one file do not overlap. */
struct label_ranges {
  const char *path;
  int in;
  size_t n;
  struct label_range *range; /* (n) in the arena; private */
};

/** Reads the table; label: its column with the labels. INPUT with file and line: a column that is
 * not there, a place that is no number, a range that ends before it begins, two that overlap. */
enum fray_status fray_ranges_read(const struct source *source, const struct ranges_config *config,
                                  const char *label, struct label_ranges *out,
                                  struct fray_err *err);
/** The ranges of a file: texts of its fields `on`, in their order; numbers may have zeros before
 *  them. *first .. *first + *n. MEMORY. */
enum fray_status fray_ranges_find(struct label_ranges *ranges, const char *const *on, size_t n_on,
                                  struct fray_arena *arena, size_t *first, size_t *n,
                                  struct fray_err *err);
/** The label at a row (from 1, both ends of a range included), or at a time (its end not included),
 *  among n ranges from first on; NULL: none. O(log n). */
const char *fray_ranges_at(const struct label_ranges *ranges, size_t first, size_t n, double place);
/** A warning that counts the ranges of no file. */
void fray_ranges_say(const struct label_ranges *ranges, const char *raw);

#endif
