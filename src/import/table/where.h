/* Which rows of an input become samples: `where`. */
#ifndef FRAY_IMPORT_WHERE_H
#define FRAY_IMPORT_WHERE_H

#include "row_fields.h"

/** Conditions on one field; all that are given must hold. */
struct where_config {
  struct fray_strings in, not_in;
  struct fray_reals range; /* [least, most], both included */
  bool not_empty;
  const char *matches; /* POSIX extended regular expression; or NULL */
  int otherwise;       /* enum unknown_row: texts of which the conditions do not speak */
};
enum unknown_row { UNKNOWN_ROW_ERROR, UNKNOWN_ROW_DROP, UNKNOWN_ROW_KEEP };

/** Writes `where: {FIELD: TEXT}` and `{FIELD: [TEXT, ...]}` of all inputs as `{FIELD: {in: ...}}`.
 *  Called before the YAML is read by its tables. */
enum fray_status fray_where_spell_out(struct fray_node *dataset, struct fray_arena *arena,
                                      struct fray_err *err);
/** Leaves out the rows for which a condition does not hold, with a line that counts them by
 *  condition. where: struct where_config by field. INPUT: an unknown field, a text that is no
 * number where a range is asked for, an expression that is refused, no row that is left. */
enum fray_status fray_rows_where_hold(struct rows *rows, const struct fray_named *where,
                                      struct fray_arena *arena, struct fray_err *err);

#endif
