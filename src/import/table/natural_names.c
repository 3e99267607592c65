/* Names in natural order, which is that of clients, classes and values of groups in shards: "s2"
 * before "s10". It compares bytes, not letters of a locale, so every machine sorts alike. */
#include "natural_names.h"

#include "fray/codec/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Compares two runs of digits as numbers of any length and steps over them. */
/* Longer is larger once zeros in front are gone; no number is too large for that. */
static int compare_digits(const char **a, const char **b) {
  const char *x = *a + strspn(*a, "0"), *y = *b + strspn(*b, "0");
  size_t n = strspn(x, "0123456789"), m = strspn(y, "0123456789");
  int order = n != m ? (n < m ? -1 : 1) : memcmp(x, y, n);
  *a = x + n;
  *b = y + m;
  return order;
}

/* A total order: names that look equal are told apart by their bytes, so that sorting never depends
 * on where they stood. */
int fray_natural_order(const char *a, const char *b) {
  const char *p = a, *q = b;
  while (*p && *q) {
    if (isdigit((unsigned char)*p) && isdigit((unsigned char)*q)) {
      int order = compare_digits(&p, &q);
      if (order)
        return order;
      continue;
    }
    if (*p != *q)
      return (unsigned char)*p < (unsigned char)*q ? -1 : 1;
    p++, q++;
  }
  if (*p || *q)
    return *p ? 1 : -1;
  return strcmp(a, b); /* "a01" and "a1" */
}

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
