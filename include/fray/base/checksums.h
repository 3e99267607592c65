/* checksums.txt of a results folder: hashes of its text files and of results.h5, so that a table
 * that was damaged or edited does not pass for what the run wrote. A line is "HASH  NAME", as
 * `xxh128sum` writes and checks. */
#ifndef FRAY_BASE_CHECKSUMS_H
#define FRAY_BASE_CHECKSUMS_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define FRAY_CHECKSUMS "checksums.txt"

struct fray_checksum {
  const char *name; /* below the folder: "trials.csv", "ledgers/NAME.csv" */
  char hash[33];
};

/** Says what files are about to hold, before they are written: a line is added to those that are
 *  there, and a file is good when any of its lines fits. So a kill in between leaves no false
 * alarm. Of one writer at a time. IO, MEMORY. */
enum fray_status fray_checksums_promise(const char *folder, const struct fray_checksum *sum,
                                        size_t n, struct fray_err *err);
/** All that was promised has been written: of each name only the last line stays. */
enum fray_status fray_checksums_settle(const char *folder, struct fray_err *err);

enum fray_checksum_state {
  FRAY_CHECKSUM_GOOD,
  FRAY_CHECKSUM_UNLISTED, /* the list has no line for it */
  FRAY_CHECKSUM_NO_LIST   /* the folder has no list: an older program made it */
};
/** INPUT when the file FOLDER/NAME is not what one of its lines says, or the list cannot be read.
 *  A file that is missing is good. Reads the file. */
enum fray_status fray_checksums_check(const char *folder, const char *name,
                                      enum fray_checksum_state *state, struct fray_err *err);
/** Likewise for a file that may lie in a results folder, or in a folder of one: "R/scenario.yaml",
 *  "R/ledgers/NAME.csv". Files of no list pass. */
enum fray_status fray_checksums_check_path(const char *path, struct fray_err *err);

#endif
