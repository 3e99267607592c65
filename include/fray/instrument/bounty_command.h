/* Bias bounty on finished models: certificates are judged one after another on test clients that
 * serve to verify, and what came of it is reported on the others.
 *
 * Three roles of data, which never meet: dev samples choose groups (find), some test clients say
 * whether a certificate holds (verify), the others what the mended model is worth (report). */
#ifndef FRAY_INSTRUMENT_BOUNTY_COMMAND_H
#define FRAY_INSTRUMENT_BOUNTY_COMMAND_H

#include "fray/base/log.h"
#include "fray/base/text.h"
#include "fray/comm/comm.h"

/** What is asked for. Borrowed. */
struct fray_bounty_wish {
  const char *folder;       /* results with kept models */
  const char *const *files; /* (n_files) certificates, and terms: see docs/instruments.md */
  size_t n_files;
  bool hunt;               /* looks for certificates as well */
  const char *out;         /* folder; NULL: FOLDER/bounty */
  bool overwrite;          /* replaces that */
  const char *const *sets; /* (n_sets) "KEY=VALUE" of where data lie now */
  size_t n_sets;
  bool mixed;     /* models of another numeric environment as well */
  size_t columns; /* of the lines that are said */
};

/** Judges the certificates in the order of the files, then those that the hunters found, and writes
 *  submissions.csv, list.yaml, versions.csv, teams.csv and columns.csv as one folder. said: one
 *  word for each and what came of it, for people; on rank 0. Nothing depends on the number of
 *  ranks. INPUT, and nothing written: no results, not done, no models; a certificate that speaks of
 *  what there is not, of the label, or of other models; more certificates than the budget.
 *  Collective. */
enum fray_status fray_bounty(const struct fray_bounty_wish *wish, struct fray_comm *comm,
                             struct fray_text *said, struct fray_err *err);

#endif
