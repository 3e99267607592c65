/* The tables of a results folder, put together from its trial files. */
#ifndef FRAY_RESULTS_ASSEMBLY_H
#define FRAY_RESULTS_ASSEMBLY_H

#include "fray/base/columns.h"
#include "fray/base/status.h"

#include <stdbool.h>

/** A row of trials.csv to be. Borrowed. */
struct fray_assembly_trial {
  const char *name, *evaluation, *control;
  const char *const *value; /* (swept keys) */
  bool repeats;             /* its scores and rounds are there already: those of a cell before it */
  bool shares_ledger;       /* its ledger is that of a trial before it */
};
struct fray_assembly {
  struct fray_column_words words; /* swept keys, corruption entries, metrics */
  size_t n;
  const struct fray_assembly_trial *trial; /* (n) in sweep order */
};
/** Writes trials.csv, scores.csv, rounds.csv, columns.csv and results.h5, and lists the ledgers in
 *  the folder's checksums. INPUT when a trial file is not what it should be. Rank 0. */
enum fray_status fray_results_assemble(const struct fray_assembly *assembly, const char *folder,
                                       struct fray_err *err);

#endif
