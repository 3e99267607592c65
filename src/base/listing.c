/* Lists of files: what a folder holds, or what a pattern stands for. In order of names by their
 * bytes, so that the order of shards does not depend on a file system or a locale. */
#include "fray/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *name, const char *suffix) {
  size_t n = strlen(name), m = strlen(suffix);
  return n >= m && strcmp(name + n - m, suffix) == 0;
}

struct names {
  char **v;
  size_t n, room;
};

/* Paths are copied one by one: the buffers of readdir and glob do not outlive the next call. */
static bool names_add(struct names *names, const char *folder, const char *name) {
  if (names->n == names->room) {
    size_t room = names->room ? 2 * names->room : 16;
    char **v = realloc(names->v, room * sizeof *v);
    if (!v)
      return false;
    names->v = v;
    names->room = room;
  }
  size_t size = strlen(folder) + strlen(name) + 2;
  char *path = malloc(size);
  if (!path)
    return false;
  snprintf(path, size, "%s%s%s", folder, *folder ? "/" : "", name);
  names->v[names->n++] = path;
  return true;
}

/* Not by a pattern: the folder's own name may hold characters that glob would read. */
static bool list_folder(const char *folder, const char *suffix, struct names *names) {
  DIR *dir = opendir(folder);
  if (!dir)
    return errno != ENOMEM; /* its caller has looked whether it may be read */
  bool good = true;
  const struct dirent *entry;
  while (good && (entry = readdir(dir)))
    /* Hidden files are left out: what is being made has such names (draft.c). */
    if (entry->d_name[0] != '.' && ends_with(entry->d_name, suffix))
      good = names_add(names, folder, entry->d_name);
  closedir(dir);
  return good;
}

/* A pattern that fits nothing is an empty list; the caller says so with the pattern. */
static bool list_pattern(const char *pattern, struct names *names) {
  glob_t found;
  bool good = true;
  int result = glob(pattern, 0, NULL, &found);
  if (result != 0)
    return result != GLOB_NOSPACE;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    /* A pattern such as * finds folders as well. */
    if (fray_is_folder(found.gl_pathv[i]))
      continue;
    good = names_add(names, "", found.gl_pathv[i]);
    if (!good)
      break;
  }
  globfree(&found);
  return good;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

enum fray_status fray_file_list(const char *pattern, const char *suffix, char ***names, size_t *n,
                                struct fray_err *err) {
  bool folder = fray_is_folder(pattern), good;
  struct names found = {0};
  if (folder)
    FRAY_TRY(fray_folder_there(pattern, err));
  if (folder)
    good = list_folder(pattern, suffix, &found);
  else if (fray_file_exists(pattern))
    good = names_add(&found, "", pattern);
  else
    good = list_pattern(pattern, &found);
  if (!good) {
    fray_names_free(found.v, found.n);
    return fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  if (found.n == 0 && folder)
    return fray_fail(err, FRAY_INPUT, "%s: the folder holds no %s file", pattern, suffix);
  FRAY_CHECK(found.n > 0, err, INPUT, "%s: no such file", pattern);
  qsort(found.v, found.n, sizeof *found.v, by_name); /* by bytes, whatever the locale */
  *names = found.v;
  *n = found.n;
  return FRAY_OK;
}

void fray_names_free(char **names, size_t n) {
  if (!names)
    return;
  for (size_t i = 0; i < n; i++)
    free(names[i]);
  free(names);
}
