/* Shared by the files that make files and folders. */
#ifndef FRAY_BASE_DRAFT_PARTS_H
#define FRAY_BASE_DRAFT_PARTS_H

#include "fray/base/draft.h"

/** A new FOLDER/.NAME.fray-XXXXXXXX; folder may end in a slash, or be empty. INPUT: too long. */
enum fray_status draft_name(const char *folder, const char *name, char out[4096],
                            struct fray_err *err);
/** True of an entry that is such a name for `name`. */
bool draft_is_of(const char *entry, const char *name);
/** Locks a new file; false if a sweep took it before. A file system without locks has no sweeps. */
bool draft_hold(int file);
/** IO if the path lies in a folder that this process has locked, and that is no longer there. */
enum fray_status lock_check(const char *path, struct fray_err *err);
/** 0, or -1 with errno. */
int draft_sync(const char *path);
enum fray_status draft_sync_parent(const char *path, struct fray_err *err);
/** Puts target where a message says path. */
void draft_blame(const char *path, const char *target, struct fray_err *err);

/** fray_memory_note of an open file. */
void base_note_file(int file, int reason);

#endif
