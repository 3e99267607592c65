/* Results folders that are merged: held, read, and what they were made with. */
#ifndef FRAY_RESULTS_SOURCES_H
#define FRAY_RESULTS_SOURCES_H

#include "fray/results/environment.h"

/** One folder, locked while it is open. */
struct fray_source {
  const char *folder;
  int lock;
  struct fray_text scenario; /* scenario.yaml */
  fray_json *provenance;
  size_t parts, named; /* part files, and those of them that are trials of the merged study */
};

/** Opens n folders, each zeroed but for its name. INPUT: not the results of a run, used by another
 *  run, or given twice. fray_sources_close in any case. */
enum fray_status fray_sources_open(struct fray_source *source, size_t n, struct fray_err *err);
void fray_sources_close(struct fray_source *source, size_t n);
/** The different numeric environments of all folders, in their order. *out: in the arena. */
enum fray_status fray_sources_environments(const struct fray_source *source, size_t n,
                                           struct fray_arena *arena, struct fray_environment **out,
                                           size_t *n_out, struct fray_err *err);
/** INPUT, with the first line that differs, unless all were run from one scenario. */
enum fray_status fray_sources_same_scenario(const struct fray_source *source, size_t n,
                                            struct fray_err *err);

#endif
