/* Setting one key of a scenario: by --set, by a method, by the sweep. */
#include "internal.h"

#include "fray/base/size.h"

#include <stdio.h>
#include <string.h>

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

static enum fray_status unknown_key(const struct fray_node *root, const char *key,
                                    const struct fray_node *value, const char *nearest,
                                    struct fray_err *err) {
  char where[256], ids[512] = "";
  const struct fray_node *list = fray_node_get(root, "corruption");
  for (const struct fray_node *e = list && list->kind == FRAY_NODE_LIST ? list->child : NULL; e;
       e = e->next) {
    const struct fray_node *id = entry_id(e);
    size_t used = strlen(ids);
    if (id && id->kind == FRAY_NODE_SCALAR)
      snprintf(ids + used, sizeof ids - used, "%s%s", used ? ", " : "", id->scalar);
  }
  fray_node_where(value, where);
  if (nearest)
    return fray_fail(err, FRAY_INPUT, "%s: no key '%s'; did you mean '%s'?", where, key, nearest);
  return fray_fail(err, FRAY_INPUT,
                   "%s: no key '%s' (a dotted path of the scenario, or ID.KEY of a corruption "
                   "entry; ids: %s)",
                   where, key, ids[0] ? ids : "none");
}

static enum fray_status set_entry(const struct fray_node *root, struct fray_node *entry,
                                  const char *key, const char *rest, struct fray_node *value,
                                  struct fray_arena *arena, struct fray_err *err) {
  const char *nearest = NULL;
  const struct fray_field *field = fray_schema_field(&fray_corruption_table, entry, rest);
  if (!field && !strchr(rest, '.')) {
    fray_schema_has(&fray_corruption_table, rest, arena, &nearest);
    const char *full =
        nearest ? fray_arena_printf(arena, "%.*s.%s", (int)(rest - key - 1), key, nearest) : NULL;
    return unknown_key(root, key, value, full, err);
  }
  return fray_node_set_path(entry, rest, value, arena, err);
}

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
    return unknown_key(root, key, value, nearest, err);
  return fray_node_set_path(root, key, copy, arena, err);
}

enum fray_status fray_study_key_check(const char *key, const char *by, const struct fray_node *node,
                                      struct fray_err *err) {
  static const char *const whole[] = {"name",  "description", "seeds",    "repeats",  "methods",
                                      "sweep", "reference",   "controls", "baselines"};
  char where[256];
  size_t n = strcspn(key, ".");
  for (size_t i = 0; i < FRAY_COUNT(whole); i++)
    FRAY_CHECK(strlen(whole[i]) != n || strncmp(key, whole[i], n) != 0, err, INPUT,
               "%s: %s: '%s' belongs to the study as a whole and cannot differ between its cells",
               fray_node_where(node, where), by, key);
  return FRAY_OK;
}

enum fray_status fray_method_apply(struct fray_node *root, const struct fray_node *methods,
                                   const struct fray_node *name, struct fray_arena *arena,
                                   struct fray_err *err) {
  char where[256];
  fray_node_where(name, where);
  FRAY_CHECK(name->kind == FRAY_NODE_SCALAR && methods && methods->kind == FRAY_NODE_MAP, err,
             INPUT, "%s: method: the scenario has no `methods`", where);
  const struct fray_node *method = fray_node_get(methods, name->scalar);
  if (!method) {
    const char *names[64];
    size_t n = 0;
    for (const struct fray_node *m = methods->child; m && n < 64; m = m->next)
      names[n++] = m->key;
    const char *nearest = fray_nearest(name->scalar, names, n);
    return fray_fail(err, FRAY_INPUT, "%s: unknown method '%s'%s%s%s", where, name->scalar,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "",
                     nearest ? "'?" : "");
  }
  FRAY_CHECK(method->kind == FRAY_NODE_MAP || method->kind == FRAY_NODE_NULL, err, INPUT,
             "%s: methods.%s: a map of keys is expected", where, name->scalar);
  const char *by = fray_arena_printf(arena, "methods.%s", name->scalar);
  FRAY_CHECK(by, err, MEMORY, "out of memory");
  for (const struct fray_node *m = method->child; m; m = m->next) {
    FRAY_TRY(fray_study_key_check(m->key, by, m, err));
    FRAY_TRY(fray_scenario_set(root, m->key, m, arena, err));
  }
  return FRAY_OK;
}
