/* The columns of a round as a table, for those who write, read or show all of them alike. */
#include "fray/fed/federation.h"

#include <stddef.h>

#define IS_COUNT true
#define IS_REAL false
#define COLUMN(kind, name, unit, meaning, empty)                                                   \
  {#name, IS_##kind, offsetof(struct fray_round_row, name)},
/* From one list in the header, so that a column cannot be written and forgotten by a reader. */
const struct fray_round_column fray_round_columns[FRAY_N_ROUND_COLUMNS] = {
    FRAY_ROUND_COLUMNS(COLUMN)};
