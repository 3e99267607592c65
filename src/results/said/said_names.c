/* Clients of many trials in one list, so that the same people have the same number everywhere. */
#include "said_values.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool said_same_names(const struct said_names *a, const struct said_names *b) {
  bool same = a->n == b->n;
  for (size_t i = 0; same && i < a->n; i++)
    same = strcmp(a->name[i], b->name[i]) == 0;
  return same;
}

/* Most lists are one, whose names are taken once. */
static bool is_that_before(const struct said_names *list, size_t t) {
  return t && list[t].name == list[t - 1].name;
}

enum fray_status said_unite(const struct said_names *list, size_t n, struct fray_arena *work,
                            struct fray_arena *arena, const char ***out, size_t *count,
                            struct fray_err *err) {
  const char **all;
  size_t n_all = 0, kept = 0;
  for (size_t t = 0; t < n; t++)
    n_all += is_that_before(list, t) ? 0 : list[t].n;
  FRAY_ALLOC(all, work, n_all + 1, err);
  n_all = 0;
  for (size_t t = 0; t < n; t++)
    for (size_t i = 0; i < list[t].n && !is_that_before(list, t); i++)
      all[n_all++] = list[t].name[i];
  qsort(all, n_all, sizeof *all, compare_names);
  for (size_t i = 0; i < n_all; i++)
    if (kept == 0 || strcmp(all[i], all[kept - 1]) != 0)
      all[kept++] = all[i];
  FRAY_ALLOC(*out, arena, kept + 1, err);
  for (size_t i = 0; i < kept; i++) {
    (*out)[i] = fray_arena_strdup(arena, all[i]);
    FRAY_CHECK((*out)[i], err, MEMORY, "out of memory");
  }
  *count = kept;
  return FRAY_OK;
}

size_t said_place_of(const char *name, const char *const *all, size_t n) {
  const char *const *hit = bsearch(&name, all, n, sizeof *hit, compare_names);
  return (size_t)(hit - all);
}
