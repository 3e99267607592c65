/* Pairs of terms: does the answer to a text change when nothing but a term is another one?
 *
 * Any exchange of words flips some answers of a small model, so what is said of a pair is how many
 * more it flips than pairs do of which nobody would say that they matter. */
#ifndef FRAY_INSTRUMENT_PAIRS_H
#define FRAY_INSTRUMENT_PAIRS_H

#include "fray/base/log.h"
#include "fray/base/text.h"
#include "fray/comm/comm.h"

/** What is asked for. Borrowed. */
struct fray_pairs_wish {
  const char *folder;      /* results with kept models */
  const char *file;        /* pairs.yaml: see docs/instruments.md */
  const char *out;         /* folder; NULL: FOLDER/pairs */
  bool overwrite;          /* replaces that */
  const char *const *sets; /* (n_sets) "KEY=VALUE" of where data lie now */
  size_t n_sets;
  bool mixed; /* models of another numeric environment as well */
  enum fray_progress_style progress;
  size_t columns; /* of the lines that are said */
};

/** Asks each trial that has models about the test texts that hold a term, as they are and with the
 *  term exchanged, and writes pairs.csv, toward.csv and columns.csv as one folder. said: what came
 * of it, for people; on rank 0. Nothing depends on the number of ranks. INPUT, and nothing written:
 * no results, not done, no models; a modality that is no text; no neutral pairs; a term that is
 * none, or stands twice in a set. Collective. */
enum fray_status fray_pairs(const struct fray_pairs_wish *wish, struct fray_comm *comm,
                            struct fray_text *said, struct fray_err *err);

#endif
