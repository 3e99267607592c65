/* JSON Lines as a table of texts. */
#ifndef FRAY_IMPORT_JSON_LINES_H
#define FRAY_IMPORT_JSON_LINES_H

#include "fray/base/arena.h"
#include "fray/base/csv.h"

/** Reads a file of at most 1 GiB, an object a line (at most 16 MiB; empty lines are skipped), as a
 *  table: a column for each key in the order of their first line, "a.b" for a key b of an object a.
 *  Texts stand as they are, numbers in their shortest form, true and false as words; null and what
 *  a line lacks are empty. A list of such values is its JSON text. All of it in the arena.
 *  INPUT with the line: no JSON object, a key that is there twice, objects in lists or more than 8
 *  deep, more than 4096 keys or 2^28 cells, no line at all. */
enum fray_status fray_json_lines_read(const char *path, struct fray_arena *arena,
                                      struct fray_csv *out, struct fray_err *err);

#endif
