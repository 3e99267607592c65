/* Preloaded: lets the FAIL_AT-th allocation that the program's own code asks for fail (from it on,
 * with FAIL_ON), and writes how many there were to the file FAIL_COUNT. Allocations inside of
 * libraries are not touched. */
#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static uintptr_t first, end; /* of the program's code */
static long calls, fail_at = -1;
static int fails_on, is_ready;

/* The first object is the program. */
static int find_code(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size, (void)unused;
  for (int k = 0; k < info->dlpi_phnum; k++)
    if (info->dlpi_phdr[k].p_type == PT_LOAD && (info->dlpi_phdr[k].p_flags & PF_X)) {
      first = info->dlpi_addr + info->dlpi_phdr[k].p_vaddr;
      end = first + info->dlpi_phdr[k].p_memsz;
    }
  return 1;
}

__attribute__((constructor)) static void begin(void) {
  const char *at = getenv("FAIL_AT");
  dl_iterate_phdr(find_code, NULL);
  fail_at = at ? atol(at) : -1;
  fails_on = getenv("FAIL_ON") != NULL;
  is_ready = 1;
}

__attribute__((destructor)) static void finish(void) {
  const char *path = getenv("FAIL_COUNT");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (file) {
    fprintf(file, "%ld\n", calls);
    fclose(file);
  }
}

static int fails(void *caller) {
  uintptr_t from = (uintptr_t)caller;
  if (!is_ready || from < first || from >= end)
    return 0;
  calls++;
  if (calls != fail_at && !(fails_on && fail_at > 0 && calls > fail_at))
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
