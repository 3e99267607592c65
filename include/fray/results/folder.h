/* The results folder: what lies in it, and who may write there. */
#ifndef FRAY_RESULTS_FOLDER_H
#define FRAY_RESULTS_FOLDER_H

#include "fray/base/file.h"
#include "fray/base/text.h"

/** True if the folder holds anything that a run leaves. */
bool fray_folder_holds_run(const char *folder);
/** INPUT when it holds a file of somebody else, or (holds: a run's files) no `state`. Such files
 * are neither mixed with results nor removed by --overwrite. */
enum fray_status fray_folder_foreign(const char *folder, bool holds, struct fray_err *err);
/** The same of the folders in it, which --overwrite removes with all that they hold. */
enum fray_status fray_folder_foreign_below(const char *folder, struct fray_err *err);
/** INPUT when one of the files that a run leaves is a link, a pipe, a device, a folder, or lies
 * under a folder that is a link: who gave the folder away would say what is read and written
 * outside of it. One look at each name, so it can be asked of folders of others before anything is
 * opened. with_files false: of its folders alone, by who writes files anew, which replaces links.
 */
enum fray_status fray_folder_own(const char *folder, bool with_files, struct fray_err *err);
/** Removes what a run left, but its state. */
enum fray_status fray_folder_clear(const char *folder, struct fray_err *err);
/** Locks the folder for the one run that may write into it. wait: up to half a minute, for the
 * ranks of a run that was killed. INPUT when another run holds it, MPI when this run's launcher
 * ended while it waited. Rank 0. */
enum fray_status fray_folder_lock(const char *folder, bool wait, int *lock, struct fray_err *err);
/** Says that this rank of the run, not rank 0, may be writing: the next run waits for it. must: it
 *  is a fault if that cannot be said. */
enum fray_status fray_folder_join(const char *folder, bool must, int *lock, struct fray_err *err);
/** INPUT unless the folder holds what a run leaves: state, scenario.yaml, parts, models, ... */
enum fray_status fray_folder_results(const char *folder, struct fray_err *err);
/** INPUT if `out`, given as -o, lies in a folder of that folder which a run or its report writes.
 * One of another name in it is fine: instruments have theirs there. */
enum fray_status fray_folder_apart(const char *out, const char *folder, struct fray_err *err);
/** Writes FOLDER/NAME, whose hash is put into the folder's checksums first. IO, MEMORY. Rank 0. */
enum fray_status fray_folder_put(const char *folder, const char *name, const struct fray_text *text,
                                 struct fray_err *err);
/** INPUT when FOLDER/NAME is not as it was written. One that is missing, or of which no checksum
 *  speaks, passes. */
enum fray_status fray_folder_trust(const char *folder, const char *name, struct fray_err *err);
/** Removes what a killed run left of trials that are finished now: files half written, checkpoints.
 *  The folder is locked, and nobody writes to it. Rank 0. */
enum fray_status fray_folder_tidy(const char *folder, struct fray_err *err);

#endif
