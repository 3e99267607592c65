/* The allocator, and the listing of folders, as the program's own code sees them: the C library's,
 * with a note of what failed. Functions that return a number or a name cannot report a lack of
 * memory, the end of a listing looks like a fault of it, and a file that a broken disk does not
 * show like one that is not there; the note keeps what they then return from being taken for a
 * result. */
#include "draft_parts.h"

#include "fray/base/memory.h"

#include <dirent.h>
#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes of the first allocation that failed; 0: none has. No thread but the first allocates. The
 * first is the one to tell: those that follow are mostly small, and would mislead. */
static size_t lost;

static void *noted(void *memory, size_t size) {
  if (!memory && size && !lost)
    lost = size;
  return memory;
}

/* The linker's --wrap: what is called malloc elsewhere is __wrap_malloc, and __real_malloc is the
 * library's. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

/* Libraries are linked as they are: what HDF5 or OpenBLAS lack they report themselves. */
void *__wrap_malloc(size_t size) {
  return noted(__real_malloc(size), size);
}

void *__wrap_calloc(size_t count, size_t size) {
  size_t bytes;
  /* Such a request fails in the library as well; the note then says as much as can be. */
  if (__builtin_mul_overflow(count, size, &bytes))
    bytes = (size_t)-1;
  return noted(__real_calloc(count, size), bytes);
}

void *__wrap_realloc(void *memory, size_t size) {
  return noted(__real_realloc(memory, size), size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return noted(__real_aligned_alloc(alignment, size), size);
}

char *__wrap_strdup(const char *text) {
  return noted(__real_strdup(text), strlen(text) + 1);
}

char *__wrap_strndup(const char *text, size_t n) {
  return noted(__real_strndup(text, n), strnlen(text, n) + 1);
}

/* Past the note: the old block still holds all that is wanted of it. */
void *fray_memory_shrink(void *memory, size_t size) {
  void *smaller = __real_realloc(memory, size);
  return smaller ? smaller : memory;
}

/* Pieces from here on lie apart and go back to the system when they are freed. glibc raises the
 * bound to the largest piece that it ever saw freed, up to 32 MiB, and then keeps between features
 * and texts, which grow by doubling, holes that nothing fits into: of 79 MiB that a rank of the
 * quickstart held 6 were such. */
void fray_memory_large_apart(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
#endif
}

void fray_memory_give_back(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

/* Why a folder could not be listed to its end, or a file not be looked at, and which one; 0: none.
 */
static struct {
  int reason;
  char path[256];
} unseen;

void fray_memory_note(const char *what, int reason) {
  if (unseen.reason)
    return;
  unseen.reason = reason;
  snprintf(unseen.path, sizeof unseen.path, "%s", what);
}

void base_note_file(int file, int reason) {
  char link[64], path[256] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  fray_memory_note(n > 0 ? path : "a file", reason);
}

DIR *__real_opendir(const char *path);
struct dirent *__real_readdir(DIR *entries);
DIR *__wrap_opendir(const char *path);
struct dirent *__wrap_readdir(DIR *entries);

/* A folder that is not there, or of somebody else, is for the caller to judge. */
DIR *__wrap_opendir(const char *path) {
  DIR *entries;
  do
    entries = __real_opendir(path);
  while (!entries && errno == EINTR);
  if (!entries && (errno == EIO || errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
    const int reason = errno;
    fray_memory_note(path, reason);
    errno = reason;
  }
  return entries;
}

/* errno alone tells a fault from the end. */
struct dirent *__wrap_readdir(DIR *entries) {
  const int before = errno;
  errno = 0;
  struct dirent *entry = __real_readdir(entries);
  if (!entry && errno && errno != ENOENT) /* ENOENT: it was removed meanwhile, and is empty */
    base_note_file(dirfd(entries), errno);
  errno = before;
  return entry;
}

bool fray_memory_lost(void) {
  return lost != 0 || unseen.reason != 0;
}

uint64_t fray_memory_lost_bytes(void) {
  return lost;
}

/* The first alone, as of allocations: what follows is mostly its echo. */
int fray_memory_unseen(const char **what) {
  *what = unseen.path;
  return unseen.reason;
}

/* What a child was refused, of which its parent knows by the child's word. */
void fray_memory_note_lost(uint64_t bytes) {
  noted(NULL, (size_t)bytes);
}

enum fray_status fray_memory_check(struct fray_err *err) {
  FRAY_CHECK(!lost, err, MEMORY, "out of memory (%zu bytes were asked for)", lost);
  FRAY_CHECK(unseen.reason != ENOMEM, err, MEMORY, "out of memory: %s", unseen.path);
  FRAY_CHECK(!unseen.reason, err, IO, "%s: %s", unseen.path, strerror(unseen.reason));
  return FRAY_OK;
}

/* For tests, which go on after a failure that they asked for. */
void fray_memory_forget(void) {
  lost = 0;
  unseen.reason = 0;
}
