/* A matrix of what was measured: conditions by measures, each a number with its interval or the
 * reason why there is none; and what was not tested at all. After HELM (Liang et al. 2022,
 * arXiv:2211.09110), which prints how much of its own matrix is filled before any number of it. */
#ifndef FRAY_INSTRUMENT_MATRIX_H
#define FRAY_INSTRUMENT_MATRIX_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct fray_matrix_wish {
  const char *const *folder; /* (n) results folders, at least one */
  size_t n;
  const char *out; /* folder to write; NULL: nothing is written */
  bool overwrite;
  size_t columns; /* of a line of what is said */
};
/** Reads the folders, which stay as they are, writes matrix.csv, families.csv, not_tested.csv,
 * columns.csv and matrix.html, and appends to said what they hold, coverage first. INPUT, nothing
 * written: a folder without finished results, of several labels a sample, or of other classes than
 * the first; a guard of other trainings. IO. */
enum fray_status fray_matrix(const struct fray_matrix_wish *wish, struct fray_text *said,
                             struct fray_err *err);

#endif
