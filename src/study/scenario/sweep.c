/* The sweep: grids multiply, zips go in step, entries multiply with one another.
 *
 * It knows keys and values and nothing of what they mean: what a key is, is checked where it is
 * set. */
#include "scenario.h"

#include "fray/base/size.h"

#include <string.h>

enum { MOST_CELLS = 100000 };

static size_t find(const char *const *names, size_t n, const char *name) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0)
      return i;
  return n;
}

/* Entry j of list k at [j * n_keys + k]; lists are chains, and walking each again is slow. The room
 * is checked by multiplication, as lists of the scenario may be of any length. All lists have at
 * least as many entries as the first one. */
static enum fray_status table_of(const struct fray_node *const *lists, size_t n_keys,
                                 struct fray_arena *arena, const struct fray_node ***out,
                                 struct fray_err *err) {
  const struct fray_node **entry;
  size_t room;
  FRAY_CHECK(fray_size_mul(lists[0]->n, n_keys, &room), err, MEMORY, "out of memory");
  FRAY_ALLOC(entry, arena, room, err);
  for (size_t k = 0; k < n_keys; k++) {
    size_t j = 0;
    for (const struct fray_node *value = lists[k]->child; value; value = value->next)
      entry[j++ * n_keys + k] = value;
  }
  *out = entry;
  return FRAY_OK;
}

/* All points x `count` settings of one factor; setting j of factor keys sets value[k] to entry j.
 * /. Points of before stay in the arena: they are few beside those that they are multiplied to.
 * Keys and values are pointers into the tree of the scenario. */
static enum fray_status multiply(struct fray_axis_point **points, size_t *n,
                                 const struct fray_node *const *lists, size_t n_keys, size_t count,
                                 struct fray_arena *arena, struct fray_err *err) {
  size_t total;
  /* Before memory is taken: a few long lists multiply to more than there is. */
  FRAY_CHECK(fray_size_mul(*n, count, &total) && total <= MOST_CELLS, err, INPUT,
             "sweep: more than %d cells", MOST_CELLS);
  struct fray_axis_point *fresh;
  const struct fray_node **entry = NULL;
  FRAY_TRY(table_of(lists, n_keys, arena, &entry, err));
  FRAY_ALLOC(fresh, arena, total, err);
  /* The last key varies fastest, as in nested loops. */
  for (size_t i = 0; i < *n; i++) {
    for (size_t j = 0; j < count; j++) {
      struct fray_axis_point *p = &fresh[i * count + j], *old = &(*points)[i];
      p->n = old->n + n_keys;
      FRAY_ALLOC(p->key, arena, p->n, err);
      FRAY_ALLOC(p->value, arena, p->n, err);
      for (size_t k = 0; k < old->n; k++) {
        p->key[k] = old->key[k];
        p->value[k] = old->value[k];
      }
      for (size_t k = 0; k < n_keys; k++) {
        p->key[old->n + k] = lists[k]->key;
        p->value[old->n + k] = entry[j * n_keys + k];
      }
    }
  }
  *points = fresh;
  *n = total;
  return FRAY_OK;
}

/* A key that is swept twice would multiply with itself. All points have the same keys, so the first
 * one speaks for them. */
static enum fray_status check_list(const struct fray_node *list, const struct fray_axis_point *seen,
                                   struct fray_err *err) {
  char where[256];
  fray_node_where(list, where);
  FRAY_TRY(fray_study_key_check(list->key, "sweep", list, err));
  const bool named = list->kind == FRAY_NODE_MAP;
  FRAY_CHECK((named || list->kind == FRAY_NODE_LIST) && list->n > 0, err, INPUT,
             "%s: sweep: %s must be a list of at least one value", where, list->key);
  /* A number with a name would be no number on an axis. */
  for (const struct fray_node *v = named ? list->child : NULL; v; v = v->next) {
    FRAY_CHECK(v->kind == FRAY_NODE_MAP || v->kind == FRAY_NODE_LIST, err, INPUT,
               "%s: sweep: %s: names are for maps and lists; give '%s' its title in titles.values",
               fray_node_where(v, where), list->key, v->key);
    FRAY_CHECK(fray_title_is_seen(v->key), err, INPUT, "%s: sweep: %s: the name '%s' is blank",
               fray_node_where(v, where), list->key, v->key);
  }
  FRAY_CHECK(find((const char *const *)seen->key, seen->n, list->key) == seen->n, err, INPUT,
             "%s: sweep: %s is swept twice", where, list->key);
  return FRAY_OK;
}

/* Settings of a factor (one list of a grid, all lists of a zip) must differ from one another.
 * Compared by what values mean to the tree, not by spelling alone; the first pair that is found is
 * told. */
static enum fray_status check_distinct(const struct fray_node *const *lists, size_t n_keys,
                                       struct fray_arena *arena, struct fray_err *err) {
  char where[256];
  const struct fray_node **entry = NULL;
  struct fray_hash128 *setting, *value;
  size_t count = lists[0]->n, first = 0, again = 0;
  FRAY_TRY(table_of(lists, n_keys, arena, &entry, err));
  FRAY_ALLOC(setting, arena, count, err);
  FRAY_ALLOC(value, arena, n_keys, err);
  for (size_t i = 0; i < count; i++) {
    for (size_t k = 0; k < n_keys; k++)
      FRAY_TRY(fray_node_hash(entry[i * n_keys + k], &value[k], err));
    setting[i] = fray_hash128_of(value, n_keys * sizeof *value);
  }
  FRAY_TRY(fray_hash128_twice(setting, count, &first, &again, err));
  if (again == count)
    return FRAY_OK;
  const struct fray_node *twice = entry[first * n_keys];
  FRAY_CHECK(!twice->key, err, INPUT, "%s: sweep: %s: %s and %s are the same value%s",
             fray_node_where(entry[again * n_keys], where), lists[0]->key, twice->key,
             entry[again * n_keys]->key,
             n_keys > 1 ? ", with the same values of the other keys" : "");
  return fray_fail(err, FRAY_INPUT, "%s: sweep: %s has the value %s twice%s",
                   fray_node_where(lists[0], where), lists[0]->key,
                   twice->kind == FRAY_NODE_SCALAR ? twice->scalar : "given",
                   n_keys > 1 ? ", with the same values of the other keys" : "");
}

/* A grid is a product of its keys; a zip is one factor whose keys move together. The keys of a grid
 * are multiplied one by one as they come, so a key that stands twice in one grid is found too;
 * those of a zip are looked at together. */
static enum fray_status expand_entry(const struct fray_node *entry, struct fray_arena *arena,
                                     struct fray_axis_point **points, size_t *n,
                                     struct fray_err *err) {
  char where[256];
  fray_node_where(entry, where);
  const struct fray_node *body =
      entry->kind == FRAY_NODE_MAP && entry->n == 1 ? entry->child : NULL;
  bool grid = body && strcmp(body->key, "grid") == 0, zip = body && strcmp(body->key, "zip") == 0;
  FRAY_CHECK((grid || zip) && body->kind == FRAY_NODE_MAP && body->n > 0, err, INPUT,
             "%s: sweep: each entry is {grid: {KEY: [values]}} or {zip: {KEY: [values]}}", where);
  const struct fray_node **lists;
  FRAY_ALLOC(lists, arena, body->n, err);
  size_t k = 0;
  for (const struct fray_node *list = body->child; list; list = list->next) {
    FRAY_TRY(check_list(list, &(*points)[0], err));
    lists[k++] = list;
    FRAY_CHECK(grid || list->n == lists[0]->n, err, INPUT,
               "%s: sweep: zip needs lists of one length; %s has %zu values, %s has %zu", where,
               list->key, list->n, lists[0]->key, lists[0]->n);
    /* In a zip values may stand twice, but two names would make two things of one value. */
    if (grid || list->kind == FRAY_NODE_MAP)
      FRAY_TRY(check_distinct(&list, 1, arena, err));
    if (grid) {
      FRAY_TRY(multiply(points, n, &list, 1, list->n, arena, err));
    }
  }
  if (zip)
    FRAY_TRY(check_distinct(lists, k, arena, err));
  return zip ? multiply(points, n, lists, k, lists[0]->n, arena, err) : FRAY_OK;
}

/* Methods that no sweep entry names are all run: they are there to be compared. The list is made
 * here, as if the scenario had a grid of `method` at the end of its sweep; messages about it name
 * the line of `methods`. */
static enum fray_status expand_methods(const struct fray_node *methods, struct fray_arena *arena,
                                       struct fray_axis_point **points, size_t *n,
                                       struct fray_err *err) {
  struct fray_node *list = fray_arena_zero(arena, 1, sizeof *list);
  FRAY_CHECK(list, err, MEMORY, "out of memory");
  *list = (struct fray_node){
      .kind = FRAY_NODE_LIST, .source = methods->source, .line = methods->line, .key = "method"};
  struct fray_node **link = &list->child;
  for (const struct fray_node *m = methods->child; m; m = m->next, link = &(*link)->next) {
    *link = fray_node_scalar(m->key, m->source, m->line, arena);
    FRAY_CHECK(*link, err, MEMORY, "out of memory");
    list->n++;
  }
  const struct fray_node *lists[1] = {list};
  return list->n ? multiply(points, n, lists, 1, list->n, arena, err) : FRAY_OK;
}

/* Points keep the order in which they are written, since tables and figures show them so. */
enum fray_status fray_sweep_expand(const struct fray_node *root, struct fray_arena *arena,
                                   struct fray_axis_point **points, size_t *n,
                                   struct fray_err *err) {
  const struct fray_node *sweep = fray_node_get(root, "sweep");
  const struct fray_node *methods = fray_node_get(root, "methods");
  FRAY_ALLOC_ZERO(*points, arena, 1, err);
  *n = 1;
  char where[256];
  if (sweep && sweep->kind != FRAY_NODE_NULL) {
    fray_node_where(sweep, where);
    FRAY_CHECK(sweep->kind == FRAY_NODE_LIST, err, INPUT,
               "%s: sweep: a list of {grid: ...} and {zip: ...} is expected", where);
    for (const struct fray_node *entry = sweep->child; entry; entry = entry->next)
      FRAY_TRY(expand_entry(entry, arena, points, n, err));
  }
  if (methods && methods->kind != FRAY_NODE_NULL) {
    fray_node_where(methods, where);
    FRAY_CHECK(methods->kind == FRAY_NODE_MAP, err, INPUT,
               "%s: methods: a map from names to keys is expected", where);
    bool swept =
        find((const char *const *)(*points)[0].key, (*points)[0].n, "method") < (*points)[0].n;
    if (!swept)
      FRAY_TRY(expand_methods(methods, arena, points, n, err));
  }
  return FRAY_OK;
}
