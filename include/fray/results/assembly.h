/* The tables of a results folder, put together from its trial files. */
#ifndef FRAY_RESULTS_ASSEMBLY_H
#define FRAY_RESULTS_ASSEMBLY_H

#include "fray/base/columns.h"
#include "fray/base/status.h"
#include "fray/data/dataset.h"
#include "fray/metric/membership.h"
#include "fray/results/strengths.h"

#include <stdbool.h>

/** A row of trials.csv to be. Borrowed. */
struct fray_assembly_trial {
  const char *name, *evaluation, *control;
  const char *const *value; /* (swept keys) */
  bool repeats;             /* its scores and rounds are there already: those of a cell before it */
  size_t cell;              /* trials of one cell follow one another: seeds are all that differs */
  const struct fray_membership_config *membership; /* of the cell; NULL: nobody is attacked */
  bool shares_ledger;                              /* its ledger is that of a trial before it */
};
enum { FRAY_MOVED = 4 };
/** A row of conditions.csv to be: a key that says how strong an entry of a condition is, or that
 * the study or the test varies. Borrowed. */
struct fray_assembly_key {
  const char *condition, *entry, *kind, *key, *unit;
  double severity, value; /* NaN: none; a key that trials vary */
  bool swept;
  double asked; /* share of its units that the law of the condition's only entry hits in the mean;
                   NaN: it has none, or there are several */
  double raw_moved, features_moved; /* by all entries together, as shares; NaN: no raw value is */
  double moved[FRAY_MAX_MODALITIES][FRAY_MOVED]; /* of each modality of the words: the same two, the
                                                    share of its numbers that changed, the signal
                                                    to what was added in dB; NaN: none */
  double none; /* the value at which nothing happens; NaN: there is none */
  int worse;   /* +1: more is worse, -1: less is, 0: it has no order */
};
struct fray_assembly {
  struct fray_column_words words;               /* swept keys, corruption entries, metrics */
  const struct fray_strength_meaning *strength; /* (n_strengths) */
  size_t n_strengths;
  size_t n;
  const struct fray_assembly_trial *trial; /* (n) in sweep order */
  size_t n_keys;
  const struct fray_assembly_key *key; /* (n_keys) */
};
/** Writes trials.csv, scores.csv, rounds.csv, those tables that a training has something for,
 * conditions.csv, strengths.csv, columns.csv and results.h5, and lists the ledgers in the folder's
 * checksums. INPUT when a trial file is not what it should be. Rank 0.
 */
enum fray_status fray_results_assemble(const struct fray_assembly *assembly, const char *folder,
                                       struct fray_err *err);

#endif
