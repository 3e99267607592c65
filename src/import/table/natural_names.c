/* Names in natural order, which is that of clients, classes and values of groups in shards: "s2"
 * before "s10". It compares bytes, not letters of a locale, so every machine sorts alike. */
#include "natural_names.h"

#include "fray/codec/names.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b) {
  return fray_natural_order(*(const char *const *)a, *(const char *const *)b);
}

enum fray_status fray_names_unique(const char *const *names, size_t n, struct fray_arena *arena,
                                   const char ***out, size_t *n_out, struct fray_err *err) {
  const char **sorted;
  FRAY_ALLOC(sorted, arena, n + 1, err);
  if (n)
    memcpy(sorted, names, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, by_name);
  /* Equal by bytes, not by order: "a01" and "a1" are two names. */
  /* Sorted, equal ones are neighbours. */
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (kept == 0 || strcmp(sorted[kept - 1], sorted[i]) != 0)
      sorted[kept++] = sorted[i];
  *out = sorted;
  *n_out = kept;
  return FRAY_OK;
}

size_t fray_names_find(const char *const *names, size_t n, const char *name) {
  const char *const *found = bsearch(&name, names, n, sizeof *names, by_name);
  return found ? (size_t)(found - names) : n;
}

enum fray_status fray_names_clean(const char **name, size_t n, struct fray_arena *arena,
                                  struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    name[i] = fray_name_clean(name[i], arena);
    FRAY_CHECK(name[i], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}
