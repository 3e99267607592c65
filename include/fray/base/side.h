/* Side files: the small files that a scenario names beside its shards (a partition, cohorts,
 * ledgers). One rank reads them, once; all ranks work on those bytes, however often they are
 * parsed, whatever lies behind the same path on another host, and whatever becomes of the files
 * while a study runs. */
#ifndef FRAY_BASE_SIDE_H
#define FRAY_BASE_SIDE_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>
#include <stdint.h>

/** The bytes of a file as fray_file_read gives them: those that were kept under this path, or else
 *  the file's own. A failure that was kept is given again; a folder is refused. Caller frees.
 * INPUT, IO, MEMORY. */
enum fray_status fray_side_read(const char *path, size_t limit, struct fray_text *text,
                                struct fray_err *err);
/** The bytes of a file, or the bundle of a folder (fray/base/bundle.h), without a copy: *data
 * (size) lasts until fray_side_forget. Before fray_side_close it is read and kept if it was not
 * added. As fray_side_read. */
enum fray_status fray_side_view(const char *path, size_t limit, const char **data, size_t *size,
                                struct fray_err *err);
/** What a path holds now, from the disk: a file's bytes, or a folder's bundle. Caller frees. INPUT,
 * IO, MEMORY. */
enum fray_status fray_side_fetch(const char *path, size_t limit, struct fray_text *text,
                                 struct fray_err *err);
/** How often the store was emptied: whoever keeps what it gave looks whether that is still there.
 */
uint64_t fray_side_age(void);
/** Keeps bytes under one path more: *bytes of fray_side_store. MEMORY. */
struct fray_side_bytes;
/** Takes bytes (why: NULL), or the failure to read them. Borrowed by the paths that are added. */
enum fray_status fray_side_store(const char *data, size_t size, const struct fray_err *why,
                                 struct fray_side_bytes **out, struct fray_err *err);
enum fray_status fray_side_add(const char *path, const struct fray_side_bytes *bytes,
                               struct fray_err *err);
/** From now on a path that was not added is INTERNAL: several ranks would each read their own. */
void fray_side_close(void);
/** Forgets all paths and bytes, and opens the store again. */
void fray_side_forget(void);

#endif
