/* An HDF5 file of a results folder in the making. */
#ifndef FRAY_RESULTS_OUTPUT_H
#define FRAY_RESULTS_OUTPUT_H

#include "fray/base/draft.h"
#include "fray/h5/h5.h"

/** An HDF5 file in the making. */
struct fray_output {
  fray_h5 file;
  struct fray_draft draft; /* its bytes are draft.path until it is closed */
  const char *listed_in;   /* folder whose checksums are to name it, or NULL; set after opening */
};
/** Creates it as a draft of path. INPUT: path too long; IO. */
enum fray_status fray_output_open(struct fray_output *output, const char *path,
                                  struct fray_err *err);
/** Closes it, seals it, and renames it into place if status is OK; else, or if that fails, frees
 * its room on the disk. Returns status, or what closing or renaming gave. */
enum fray_status fray_output_close(struct fray_output *output, enum fray_status status,
                                   struct fray_err *err);

#endif
