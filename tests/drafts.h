/* For tests: what something in the making, or a lock on its name, has left in a folder. */
#ifndef FRAY_TESTS_DRAFTS_H
#define FRAY_TESTS_DRAFTS_H

#include "fray/base/draft.h"

#include <dirent.h>

static inline int drafts_in(const char *folder) {
  int n = 0;
  DIR *entries = opendir(folder);
  for (const struct dirent *e; entries && (e = readdir(entries));)
    n += fray_is_draft(e->d_name) || fray_is_claim(e->d_name);
  if (entries)
    closedir(entries);
  return n;
}

#endif
