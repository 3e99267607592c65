/* A list is asked from its newest node on, and mended until no group has lost what it had. */
#include "fray/metric/pointer_list.h"

#include "fray/base/size.h"

#include <string.h>

enum { ROOM = 16 };

/* Room grows by doubling; what is left behind is the arena's and goes with it. */
static enum fray_status grow(struct fray_arena *arena, size_t n, size_t size, void **array,
                             struct fray_err *err) {
  void *more;
  /* Full exactly at the powers of two from ROOM on. */
  if (n < ROOM ? n > 0 : (n & (n - 1)) != 0)
    return FRAY_OK;
  more = fray_arena_zero(arena, FRAY_MAX(2 * n, (size_t)ROOM), size);
  FRAY_CHECK(more, err, MEMORY, "out of memory");
  if (n)
    memcpy(more, *array, n * size);
  *array = more;
  return FRAY_OK;
}

/* Nodes are never taken out nor moved: a version is a number of nodes, and stays what it was. */
static enum fray_status add_node(struct fray_pointer_list *list, size_t group, size_t to,
                                 struct fray_arena *arena, struct fray_err *err) {
  void *node = list->node;
  FRAY_TRY(grow(arena, list->n_nodes, sizeof *list->node, &node, err));
  list->node = node;
  list->node[list->n_nodes++] = (struct fray_list_node){.group = group, .to = to};
  return FRAY_OK;
}

/* What stands now is a version, to which later nodes may point. */
static enum fray_status add_version(struct fray_pointer_list *list, struct fray_arena *arena,
                                    struct fray_err *err) {
  void *end = list->end;
  FRAY_TRY(grow(arena, list->n_versions, sizeof *list->end, &end, err));
  list->end = end;
  list->end[list->n_versions++] = list->n_nodes;
  return FRAY_OK;
}

/* Nothing but the model, which is version 0: a pointer may lead all the way back to it. */
enum fray_status fray_list_begin(struct fray_arena *arena, struct fray_pointer_list *out,
                                 struct fray_err *err) {
  *out = (struct fray_pointer_list){0};
  return add_version(out, arena, err);
}

/* From node `left` down. A pointer goes to a version that ends before it, so this ends. */
static int16_t says(const struct fray_pointer_list *list, size_t left,
                    const struct fray_certified *of, size_t i) {
  while (left > 0) {
    const struct fray_list_node *node = &list->node[--left];
    if (node->group != FRAY_LIST_ALL && !of->member[node->group][i])
      continue;
    if (node->to == FRAY_LIST_ALL)
      return of->answer[node->group][i];
    left = list->end[node->to];
  }
  return of->base[i];
}

int16_t fray_list_says(const struct fray_pointer_list *list, size_t version,
                       const struct fray_certified *of, size_t i) {
  return says(list, list->end[version], of, i);
}

/* Counted and not divided: errors of one group are compared with one another, and all have its n.
 */
static size_t wrong(const struct fray_pointer_list *list, size_t left,
                    const struct fray_certified *of, size_t group, size_t *n) {
  size_t all = 0, out = 0;
  for (size_t i = 0; i < of->n; i++) {
    if (of->label[i] < 0 || (group != FRAY_LIST_ALL && !of->member[group][i]))
      continue;
    all++;
    out += says(list, left, of, i) != of->label[i];
  }
  if (n)
    *n = all;
  return out;
}

size_t fray_list_wrong(const struct fray_pointer_list *list, size_t version,
                       const struct fray_certified *of, size_t group, size_t *n) {
  return wrong(list, list->end[version], of, group, n);
}

/* The first group that is worse off than it was, and its best version: the whole first, then
 * certificates in the order in which they came. False: there is none. */
static bool find_loser(const struct fray_pointer_list *list, const struct fray_certified *of,
                       size_t *group, size_t *version) {
  for (size_t g = 0; g <= list->n_groups; g++) {
    *group = g ? list->group[g - 1] : FRAY_LIST_ALL;
    const size_t now = wrong(list, list->n_nodes, of, *group, NULL);
    size_t best = now;
    for (size_t v = 0; v < list->n_versions; v++) {
      const size_t then = fray_list_wrong(list, v, of, *group, NULL);
      if (then < best) {
        best = then;
        *version = v;
      }
    }
    if (best < now)
      return true;
  }
  return false;
}

/* Each repair takes away mistakes among all samples that verify, so there are no more repairs than
 * mistakes. */
enum fray_status fray_list_update(struct fray_pointer_list *list, size_t certificate,
                                  const struct fray_certified *of, struct fray_arena *arena,
                                  size_t *repairs, struct fray_err *err) {
  size_t group = FRAY_LIST_ALL, version = 0;
  void *groups = list->group;
  FRAY_TRY(grow(arena, list->n_groups, sizeof *list->group, &groups, err));
  list->group = groups;
  list->group[list->n_groups++] = certificate;
  FRAY_TRY(add_node(list, certificate, FRAY_LIST_ALL, arena, err));
  for (*repairs = 0; find_loser(list, of, &group, &version); ++*repairs)
    FRAY_TRY(add_node(list, group, version, arena, err));
  return add_version(list, arena, err);
}
