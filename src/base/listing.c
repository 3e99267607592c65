/* Lists of files: what a folder holds, or what a pattern stands for. In order of names by their
 * bytes, so that the order of shards does not depend on a file system or a locale. */
#include "fray/base/bundle.h"
#include "fray/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdint.h>
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

/* Why the last search was ended. */
static int fault;

/* A disk that fails ends a search; folders that may not be read are passed over. */
static int ends_search(const char *path, int reason) {
  (void)path;
  if (reason == EIO || reason == EMFILE || reason == ENFILE)
    fault = reason;
  return fault;
}

/* A pattern that fits nothing is an empty list; the caller says so with the pattern. */
static bool list_pattern(const char *pattern, struct names *names) {
  glob_t found;
  bool good = true;
  int result = glob(pattern, 0, ends_search, &found);
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
  fault = 0;
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
  if (!folder && fault) {
    fray_names_free(found.v, found.n);
    return fray_fail(err, FRAY_IO, "%s: cannot be listed: %s", pattern, strerror(fault));
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

/* Bundles never reach a disk: what made one reads it, or another rank of the same job. A mark, then
 * of each file two sizes, its name and its bytes. */
enum { DEEPEST = 16 };
static const char mark[16] = "\211fray bundle 1\n";

/* below: "" or the path from the folder on, with a slash behind. Links are followed, so that a
 * folder of links does; a loop of them ends at DEEPEST. */
static enum fray_status list_below(const char *folder, const char *below, int depth,
                                   struct names *out, struct fray_err *err) {
  char here[4096], name[4096];
  FRAY_TRY(fray_folder_path(folder, below, here, err));
  FRAY_CHECK(depth <= DEEPEST, err, INPUT, "%s: more than %d folders one in another", here,
             DEEPEST);
  FRAY_TRY(fray_folder_there(here, err));
  DIR *dir = opendir(here);
  FRAY_CHECK(dir, err, INPUT, "%s: cannot be listed: %s", here, strerror(errno));
  enum fray_status status = FRAY_OK;
  const struct dirent *entry;
  while (status == FRAY_OK && (entry = readdir(dir))) {
    if (entry->d_name[0] == '.')
      continue;
    char path[4096];
    /* Room for the slash and the NUL. */
    const int length = snprintf(name, sizeof name, "%s%s", below, entry->d_name);
    if (length < 0 || (size_t)length + 2 > sizeof name)
      status = fray_fail(err, FRAY_INPUT, "%s: a path below is too long", here);
    if (status == FRAY_OK)
      status = fray_folder_path(folder, name, path, err);
    if (status != FRAY_OK)
      continue;
    if (fray_is_folder(path)) {
      strcat(name, "/");
      status = list_below(folder, name, depth + 1, out, err);
    } else {
      status = names_add(out, "", name) ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
    }
  }
  closedir(dir);
  return status;
}

/* With its NUL, so that a name is a text where it lies. */
static enum fray_status add_file(const char *folder, const char *name, size_t limit,
                                 struct fray_text *text, struct fray_err *err) {
  char path[4096];
  struct fray_text file = {0};
  FRAY_TRY(fray_folder_path(folder, name, path, err));
  FRAY_TRY(fray_file_read(path, limit, &file, err));
  /* Of this machine's order of bytes: ranks of one job share it. */
  const uint64_t sizes[2] = {strlen(name) + 1, file.size};
  fray_text_add(text, (const char *)sizes, sizeof sizes);
  fray_text_add(text, name, (size_t)sizes[0]);
  fray_text_add(text, file.data, file.size);
  fray_text_free(&file);
  FRAY_CHECK(!text->failed, err, MEMORY, "%s: out of memory", folder);
  FRAY_CHECK(text->size <= limit, err, INPUT, "%s: more than the limit of %zu bytes", folder,
             limit);
  return FRAY_OK;
}

/* Sizes first: a folder that was named by mistake may hold a whole disk. */
static enum fray_status check_sizes(const char *folder, const struct names *names, size_t limit,
                                    struct fray_err *err) {
  uint64_t sum = 0; /* with what a bundle adds to each file */
  FRAY_CHECK(names->n, err, INPUT, "%s: the folder holds no files", folder);
  for (size_t i = 0; i < names->n; i++) {
    char path[4096];
    uint64_t size;
    FRAY_TRY(fray_folder_path(folder, names->v[i], path, err));
    FRAY_TRY(fray_file_size(path, &size, err));
    sum += size + strlen(names->v[i]) + 32;
    FRAY_CHECK(sum <= limit, err, INPUT, "%s: its files have more than the limit of %zu bytes",
               folder, limit);
  }
  return FRAY_OK;
}

/* Sorted after all of it was listed: folders are read in whatever order a disk has. */
enum fray_status fray_bundle_read(const char *folder, size_t limit, struct fray_text *text,
                                  struct fray_err *err) {
  struct names names = {0};
  enum fray_status status = list_below(folder, "", 0, &names, err);
  if (status == FRAY_OK)
    status = check_sizes(folder, &names, limit, err);
  if (names.n)
    qsort(names.v, names.n, sizeof *names.v, by_name);
  if (status == FRAY_OK)
    fray_text_add(text, mark, sizeof mark);
  for (size_t i = 0; status == FRAY_OK && i < names.n; i++)
    status = add_file(folder, names.v[i], limit, text, err);
  fray_names_free(names.v, names.n);
  if (status != FRAY_OK)
    fray_text_free(text);
  return status;
}

bool fray_bundle_is(const char *data, size_t size) {
  return size >= sizeof mark && memcmp(data, mark, sizeof mark) == 0;
}

/* A plain file may begin with the mark by chance or by malice: no size is believed. */
bool fray_bundle_next(const char *data, size_t size, size_t *at, struct fray_bundle_file *out,
                      struct fray_err *err) {
  uint64_t sizes[2];
  if (*at == 0)
    *at = sizeof mark;
  if (*at == size)
    return false;
  const size_t left = size > *at ? size - *at : 0;
  bool whole = left >= sizeof sizes;
  if (whole) {
    memcpy(sizes, data + *at, sizeof sizes);
    const size_t rest = left - sizeof sizes;
    const char *name = data + *at + sizeof sizes;
    whole = sizes[0] >= 1 && sizes[0] <= rest && sizes[1] <= rest - sizes[0] &&
            name[sizes[0] - 1] == '\0';
    if (whole) {
      *out = (struct fray_bundle_file){name, name + sizes[0], (size_t)sizes[1]};
      *at += sizeof sizes + (size_t)sizes[0] + (size_t)sizes[1];
      return true;
    }
  }
  fray_fail(err, FRAY_INPUT, "the bundle ends within a file");
  return false;
}
