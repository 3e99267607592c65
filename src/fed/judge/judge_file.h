/* Files that judges were fitted to. */
#ifndef JUDGE_FILE_H
#define JUDGE_FILE_H

#include "fray/base/arena.h"
#include "fray/schema/node.h"

/** The YAML of a side file: the bytes are those that rank 0 has read, so that all ranks have the
 * same judge. Arena memory. */
enum fray_status fray_judge_file(const char *path, struct fray_arena *arena, struct fray_node **out,
                                 struct fray_err *err);
/** A text of a map, or "". */
const char *fray_judge_text(const struct fray_node *map, const char *key);

#endif
