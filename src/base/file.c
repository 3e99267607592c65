/* Files and folders as they are: what is there, whole reads, comparing, making and removing
 * folders. Errors that the user can mend (a wrong path, rights) are INPUT, those of the disk are
 * IO. */
#include "draft_parts.h"

#include "fray/base/file.h"

#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LENGTH = 4096 };

/* What cannot be told for want of rights is there: who opens it then says so. */
bool fray_file_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 ||
         (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG && errno != ELOOP);
}

bool fray_is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Rights are asked for as well: glob and readdir would show an empty folder instead. */
enum fray_status fray_folder_there(const char *path, struct fray_err *err) {
  struct stat info;
  int reason = stat(path, &info) == 0 ? 0 : errno;
  FRAY_CHECK(reason != ENOENT, err, INPUT, "%s: no such folder", path);
  FRAY_CHECK(reason != 0 || S_ISDIR(info.st_mode), err, INPUT, "%s: is not a folder", path);
  if (reason == 0 && access(path, R_OK | X_OK) != 0)
    reason = errno;
  FRAY_CHECK(reason == 0, err, INPUT, "%s: %s", path, strerror(reason));
  return FRAY_OK;
}

/* Neither a pipe, whose size says nothing, nor a device, which has no end. */
enum fray_status fray_file_size(const char *path, uint64_t *size, struct fray_err *err) {
  struct stat info;
  FRAY_CHECK(stat(path, &info) == 0, err, INPUT, "%s: %s", path, strerror(errno));
  FRAY_CHECK(S_ISREG(info.st_mode), err, INPUT, "%s: not a regular file", path);
  *size = (uint64_t)info.st_size;
  return FRAY_OK;
}

enum fray_status fray_file_read(const char *path, size_t limit, struct fray_text *text,
                                struct fray_err *err) {
  uint64_t size = 0;
  FRAY_TRY(fray_file_size(path, &size, err));
  FRAY_CHECK(size <= limit, err, INPUT, "%s: %llu bytes, more than the limit of %zu", path,
             (unsigned long long)size, limit);
  FILE *file = fopen(path, "rb");
  FRAY_CHECK(file, err, INPUT, "%s: %s", path, strerror(errno));
  /* Read to the end rather than by the size: a file may grow or shrink meanwhile. */
  char block[1 << 16];
  size_t n;
  while ((n = fread(block, 1, sizeof block, file)) > 0 && text->size <= limit)
    fray_text_add(text, block, n);
  bool bad = ferror(file);
  fclose(file);
  fray_text_puts(text, "");
  bool grown = text->size > limit; /* since its size was asked */
  bool lacks = text->failed;
  if (!bad && !grown && !lacks)
    return FRAY_OK;
  fray_text_free(text);
  if (lacks)
    return fray_fail(err, FRAY_MEMORY, "%s: out of memory", path);
  if (bad)
    return fray_fail(err, FRAY_IO, "%s: cannot be read", path);
  return fray_fail(err, FRAY_INPUT, "%s: more than the limit of %zu bytes", path, limit);
}

/* The line is told, since a NUL is mostly one damaged place in a text, or all of UTF-16. */
enum fray_status fray_file_read_text(const char *path, size_t limit, struct fray_text *text,
                                     struct fray_err *err) {
  size_t line = 1;
  FRAY_TRY(fray_file_read(path, limit, text, err));
  const char *zero = memchr(text->data, '\0', text->size);
  if (!zero)
    return FRAY_OK;
  for (const char *p = text->data; p < zero; p++)
    line += *p == '\n';
  fray_text_free(text);
  return fray_fail(err, FRAY_INPUT, "%s:%zu: holds a NUL byte: no text in UTF-8", path, line);
}

enum fray_status fray_folder_path(const char *folder, const char *name, char out[4096],
                                  struct fray_err *err) {
  int n = snprintf(out, 4096, "%s/%s", folder, name);
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", folder);
  return FRAY_OK;
}

enum fray_status fray_make_folders(const char *path, struct fray_err *err) {
  char part[PATH_LENGTH];
  FRAY_CHECK(*path, err, INPUT, "the path of a folder is empty");
  FRAY_CHECK(strlen(path) < sizeof part, err, INPUT, "path too long: %.80s...", path);
  FRAY_TRY(lock_check(path, err));
  strcpy(part, path);
  /* From the first part on; 0777 is cut by the umask, as the user wants it. */
  for (char *p = part + 1;; p++) {
    if (*p != '/' && *p != '\0')
      continue;
    char end = *p;
    *p = '\0';
    /* A folder that exists may fail otherwise than by EEXIST (read-only or automounted). */
    if (mkdir(part, 0777) != 0) {
      int reason = errno;
      FRAY_CHECK(fray_is_folder(part), err, IO, "cannot create folder %s: %s", part,
                 strerror(reason));
    }
    *p = end;
    if (end == '\0')
      break;
  }
  return FRAY_OK;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place) {
  (void)info, (void)kind, (void)place;
  return remove(path);
}

/* FTW_PHYS: a link is removed, never what it points to. FTW_DEPTH: a folder after what it holds. */
enum fray_status fray_remove_tree(const char *path, struct fray_err *err) {
  struct stat info;
  FRAY_TRY(lock_check(path, err));
  if (lstat(path, &info) != 0 && errno == ENOENT)
    return FRAY_OK;
  FRAY_CHECK(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0, err, IO,
             "cannot remove %s: %s", path, strerror(errno));
  return FRAY_OK;
}
