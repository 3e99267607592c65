/* Guard: gates on finished models, judged on two fronts. How much of what ought to be refused is,
 * and how much of what ought to be answered is refused as well, by the rate that was asked for and
 * by that which people got whom nobody had seen.
 *
 * Three roles of data, which never meet: scores are fitted to training samples (fit), thresholds to
 * dev samples (find), and what is reported are test samples (report). */
#ifndef FRAY_INSTRUMENT_GUARD_H
#define FRAY_INSTRUMENT_GUARD_H

#include "fray/base/log.h"
#include "fray/base/text.h"
#include "fray/comm/comm.h"

/** What is asked for. Borrowed. */
struct fray_guard_wish {
  const char *folder;      /* results with kept models */
  const char *file;        /* gate.yaml: see docs/instruments.md */
  const char *out;         /* folder; NULL: FOLDER/guard */
  bool overwrite;          /* replaces that */
  const char *const *sets; /* (n_sets) "KEY=VALUE" of where data lie now */
  size_t n_sets;
  bool mixed; /* models of another numeric environment as well */
  enum fray_progress_style progress;
  size_t columns; /* of the lines that are said */
};

/** Fits the gate to each trial that has models, asks them under all conditions, and writes
 *  fronts.csv, overall.csv, groups.csv, roc.csv, risk.csv, curves.csv, columns.csv,
 * gate.fitted.yaml and, with claims, claims.csv as one folder. said: what came of it, for people;
 * on rank 0. Nothing depends on the number of ranks. INPUT, and nothing written: no results, not
 * done, no models; a file that asks for what there is not; too few dev samples; a fitted gate of
 * another model or other dev samples. Collective. */
enum fray_status fray_guard(const struct fray_guard_wish *wish, struct fray_comm *comm,
                            struct fray_text *said, struct fray_err *err);

#endif
