/* provenance.json: what ran, on what, from what. Times and hosts stand here and nowhere else. */
#ifndef FRAY_RESULTS_PROVENANCE_H
#define FRAY_RESULTS_PROVENANCE_H

#include "fray/json/json.h"
#include "fray/results/data_sets.h"
#include "fray/results/sources.h"

enum { FRAY_PROVENANCE_BYTES = 64 << 20 }; /* more is no provenance.json */

/** What is to be said of a run. Borrowed. */
struct fray_provenance {
  const char *study, *command; /* command may be NULL */
  int ranks;
  const struct fray_dataset *dataset; /* of the first cell */
  const struct fray_data_sets *data;  /* all that were opened */
  struct fray_text starts; /* JSON array of the kept models that trials start from; empty: none
                              do. Its own memory */
  const struct fray_features *features;     /* of dataset; NULL: not opened */
  const struct fray_environment_here *here; /* of this process */
};
/** Writes FOLDER/provenance.json. What an earlier run of the folder noted of environments,
 *  evaluations and merged folders stays. INPUT: the old one cannot be read; IO. Rank 0. */
enum fray_status fray_provenance_write(const struct fray_provenance *run, const char *folder,
                                       struct fray_err *err);
/** Adds that the folder was evaluated anew: command, time, host, ranks. Rank 0. */
enum fray_status fray_provenance_note(const char *folder, const char *command, int ranks,
                                      const struct fray_environment_here *here,
                                      struct fray_err *err);
/** Writes FOLDER/provenance.json of what was merged of n folders: the environments (several: marked
 *  as mixed), and under "merged" what made each. */
enum fray_status fray_provenance_merge(const struct fray_provenance *run,
                                       const struct fray_source *source, size_t n,
                                       const struct fray_environment *environment,
                                       size_t n_environments, const char *folder,
                                       struct fray_err *err);
/** INPUT where both say the names of their classes and these differ, or their order does: numbers
 * of other classes do not compare. root: a folder's provenance.json, may be NULL. *known: both say
 *  them; an older program noted none. */
enum fray_status fray_provenance_same_classes(const fray_json *a, const char *folder_a,
                                              const fray_json *b, const char *folder_b, bool *known,
                                              struct fray_err *err);

#endif
