/* Red team on finished models: recipes of damage are searched on dev samples, and what was found is
 * judged once on the test.
 *
 * Two roles of data, which never meet: dev samples choose recipes (find), and test samples say what
 * is left of them (report). */
#ifndef FRAY_INSTRUMENT_REDTEAM_COMMAND_H
#define FRAY_INSTRUMENT_REDTEAM_COMMAND_H

#include "fray/base/log.h"
#include "fray/base/text.h"
#include "fray/comm/comm.h"

/** What is asked for. Borrowed. */
struct fray_redteam_wish {
  const char *folder;      /* results with kept models */
  const char *file;        /* redteam.yaml: see docs/instruments.md */
  const char *out;         /* folder; NULL: FOLDER/redteam */
  int64_t budget;          /* in place of the file's; 0: that */
  int sweep;               /* 0: searches; in place of them 1: every technique alone, 2: every two
                              kinds at severity 2 */
  bool overwrite;          /* replaces the folder */
  const char *const *sets; /* (n_sets) "KEY=VALUE" of where data lie now */
  size_t n_sets;
  bool mixed; /* models of another numeric environment as well */
  enum fray_progress_style progress;
  size_t columns; /* of the lines that are said */
};

/** Searches with each strategy and search seed, judges the ten best finds that differ by effect on
 *  the test, and writes recipes.csv, strategies.csv, finds.csv, pack.yaml and columns.csv as one
 *  folder; of a sweep techniques.csv as well. said: what came of it, for people; on rank 0. Nothing
 * depends on the number of ranks. INPUT, and nothing written: no results, not done, no models,
 * several cells and none chosen; a file that asks for what there is not; no kind that is left by
 * the limits. STOPPED between two recipes, and nothing written. Collective. */
enum fray_status fray_redteam(const struct fray_redteam_wish *wish, struct fray_comm *comm,
                              struct fray_text *said, struct fray_err *err);

#endif
