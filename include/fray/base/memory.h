/* Memory that was asked for in vain. A function that has no way to say so (a metric, a hint) may
 * drop its failed allocation; this remembers it, so that no number that came of it gets out. So it
 * is with a folder that could not be listed to its end, which looks like one that holds less, and
 * with a file that a broken disk does not show (EIO), which looks like one that is not there. */
#ifndef FRAY_BASE_MEMORY_H
#define FRAY_BASE_MEMORY_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** True once an allocation or a listing of this program has failed. The linker sends malloc,
 * calloc, realloc, aligned_alloc, strdup, strndup, opendir and readdir of the program's own code
 * through base (not those inside libraries, which report to their callers). */
bool fray_memory_lost(void);
/** Bytes of the first allocation; 0: none. */
uint64_t fray_memory_lost_bytes(void);
/** What fray_memory_note noted: its reason, and what it was of (static); 0: nothing. */
int fray_memory_unseen(const char **what);
/** A note of an allocation that failed in a child of this process. */
void fray_memory_note_lost(uint64_t bytes);
/** MEMORY, with the size that was asked for, once an allocation has failed; IO, with the file and
 *  the reason, once a listing or a look has; else OK. Asked by
 *  fray_comm_agree, by whatever publishes a file, and at the end of a command. */
enum fray_status fray_memory_check(struct fray_err *err);
/** Notes, the first time, what could not be looked at (EIO and the like) or be had (ENOMEM): what
 *  fray_memory_check tells from then on. For the doors of libraries, whose calls are not sent here.
 *  errno stays. */
void fray_memory_note(const char *what, int reason);
/** Gives back what lies behind the first `size` (at least 1) bytes. Where that fails nothing is
 *  lost, and nothing is noted: the block stays as it is. */
void *fray_memory_shrink(void *memory, size_t size);
/** Lets large pieces lie apart from small ones, so that what was freed is given back. Once, at the
 *  beginning. Does nothing where the C library has no such call. */
void fray_memory_large_apart(void);
/** Gives freed memory back to the system, which the allocator keeps else for what comes: before
 *  work of another kind. Does nothing where the C library has no such call. */
void fray_memory_give_back(void);
/** For tests: forgets it. */
void fray_memory_forget(void);

#endif
