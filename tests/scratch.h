/* For tests: names of files and folders of their own below TMPDIR, or /tmp. In memory a write that
 * waits for the disk takes no time, and some tests have a thousand of them. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRATCH = 64 };

/* out = TMPDIR/name, a template of mkdtemp or mkstemp mostly; a longer TMPDIR than a path of the
 * tests has room for is not used. Returns out. */
static inline char *scratch(char out[SCRATCH], const char *name) {
  const char *tmp = getenv("TMPDIR");
  snprintf(out, SCRATCH, "%s/%s", tmp && *tmp && strlen(tmp) <= 30 ? tmp : "/tmp", name);
  return out;
}

#endif
