/* The file `state`: how a run stands, or ended. */
#ifndef FRAY_RESULTS_RUN_STATE_H
#define FRAY_RESULTS_RUN_STATE_H

#include "fray/base/status.h"

#include <stdbool.h>

/** Writes FOLDER/state, in place where the disk has no room for a second file. IO. Rank 0. */
enum fray_status fray_state_write(const char *folder, const char *state, struct fray_err *err);
/** Whether a text begins as what runs write there, with one of their four words. */
bool fray_state_is_known(const char *text);
/** State of a run that did not come to its end: interrupted or failed, and why. */
void fray_state_end(const char *folder, struct fray_err *why);

#endif
