/* Names in the order that people expect, and in their one form. */
#ifndef FRAY_IMPORT_NATURAL_NAMES_H
#define FRAY_IMPORT_NATURAL_NAMES_H

#include "fray/base/arena.h"
#include "fray/base/natural.h"
#include "fray/base/status.h"

#include <stddef.h>

/** Names in natural order without repeats: out (n_out) in the arena; the texts are borrowed. */
enum fray_status fray_names_unique(const char *const *names, size_t n, struct fray_arena *arena,
                                   const char ***out, size_t *n_out, struct fray_err *err);
/** Place of a name in names (n, natural order), or n. O(log n). */
size_t fray_names_find(const char *const *names, size_t n, const char *name);
/** Brings names (n) into their one form (fray_name_clean), in place. MEMORY. */
enum fray_status fray_names_clean(const char **name, size_t n, struct fray_arena *arena,
                                  struct fray_err *err);

#endif
