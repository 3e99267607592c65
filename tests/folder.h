/* For tests: a folder of the test program's own below /tmp, made before its tests and removed
 * after. */
#ifndef FOLDER_H
#define FOLDER_H

#include "fray/base/file.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];

static inline int make_folder(void **state) {
  (void)state;
  scratch(folder, "fray-test-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state) {
  (void)state;
  return fray_remove_tree(folder, NULL) == FRAY_OK && !fray_file_exists(folder) ? 0 : -1;
}

/* FOLDER/name; valid until the next call but seven. */
static inline const char *in_folder(const char *name) {
  static char paths[8][600];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

#endif
