/* Bundles: the files of a folder as one run of bytes, so that one rank can read them for all. */
#ifndef FRAY_BASE_BUNDLE_H
#define FRAY_BASE_BUNDLE_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/** All plain files in a folder and below it, but for those whose name, or a folder's on the way,
 *  begins with a dot; in order of their paths by bytes. *text must be empty; caller frees. INPUT:
 * no folder, no files, one that cannot be read, more than limit bytes (known before any is read),
 * more than 16 folders one in another. */
enum fray_status fray_bundle_read(const char *folder, size_t limit, struct fray_text *text,
                                  struct fray_err *err);
/** True if bytes are a bundle. */
bool fray_bundle_is(const char *data, size_t size);

/** A file of a bundle: its path below the folder and its bytes, which lie in the bundle. */
struct fray_bundle_file {
  const char *name, *data;
  size_t size;
};
/** The file at *at (0: the first), which moves to the next; false at the end. INPUT (in *err, and
 * false): the bytes end within a file. */
bool fray_bundle_next(const char *data, size_t size, size_t *at, struct fray_bundle_file *out,
                      struct fray_err *err);

#endif
