#include "fray/base/file.h"

#include "fray/base/log.h"
#include "fray/base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <libgen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_LENGTH = 4096 };
#define INSTANT 0.2 /* seconds that a look at a lock takes at most, by far */

bool fray_file_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0;
}

bool fray_is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

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

enum fray_status fray_make_folders(const char *path, struct fray_err *err) {
  char part[PATH_LENGTH];
  FRAY_CHECK(*path, err, INPUT, "the path of a folder is empty");
  FRAY_CHECK(strlen(path) < sizeof part, err, INPUT, "path too long: %.80s...", path);
  strcpy(part, path);
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

enum fray_status fray_remove_tree(const char *path, struct fray_err *err) {
  struct stat info;
  if (lstat(path, &info) != 0 && errno == ENOENT)
    return FRAY_OK;
  FRAY_CHECK(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0, err, IO,
             "cannot remove %s: %s", path, strerror(errno));
  return FRAY_OK;
}

static int sync_path(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  int result = fsync(fd);
  /* Some file systems refuse to sync folders; that is no fault of the run. */
  if (result != 0 && (errno == EINVAL || errno == ENOTSUP))
    result = 0;
  close(fd);
  return result;
}

static enum fray_status publish(const char *from, const char *to, struct fray_err *err) {
  char parent[PATH_LENGTH];
  FRAY_CHECK(strlen(to) < sizeof parent, err, INPUT, "path too long: %.80s...", to);
  FRAY_CHECK(sync_path(from) == 0, err, IO, "cannot sync %s: %s", from, strerror(errno));
  FRAY_CHECK(rename(from, to) == 0, err, IO, "cannot rename %s to %s: %s", from, to,
             strerror(errno));
  strcpy(parent, to);
  FRAY_CHECK(sync_path(dirname(parent)) == 0, err, IO, "cannot sync the folder of %s: %s", to,
             strerror(errno));
  return FRAY_OK;
}

enum fray_status fray_file_publish(const char *from, const char *to, struct fray_err *err) {
  FRAY_TRY(fray_memory_check(err)); /* nothing is shown that lacks what found no memory */
  return publish(from, to, err);
}

/* What is not synced may be lost, or empty, when the machine stops. */
enum care { QUICK, SYNCED, LAST_WORDS };
static enum fray_status write_beside(const char *path, const void *data, size_t size,
                                     enum care care, struct fray_err *err) {
  char temporary[PATH_LENGTH];
  int n = snprintf(temporary, sizeof temporary, "%s.tmp", path);
  FRAY_CHECK(n > 0 && (size_t)n < sizeof temporary, err, INPUT, "path too long: %.80s...", path);
  FILE *file = fopen(temporary, "wb");
  FRAY_CHECK(file, err, IO, "cannot write %s: %s", temporary, strerror(errno));
  int reason = size == 0 || fwrite(data, 1, size, file) == size ? 0 : errno;
  if (fclose(file) != 0 && reason == 0)
    reason = errno;
  enum fray_status status = FRAY_OK;
  if (reason)
    status = fray_fail(err, FRAY_IO, "cannot write %s: %s", temporary, strerror(reason));
  else if (care != QUICK)
    status = (care == SYNCED ? fray_file_publish : publish)(temporary, path, err);
  else if (rename(temporary, path) != 0)
    status =
        fray_fail(err, FRAY_IO, "cannot rename %s to %s: %s", temporary, path, strerror(errno));
  if (status != FRAY_OK)
    unlink(temporary);
  return status;
}

enum fray_status fray_file_write(const char *path, const void *data, size_t size,
                                 struct fray_err *err) {
  return write_beside(path, data, size, SYNCED, err);
}

enum fray_status fray_file_replace(const char *path, const void *data, size_t size,
                                   struct fray_err *err) {
  return write_beside(path, data, size, QUICK, err);
}

enum fray_status fray_file_write_last(const char *path, const void *data, size_t size,
                                      struct fray_err *err) {
  return write_beside(path, data, size, LAST_WORDS, err);
}

/* Reason of the failure, 0: none. */
static int copy_bytes(FILE *from, FILE *to) {
  char block[1 << 16];
  size_t n;
  while ((n = fread(block, 1, sizeof block, from)) > 0)
    if (fwrite(block, 1, n, to) != n)
      return errno ? errno : EIO;
  return ferror(from) ? (errno ? errno : EIO) : 0;
}

enum fray_status fray_file_copy(const char *from, const char *to, struct fray_err *err) {
  char temporary[PATH_LENGTH];
  int n = snprintf(temporary, sizeof temporary, "%s.tmp", to);
  FRAY_CHECK(n > 0 && (size_t)n < sizeof temporary, err, INPUT, "path too long: %.80s...", to);
  FILE *in = fopen(from, "rb");
  FRAY_CHECK(in, err, INPUT, "%s: %s", from, strerror(errno));
  FILE *out = fopen(temporary, "wb");
  if (!out) {
    int reason = errno;
    fclose(in);
    return fray_fail(err, FRAY_IO, "cannot write %s: %s", temporary, strerror(reason));
  }
  errno = 0;
  int reason = copy_bytes(in, out);
  if (fclose(out) != 0 && reason == 0)
    reason = errno;
  fclose(in);
  enum fray_status status =
      reason ? fray_fail(err, FRAY_IO, "cannot copy %s to %s: %s", from, to, strerror(reason))
             : fray_file_publish(temporary, to, err);
  if (status != FRAY_OK)
    unlink(temporary);
  return status;
}

static bool same_bytes(FILE *a, FILE *b) {
  char left[1 << 14], right[1 << 14];
  size_t n, m;
  do {
    n = fread(left, 1, sizeof left, a);
    m = fread(right, 1, sizeof right, b);
    if (n != m || memcmp(left, right, n) != 0)
      return false;
  } while (n > 0);
  return !ferror(a) && !ferror(b);
}

enum fray_status fray_file_same(const char *a, const char *b, bool *same, struct fray_err *err) {
  FILE *left = fopen(a, "rb");
  FRAY_CHECK(left, err, INPUT, "%s: %s", a, strerror(errno));
  FILE *right = fopen(b, "rb");
  int reason = errno;
  if (right)
    *same = same_bytes(left, right);
  fclose(left);
  FRAY_CHECK(right, err, INPUT, "%s: %s", b, strerror(reason));
  fclose(right);
  return FRAY_OK;
}

static bool ends_with(const char *name, const char *suffix) {
  size_t n = strlen(name), m = strlen(suffix);
  return n >= m && strcmp(name + n - m, suffix) == 0;
}

struct names {
  char **v;
  size_t n, room;
};

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
    return true; /* reported as a folder without such files */
  bool good = true;
  const struct dirent *entry;
  while (good && (entry = readdir(dir)))
    if (entry->d_name[0] != '.' && ends_with(entry->d_name, suffix))
      good = names_add(names, folder, entry->d_name);
  closedir(dir);
  return good;
}

static bool list_pattern(const char *pattern, struct names *names) {
  glob_t found;
  bool good = true;
  int result = glob(pattern, 0, NULL, &found);
  for (size_t i = 0; result == 0 && good && i < found.gl_pathc; i++)
    if (!fray_is_folder(found.gl_pathv[i]))
      good = names_add(names, "", found.gl_pathv[i]);
  if (result == 0)
    globfree(&found);
  return good && result != GLOB_NOSPACE;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

enum fray_status fray_file_list(const char *pattern, const char *suffix, char ***names, size_t *n,
                                struct fray_err *err) {
  bool folder = fray_is_folder(pattern), good;
  struct names found = {0};
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
  for (size_t i = 0; names && i < n; i++)
    free(names[i]);
  free(names);
}

enum fray_status fray_lock(const char *folder, const char *name, bool shared, double seconds,
                           int *handle, struct fray_err *err) {
  char path[PATH_LENGTH];
  int n = snprintf(path, sizeof path, "%s/%s", folder, name);
  FRAY_CHECK(n > 0 && (size_t)n < sizeof path, err, INPUT, "path too long: %.80s...", folder);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  /* A folder that may not be written is a wrong choice; other failures are the disk's. */
  const bool forbidden = fd < 0 && (errno == EROFS || errno == EACCES || errno == EPERM);
  FRAY_CHECK(!forbidden, err, INPUT, "%s may not be written: %s", path, strerror(errno));
  FRAY_CHECK(fd >= 0, err, IO, "cannot open %s: %s", path, strerror(errno));
  for (double end = fray_seconds() + fmax(seconds, INSTANT);
       flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0;) {
    int reason = errno;
    if (reason != EWOULDBLOCK && reason != EINTR) {
      close(fd);
      return fray_fail(err, FRAY_IO, "cannot lock %s: %s", path, strerror(reason));
    }
    if (fray_seconds() >= end) {
      close(fd);
      return fray_fail(err, FRAY_INPUT, "%s: another run is using this folder", folder);
    }
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
  }
  *handle = fd;
  return FRAY_OK;
}

void fray_unlock(int handle) {
  if (handle >= 0)
    close(handle);
}

enum fray_lock_state fray_lock_look(const char *folder) {
  char path[PATH_LENGTH];
  int n = snprintf(path, sizeof path, "%s/lock", folder);
  if (n <= 0 || (size_t)n >= sizeof path)
    return FRAY_LOCK_UNKNOWN;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT ? FRAY_LOCK_FREE : FRAY_LOCK_UNKNOWN;
  enum fray_lock_state state = FRAY_LOCK_FREE;
  if (flock(fd, LOCK_SH | LOCK_NB) != 0)
    state = errno == EWOULDBLOCK ? FRAY_LOCK_HELD : FRAY_LOCK_UNKNOWN;
  close(fd);
  return state;
}
