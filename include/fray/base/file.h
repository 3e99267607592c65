/* Files and folders: whole reads, and writes that are never seen half done. */
#ifndef FRAY_BASE_FILE_H
#define FRAY_BASE_FILE_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** True unless it surely is not there: of what may not be looked at, its opening tells why. */
bool fray_file_exists(const char *path);
bool fray_is_folder(const char *path);
/** INPUT unless it is a folder whose files may be listed and reached; says which it is not. */
enum fray_status fray_folder_there(const char *path, struct fray_err *err);
/** Size in bytes; INPUT if it cannot be read or is no regular file. */
enum fray_status fray_file_size(const char *path, uint64_t *size, struct fray_err *err);
/** Whole file, NUL added. INPUT when missing, unreadable or larger than limit bytes. Caller frees.
 */
enum fray_status fray_file_read(const char *path, size_t limit, struct fray_text *text,
                                struct fray_err *err);
/** The same of a text: INPUT, with the line, if it holds a NUL byte, at which others would end. */
enum fray_status fray_file_read_text(const char *path, size_t limit, struct fray_text *text,
                                     struct fray_err *err);
/** FOLDER/NAME into out (4096). INPUT when too long. */
enum fray_status fray_folder_path(const char *folder, const char *name, char out[4096],
                                  struct fray_err *err);
/** Creates a folder and its parents; existing ones are fine. IO on failure. */
enum fray_status fray_make_folders(const char *path, struct fray_err *err);
/** Removes a file or a whole folder; a missing one is fine. IO on failure. */
enum fray_status fray_remove_tree(const char *path, struct fray_err *err);
/** Writes a draft beside it (fray/base/draft.h), syncs it, renames it to path, syncs the folder.
 *  IO on failure; MEMORY, with nothing at path, once an allocation of the program was lost
 *  (fray/base/memory.h). */
enum fray_status fray_file_write(const char *path, const void *data, size_t size,
                                 struct fray_err *err);
/** As fray_file_write, but also when memory was lost: how a run ended must be told. */
enum fray_status fray_file_write_last(const char *path, const void *data, size_t size,
                                      struct fray_err *err);
/** As fray_file_write, but nothing is synced: for what is written often and may be lost when the
 *  machine stops. */
enum fray_status fray_file_replace(const char *path, const void *data, size_t size,
                                   struct fray_err *err);
/** Waits until a file, or the names in a folder, are on the disk. IO on failure. */
enum fray_status fray_file_sync(const char *path, struct fray_err *err);

/** Copies a file: written beside, synced, renamed. INPUT: `from` cannot be read; IO. */
enum fray_status fray_file_copy(const char *from, const char *to, struct fray_err *err);

/** Expands a folder, file or glob pattern to a sorted list of files that end in `suffix` (folder)
 * or match.  names: malloc'ed array of malloc'ed strings; free with fray_names_free. INPUT if none.
 */
enum fray_status fray_file_list(const char *pattern, const char *suffix, char ***names, size_t *n,
                                struct fray_err *err);
void fray_names_free(char **names, size_t n);

/** A kernel lock on FOLDER/NAME that ends with the process: of one holder, or shared by those that
 *  ask for sharing. Waits at most `seconds` (an instant if 0: who only looks whether it is held may
 *  hold it). INPUT when someone else holds it otherwise, or the folder may not be written.
 *  handle: >= 0, give to fray_unlock. */
enum fray_status fray_lock(const char *folder, const char *name, bool shared, double seconds,
                           int *handle, struct fray_err *err);
void fray_unlock(int handle);
/** Puts it before an error that a folder which this process has locked is no longer there: whatever
 *  the system said when it was missed. */
void fray_lock_blame(const char *folder, struct fray_err *err);
/** Where a folder that this process has locked is now, if someone moved it; else its own name.
 * False: it is gone. */
bool fray_lock_where(const char *folder, char out[4096]);
/** Whether someone holds it now; taken for an instant if not. */
enum fray_lock_state { FRAY_LOCK_FREE, FRAY_LOCK_HELD, FRAY_LOCK_UNKNOWN };
enum fray_lock_state fray_lock_look(const char *folder);

#endif
