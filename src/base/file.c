/* Files and folders as they are: what is there, whole reads, comparing, making and removing
 * folders. Errors that the user can mend (a wrong path, rights) are INPUT, those of the disk are
 * IO. And the calls of the system, which do all that they were asked for or say why not. */
#include "draft_parts.h"

#include "fray/base/file.h"
#include "fray/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LENGTH = 4096 };

/* The linker's --wrap, as in memory.c: what the program's own code calls read is __wrap_read. A
 * call that a signal interrupted begins again, and one that did a part does the rest; so no caller
 * takes a part for the whole, or an interruption for a fault. What is short still is so for a
 * reason, which errno has, or for the end of the file. */
#define BOTH(type, name, ...)                                                                      \
  type __real_##name(__VA_ARGS__);                                                                 \
  type __wrap_##name(__VA_ARGS__)
BOTH(int, stat, const char *path, struct stat *out);
BOTH(int, lstat, const char *path, struct stat *out);
BOTH(int, fstat, int file, struct stat *out);
BOTH(int, access, const char *path, int how);
BOTH(int, open, const char *path, int flags, ...);
BOTH(int, openat, int folder, const char *path, int flags, ...);
BOTH(ssize_t, read, int file, void *data, size_t size);
BOTH(ssize_t, pread, int file, void *data, size_t size, off_t from);
BOTH(ssize_t, write, int file, const void *data, size_t size);
BOTH(ssize_t, pwrite, int file, const void *data, size_t size, off_t to);
BOTH(int, fsync, int file);
BOTH(int, ftruncate, int file, off_t size);
BOTH(int, posix_fallocate, int file, off_t from, off_t size);
BOTH(int, flock, int file, int how);
BOTH(FILE *, fopen, const char *path, const char *mode);

/* The mode is there only where a file may be made. */
#define MODE_AFTER(flags, mode)                                                                    \
  do {                                                                                             \
    va_list rest;                                                                                  \
    va_start(rest, flags);                                                                         \
    (mode) = (flags)&O_CREAT ? va_arg(rest, mode_t) : 0;                                           \
    va_end(rest);                                                                                  \
  } while (0)

/* A disk that fails is not taken for a file that is not there. */
static int seen(int result, const char *path) {
  if (result < 0 && errno == EIO)
    fray_memory_note(path, EIO);
  return result;
}

/* The name of an open file is the system's. */
static ssize_t seen_file(ssize_t result, int file) {
  if (result < 0 && errno == EIO)
    base_note_file(file, EIO);
  return result;
}

/* Looks: what is there, and of what kind. Most callers take any failure for a missing file. */
int __wrap_stat(const char *path, struct stat *out) {
  return seen(__real_stat(path, out), path);
}

int __wrap_lstat(const char *path, struct stat *out) {
  return seen(__real_lstat(path, out), path);
}

int __wrap_fstat(int file, struct stat *out) {
  return (int)seen_file(__real_fstat(file, out), file);
}

int __wrap_access(const char *path, int how) {
  return seen(__real_access(path, how), path);
}

int __wrap_open(const char *path, int flags, ...) {
  mode_t mode;
  int file;
  MODE_AFTER(flags, mode);
  do
    file = __real_open(path, flags, mode);
  while (file < 0 && errno == EINTR);
  return seen(file, path);
}

int __wrap_openat(int folder, const char *path, int flags, ...) {
  mode_t mode;
  int file;
  MODE_AFTER(flags, mode);
  do
    file = __real_openat(folder, path, flags, mode);
  while (file < 0 && errno == EINTR);
  return seen(file, path);
}

/* One step of a transfer; what is there when an error comes is told first, as the system does. */
#define TRANSFER(call)                                                                             \
  size_t done = 0;                                                                                 \
  while (done < size) {                                                                            \
    const ssize_t n = (call);                                                                      \
    if (n < 0 && errno == EINTR)                                                                   \
      continue;                                                                                    \
    if (n < 0 && done == 0)                                                                        \
      return -1;                                                                                   \
    if (n <= 0)                                                                                    \
      break;                                                                                       \
    done += (size_t)n;                                                                             \
  }                                                                                                \
  return (ssize_t)done

ssize_t __wrap_read(int file, void *data, size_t size) {
  TRANSFER(seen_file(__real_read(file, (char *)data + done, size - done), file));
}

/* The place goes on with what is done, so that two readers of one file do not disturb each other.
 */
ssize_t __wrap_pread(int file, void *data, size_t size, off_t from) {
  TRANSFER(
      seen_file(__real_pread(file, (char *)data + done, size - done, from + (off_t)done), file));
}

/* What a full disk took of it is told first; the next call says why. */
ssize_t __wrap_write(int file, const void *data, size_t size) {
  TRANSFER(__real_write(file, (const char *)data + done, size - done));
}

ssize_t __wrap_pwrite(int file, const void *data, size_t size, off_t to) {
  TRANSFER(__real_pwrite(file, (const char *)data + done, size - done, to + (off_t)done));
}

/* Of calls that have one result: again, as long as a signal ends them. */
#define REPEAT(call)                                                                               \
  int result;                                                                                      \
  do                                                                                               \
    result = (call);                                                                               \
  while (result < 0 && errno == EINTR);                                                            \
  return result

/* Whether the bytes are on the disk is known only when it returns. */
int __wrap_fsync(int file) {
  REPEAT(__real_fsync(file));
}

int __wrap_ftruncate(int file, off_t size) {
  REPEAT(__real_ftruncate(file, size));
}

/* Waiting locks alone are interrupted; those of the program mostly do not wait. */
int __wrap_flock(int file, int how) {
  REPEAT(__real_flock(file, how));
}

/* The one call that returns its reason instead of setting errno. */
int __wrap_posix_fallocate(int file, off_t from, off_t size) {
  int reason;
  do
    reason = __real_posix_fallocate(file, from, size);
  while (reason == EINTR);
  return reason;
}

/* ---- streams: the C library's end at a call that was interrupted ---- */

/* The number of the file is the cookie, one more, as it must not be NULL. */
static int file_of(void *cookie) {
  return (int)(intptr_t)cookie - 1;
}

static ssize_t stream_read(void *cookie, char *data, size_t size) {
  ssize_t n;
  do /* a part is enough: streams ask again */
    n = __real_read(file_of(cookie), data, size);
  while (n < 0 && errno == EINTR);
  return seen_file(n, file_of(cookie));
}

/* Readers of sounds and pictures go back and forth. */
static int stream_seek(void *cookie, off64_t *place, int whence) {
  const off_t now = lseek(file_of(cookie), *place, whence);
  if (now < 0)
    return -1;
  *place = now;
  return 0;
}

static int stream_close(void *cookie) {
  return close(file_of(cookie));
}

/* For reading, as all streams of the program are (draft.h writes); those of tests write as well.
 * Who looked at a file before it opens it may find a pipe in its place by now, which would never
 * answer, so what was opened is looked at again. */
FILE *__wrap_fopen(const char *path, const char *mode) {
  const cookie_io_functions_t calls = {
      .read = stream_read, .seek = stream_seek, .close = stream_close};
  if (strpbrk(mode, "wa+"))
    return __real_fopen(path, mode);
  struct stat info;
  const int file = __wrap_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return NULL;
  if (__wrap_fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(file);
    errno = EINVAL;
    return NULL;
  }
  FILE *stream = fopencookie((void *)((intptr_t)file + 1), mode, calls);
  if (!stream)
    close(file);
  return stream;
}

/* ---- what is there ---- */

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
  const int reason = errno;
  const bool bad = ferror(file);
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
    return fray_fail(err, FRAY_IO, "%s: cannot be read: %s", path, strerror(reason));
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
  int result;
  do /* what was removed before an interruption stays so */
    result = nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  while (result != 0 && errno == EINTR);
  FRAY_CHECK(result == 0, err, IO, "cannot remove %s: %s", path, strerror(errno));
  return FRAY_OK;
}
