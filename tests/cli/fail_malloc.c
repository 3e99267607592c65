/* Preloaded: lets the FAIL_AT-th allocation that the program's own code asks for fail (from it on,
 * with FAIL_ON); the file FAIL_COUNT, a long as it lies in memory, is how many there were, also of
 * a process that is killed. FAIL_WHERE, parts of names between commas, lets those of such libraries
 * count and fail as well. FAIL_STACKS is a file that gets a line for each of them: who asked, by
 * way of whom. */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

enum { MOST_PLACES = 64, DEEPEST = 10 };
static struct {
  uintptr_t first, end;
} places[MOST_PLACES]; /* code of the program, then of the libraries that count */
static size_t n_places;
static long fail_at = -1;
static long *calls; /* shared with a child that is forked to read, while the program waits for it */
static int fails_on, is_ready, stacks = -1, is_noting;

static int is_named(const char *library, const char *names) {
  for (const char *from = names; from && *from;) {
    char name[64];
    const size_t n = strcspn(from, ",");
    if (n && n < sizeof name) {
      memcpy(name, from, n);
      name[n] = '\0';
      if (strstr(library, name))
        return 1;
    }
    from += n + (from[n] == ',');
  }
  return 0;
}

/* The first object is the program. */
static int find_code(struct dl_phdr_info *info, size_t size, void *names) {
  (void)size;
  if (n_places > 0 && !is_named(info->dlpi_name, names))
    return 0;
  for (int k = 0; k < info->dlpi_phnum && n_places < MOST_PLACES; k++)
    if (info->dlpi_phdr[k].p_type == PT_LOAD && (info->dlpi_phdr[k].p_flags & PF_X)) {
      places[n_places].first = info->dlpi_addr + info->dlpi_phdr[k].p_vaddr;
      places[n_places].end = places[n_places].first + info->dlpi_phdr[k].p_memsz;
      n_places++;
    }
  return 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("FAIL_AT"), *path = getenv("FAIL_STACKS"), *count = getenv("FAIL_COUNT");
  dl_iterate_phdr(find_code, getenv("FAIL_WHERE"));
  fail_at = at ? atol(at) : -1;
  fails_on = getenv("FAIL_ON") != NULL;
  if (path) {
    void *frames[2];
    stacks = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    backtrace(frames, 2); /* loads what it needs */
  }
  const int file = count ? open(count, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
  if (count && (file < 0 || ftruncate(file, sizeof *calls)))
    abort();
  calls = mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE,
               MAP_SHARED | (count ? 0 : MAP_ANONYMOUS), file, 0);
  if (calls == MAP_FAILED)
    abort();
  if (file >= 0)
    close(file);
  unsetenv("LD_PRELOAD"); /* not for programs that are started from here, as gnuplot */
  is_ready = 1;
}

static void note(void) {
  void *frames[DEEPEST];
  char line[32];
  uint64_t hash = 1469598103934665603ULL;
  if (stacks < 0 || is_noting)
    return;
  is_noting = 1; /* what looks at the stack may allocate */
  const int n = backtrace(frames, DEEPEST);
  for (int k = 2; k < n; k++)
    hash = (hash ^ (uintptr_t)frames[k]) * 1099511628211ULL;
  const int size = snprintf(line, sizeof line, "%016llx\n", (unsigned long long)hash);
  (void)!write(stacks, line, (size_t)size);
  is_noting = 0;
}

static int fails(void *caller) {
  const uintptr_t from = (uintptr_t)caller;
  size_t k = 0;
  while (k < n_places && (from < places[k].first || from >= places[k].end))
    k++;
  if (!is_ready || k == n_places)
    return 0;
  ++*calls;
  note();
  if (*calls != fail_at && !(fails_on && fail_at > 0 && *calls > fail_at))
    return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t size) {
  return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size) {
  return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size) {
  return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(ptr, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  return fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}
