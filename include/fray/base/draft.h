/* Files and folders in the making. Both are made beside what they become, under a name of fray's
 * own that nobody else has, and are seen whole or not at all. A name in the making is
 * .NAME.fray-XXXXXXXX: a file that its maker holds locked, or a folder of mode 0700 with a locked
 * marker in it. So what a dead process left is known by name, marker and lock, and what others put
 * there is never removed. */
#ifndef FRAY_BASE_DRAFT_H
#define FRAY_BASE_DRAFT_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/** A file in the making. */
struct fray_draft {
  char target[4096]; /* what it becomes */
  char path[4096];   /* where it is until then */
  int file;          /* open for reading and writing, locked; -1: none */
};
/** Creates an empty file, which never was there before (no link is followed). IO; INPUT: the path
 * is too long. Ended by fray_draft_publish or fray_draft_drop. */
enum fray_status fray_draft_open(const char *target, struct fray_draft *draft,
                                 struct fray_err *err);
enum fray_status fray_draft_write(const struct fray_draft *draft, const void *data, size_t size,
                                  struct fray_err *err);
/** Renames it to its target, if `sync` when it is on the disk. Removed if that fails. IO; MEMORY
 *  once an allocation of the program was lost (fray/base/memory.h). */
enum fray_status fray_draft_publish(struct fray_draft *draft, bool sync, struct fray_err *err);
/** Closes and removes it; nothing if there is none. */
void fray_draft_drop(struct fray_draft *draft);
/** Puts the target into a message that names the draft. */
void fray_draft_blame(const struct fray_draft *draft, struct fray_err *err);

/** True of a name that only drafts have, of files and folders. */
bool fray_is_draft(const char *name);
/** Removes the drafts of files in a folder whose makers are dead. What cannot be removed stays. */
void fray_draft_sweep(const char *folder);

/** A folder for the eyes of its maker alone, which goes with all that is in it. */
struct fray_private {
  char path[4096];
  int lock; /* -1: none */
};
/** Makes PARENT/.NAME.fray-XXXXXXXX; removes those of that name whose makers are dead. IO. */
enum fray_status fray_private_open(const char *parent, const char *name, struct fray_private *out,
                                   struct fray_err *err);
/** Removes it; nothing if there is none. */
void fray_private_close(struct fray_private *folder);

/** A folder that is made as a whole. */
struct fray_making {
  char path[4096];               /* where its contents go: an empty folder */
  char target[4096];             /* what it becomes: absolute if that exists, links resolved */
  char parent[4096], made[4096]; /* made: the first folder that was created on the way, or "" */
  struct fray_private beside;
  int claim; /* -1: none */
};
/** Whether that may be begun, tried: INPUT or IO as fray_place_check says. */
enum fray_status fray_making_check(const char *target, struct fray_err *err);
/** Begins to make `target`, whose parents are created. INPUT: the place may not be written, or
 *  another process is making that folder; IO. Ended by fray_making_publish or fray_making_drop.
 *  Zero-initialise: *making is empty unless OK is returned. */
enum fray_status fray_making_open(const char *target, struct fray_making *making,
                                  struct fray_err *err);
/** Puts it in place, at once. replaces: of a folder that is there, which is removed; else only an
 *  empty folder may be (INPUT). Dropped if it fails. */
enum fray_status fray_making_publish(struct fray_making *making, bool replaces,
                                     struct fray_err *err);
/** Removes what was made, and the parents that were created for it. */
void fray_making_drop(struct fray_making *making);
/** Puts the target into a message that names the folder in the making. */
void fray_making_blame(const struct fray_making *making, struct fray_err *err);

/** Whether a folder may be made at `path`, or written into if it is there: tried, with a folder
 * that goes at once. option: what the user gave it as, "-o". INPUT: empty, beyond a file, not
 * writable; IO: the disk is full or broken. */
enum fray_status fray_place_check(const char *option, const char *path, struct fray_err *err);

/** INPUT if a path is `folder`, or lies in it: what is read must not hold what is written of it, or
 * the next reading finds both. Links are resolved; neither need be there. */
enum fray_status fray_place_apart(const char *option, const char *path, const char *folder,
                                  struct fray_err *err);

/** Claims a name in a folder: until fray_claim_end, or the process ends, nobody else has it. INPUT:
 *  "another fray is writing FOLDER/NAME", or the folder may not be written. handle: >= 0. */
enum fray_status fray_claim(const char *folder, const char *name, int *handle,
                            struct fray_err *err);
/** True of a name that only the files of claims have. */
bool fray_is_claim(const char *name);
/** Gives the name back; handle: of fray_claim, which is closed. Below 0: nothing is done. */
void fray_claim_end(const char *folder, const char *name, int handle);

#endif
