/* What comes with the program beside it: scenarios and their data, and where they lie. Looked for
 * from the program's own place, so that a prefix may be moved or packed. */
#include "installed_files.h"

#include "fray/base/file.h"
#include "fray/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 4096 };

/* The folder that this program lies in, without a slash at the end. */
static bool find_program(char folder[MOST]) {
  /* argv[0] would be what a shell was told; this is the file, links followed. */
  const ssize_t size = readlink("/proc/self/exe", folder, MOST - 1);
  if (size <= 0)
    return false;
  folder[size] = '\0';
  char *slash = strrchr(folder, '/');
  if (!slash)
    return false;
  *slash = '\0';
  return true;
}

/* Readable, as who runs the program has to read it. */
bool cli_came_with(const char *folder, const char *name) {
  struct fray_text path = {0};
  fray_text_printf(&path, "%s/scenarios/%s", folder, name);
  const bool found = path.data && access(path.data, R_OK) == 0;
  fray_text_free(&path);
  return found;
}

/* To be freed by the caller. NULL where the program stands alone, as one that was copied out of its
 * folder does. */
char *cli_share(void) {
  /* Beside bin/ of a prefix; above build/ in the sources. */
  static const char *const places[] = {FRAY_SHARE_FROM_PROGRAM, ".."};
  char program[MOST], *whole;
  if (!find_program(program))
    return NULL;
  /* A folder "scenarios" may be anybody's; one with quickstart.yaml in it is the program's. */
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    struct fray_text folder = {0};
    fray_text_printf(&folder, "%s/%s", program, places[i]);
    const bool found = folder.data && cli_came_with(folder.data, "quickstart.yaml");
    whole = found ? realpath(folder.data, NULL) : NULL;
    fray_text_free(&folder);
    if (whole)
      return whole;
  }
  return NULL;
}
