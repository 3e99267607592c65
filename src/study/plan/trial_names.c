/* Sorted names of trials: which share one, and whether a file is of one of them.
 *
 * Folders hold thousands of files, and each is looked up. */
#include "trial_names.h"

#include <stdlib.h>
#include <string.h>

/* qsort() does not keep the order of equals, so the place decides. */
static int by_name(const void *a, const void *b) {
  const struct fray_named_trial *p = a, *q = b;
  int order = strcmp(p->name, q->name);
  return order ? order : (p->trial > q->trial) - (p->trial < q->trial);
}

/* Among equals the one of the sweep's first place: it does the work, the others share it. Names are
 * borrowed from the plan. n may be 0: the list is then empty and not NULL. */
enum fray_status fray_trial_names_sort(const struct fray_plan *plan, size_t n,
                                       struct fray_arena *arena, struct fray_named_trial **out,
                                       struct fray_err *err) {
  struct fray_named_trial *list;
  FRAY_ALLOC(list, arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    list[i] = (struct fray_named_trial){plan->name[i], i};
  qsort(list, n, sizeof *list, by_name);
  *out = list;
  return FRAY_OK;
}

/* In place: the list is the caller's and stays sorted. */
size_t fray_trial_names_unique(struct fray_named_trial *list, size_t n) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (kept == 0 || strcmp(list[kept - 1].name, list[i].name) != 0)
      list[kept++] = list[i];
  return kept;
}

/* The first of equal names, since the list is sorted by place among them. */
size_t fray_trial_names_find(const struct fray_named_trial *list, size_t n, const char *name) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(list[middle].name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low < n && strcmp(list[low].name, name) == 0 ? low : n;
}
