/* Setting one key of a scenario: by --set, by a method, by the sweep.
 *
 * All three go this way, so that a key is found, refused and explained alike, whoever sets it. */
#include "scenario.h"

#include "fray/base/size.h"

#include <stdio.h>
#include <string.h>

enum { MOST_IDS = 64 };

static const struct fray_node *entry_id(const struct fray_node *entry) {
  const struct fray_node *id = fray_node_get(entry, "id");
  return id ? id : fray_node_get(entry, "kind");
}

/* The corruption entry whose id is the first segment of the key, or NULL. */
static struct fray_node *entry_by_id(const struct fray_node *root, const char *id, size_t length) {
  const struct fray_node *list = fray_node_get(root, "corruption");
  if (!list || list->kind != FRAY_NODE_LIST)
    return NULL;
  for (struct fray_node *entry = list->child; entry; entry = entry->next) {
    const struct fray_node *name = entry_id(entry);
    if (name && name->kind == FRAY_NODE_SCALAR && strlen(name->scalar) == length &&
        strncmp(name->scalar, id, length) == 0)
      return entry;
  }
  return NULL;
}

/* Ids of the corruption entries. Returns how many. */
static size_t list_ids(const struct fray_node *root, const char *ids[MOST_IDS]) {
  const struct fray_node *list = fray_node_get(root, "corruption");
  size_t n = 0;
  if (!list || list->kind != FRAY_NODE_LIST)
    return 0;
  for (const struct fray_node *e = list->child; e && n < MOST_IDS; e = e->next) {
    const struct fray_node *id = entry_id(e);
    if (id && id->kind == FRAY_NODE_SCALAR)
      ids[n++] = id->scalar;
  }
  return n;
}

/* "'lost.rate'" for "loss.rate": an id that is near, with a key that entries have; NULL if none. */
static const char *near_entry(const char *const *ids, size_t n, const char *key,
                              struct fray_arena *arena) {
  const char *dot = strchr(key, '.');
  char id[128];
  /* A path of the scenario has dots as well; what follows the first must be a key of entries. */
  if (!dot || (size_t)(dot - key) >= sizeof id ||
      !fray_schema_has(&fray_corruption_table, dot + 1, arena, NULL))
    return NULL;
  snprintf(id, sizeof id, "%.*s", (int)(dot - key), key);
  const char *near = fray_nearest(id, ids, n);
  return near ? fray_arena_printf(arena, "'%s%s'", near, dot) : NULL;
}

/* The nearest key is named, of the schema, of the entries and of the tests alike. */
static enum fray_status unknown_key(const struct fray_node *root, const char *key,
                                    const struct fray_node *value, const char *nearest,
                                    struct fray_arena *arena, struct fray_err *err) {
  const char *ids[MOST_IDS];
  const size_t n = list_ids(root, ids);
  char where[256], list[512];
  fray_node_where(value, where);
  /* Ids first: whoever writes a dot most likely means an entry. */
  const char *meant = near_entry(ids, n, key, arena);
  if (!meant && nearest)
    meant = fray_arena_printf(arena, "'%s'", nearest);
  if (!meant)
    meant = fray_schema_below(&fray_scenario_table, key, arena);
  if (meant)
    return fray_fail(err, FRAY_INPUT, "%s: no key '%s' (did you mean %s?)", where, key, meant);
  snprintf(list, sizeof list, "%.*s", (int)strcspn(key, "."), key);
  const char *first = fray_arena_strdup(arena, list);
  return fray_fail(
      err, FRAY_INPUT,
      "%s: no key '%s' (a dotted path of the scenario, as training.local.lr, or ID.KEY "
      "of a corruption entry; of ids %s)",
      where, key, fray_there_are(first ? first : key, ids, n, list, sizeof list));
}

/* A dotted rest is not known to the table of entries by itself and is checked when the
 * entry is read. */
static enum fray_status set_entry(const struct fray_node *root, struct fray_node *entry,
                                  const char *key, const char *rest, struct fray_node *value,
                                  struct fray_arena *arena, struct fray_err *err) {
  const char *nearest = NULL;
  const struct fray_field *field = fray_schema_field(&fray_corruption_table, entry, rest);
  if (!field && !strchr(rest, '.')) {
    fray_schema_has(&fray_corruption_table, rest, arena, &nearest);
    const char *full =
        nearest ? fray_arena_printf(arena, "%.*s.%s", (int)(rest - key - 1), key, nearest) : NULL;
    return unknown_key(root, key, value, full, arena, err);
  }
  return fray_node_set_path(entry, rest, value, arena, err);
}

/* An id goes before a path of the same first word, which ids that are names of sections cannot
 * have. The value is copied: one node may be set in many trees. */
enum fray_status fray_scenario_set(struct fray_node *root, const char *key,
                                   const struct fray_node *value, struct fray_arena *arena,
                                   struct fray_err *err) {
  struct fray_node *copy = fray_node_copy(value, arena);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  const char *dot = strchr(key, '.'), *nearest = NULL;
  struct fray_node *entry = dot ? entry_by_id(root, key, (size_t)(dot - key)) : NULL;
  if (entry)
    return set_entry(root, entry, key, dot + 1, copy, arena, err);
  /* Below tests, names are free; their keys are checked when the cell is read. */
  bool tests = strncmp(key, "tests.", 6) == 0 && fray_node_get(root, "tests");
  if (!tests && !fray_schema_has(&fray_scenario_table, key, arena, &nearest))
    return unknown_key(root, key, value, nearest, arena, err);
  return fray_node_set_path(root, key, copy, arena, err);
}

/* Sweeping the seeds, or a method that sets the sweep, has no meaning that two people would agree
 * on. evaluate.models belongs to them: whether a folder can be evaluated anew must hold for all of
 * it. */
enum fray_status fray_study_key_check(const char *key, const char *by, const struct fray_node *node,
                                      struct fray_err *err) {
  static const char *const whole[] = {"name",      "description", "seeds",     "repeats",
                                      "methods",   "sweep",       "title",     "titles",
                                      "reference", "controls",    "baselines", "report"};
  char where[256];
  size_t n = strcspn(key, ".");
  const char *last = strrchr(key, '.');
  FRAY_CHECK(!last || strcmp(last, ".title") != 0, err, INPUT,
             "%s: %s: '%s': titles belong to the study as a whole and cannot differ between its "
             "cells",
             fray_node_where(node, where), by, key);
  for (size_t i = 0; i < FRAY_COUNT(whole); i++)
    FRAY_CHECK((strlen(whole[i]) != n || strncmp(key, whole[i], n) != 0) &&
                   strcmp(key, "evaluate.models") != 0,
               err, INPUT,
               "%s: %s: '%s' belongs to the study as a whole and cannot differ between its cells",
               fray_node_where(node, where), by, key);
  return FRAY_OK;
}

/* A misspelt name finds its neighbour; any other is shown what there is. */
static enum fray_status unknown_method(const struct fray_node *methods,
                                       const struct fray_node *name, struct fray_arena *arena,
                                       struct fray_err *err) {
  const char **names;
  char where[256], list[512];
  size_t n = 0;
  FRAY_ALLOC(names, arena, methods->n + 1, err);
  for (const struct fray_node *m = methods->child; m; m = m->next)
    names[n++] = m->key;
  return fray_fail(err, FRAY_INPUT, "%s: unknown method '%s'; %s", fray_node_where(name, where),
                   name->scalar, fray_there_are(name->scalar, names, n, list, sizeof list));
}

/* Keys of a method may be dotted paths, and each is set as by --set: no method can do what a
 * scenario cannot. */
enum fray_status fray_method_apply(struct fray_node *root, const struct fray_node *methods,
                                   const struct fray_node *name, struct fray_arena *arena,
                                   struct fray_err *err) {
  char where[256];
  fray_node_where(name, where);
  FRAY_CHECK(name->kind == FRAY_NODE_SCALAR && methods && methods->kind == FRAY_NODE_MAP, err,
             INPUT, "%s: method: the scenario has no `methods`", where);
  const struct fray_node *method = fray_node_get(methods, name->scalar);
  if (!method)
    return unknown_method(methods, name, arena, err);
  FRAY_CHECK(method->kind == FRAY_NODE_MAP || method->kind == FRAY_NODE_NULL, err, INPUT,
             "%s: methods.%s: a map of keys is expected", where, name->scalar);
  const char *by = fray_arena_printf(arena, "methods.%s", name->scalar);
  FRAY_CHECK(by, err, MEMORY, "out of memory");
  for (const struct fray_node *m = method->child; m; m = m->next) {
    if (strcmp(m->key, "title") == 0) /* of the method itself, to people */
      continue;
    FRAY_TRY(fray_study_key_check(m->key, by, m, err));
    FRAY_TRY(fray_scenario_set(root, m->key, m, arena, err));
  }
  return FRAY_OK;
}
