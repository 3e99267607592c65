/* The overrides of --set: each is one key of the tree, whatever its kind.
 *
 * A scenario that says itself what the key is to be in some of its cells wins over nothing
 * silently: such an override is refused. */
#include "scenario.h"

#include "fray/base/size.h"

#include <string.h>

/* In the order of the command line, so that of two for one key the later one holds. */
static enum fray_status apply_sets(struct fray_node *root, const char *const *sets, size_t n,
                                   struct fray_arena *arena, struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    const char *equal = strchr(sets[i], '=');
    FRAY_CHECK(equal && equal != sets[i], err, INPUT, "--set %s: KEY=VALUE is expected", sets[i]);
    char *key = fray_arena_strndup(arena, sets[i], (size_t)(equal - sets[i]));
    FRAY_CHECK(key, err, MEMORY, "out of memory");
    /* The value is a YAML document of its own, under a key so that any kind of value may stand. */
    char *text = fray_arena_printf(arena, "value: %s\n", equal + 1);
    struct fray_node *wrapped;
    enum fray_status status = fray_yaml_parse(text, "--set", arena, &wrapped, err);
    if (status == FRAY_INPUT)
      return fray_fail(err, FRAY_INPUT, "--set %s: no value in YAML", sets[i]);
    FRAY_TRY(status);
    struct fray_node *value = fray_node_get(wrapped, "value");
    FRAY_CHECK(value && value->kind != FRAY_NODE_NULL, err, INPUT, "--set %s: no value", sets[i]);
    FRAY_TRY(fray_scenario_set(root, key, value, arena, err));
  }
  return FRAY_OK;
}

/* True if a key of the map is this dotted path, lies below it, or holds it. */
static bool has_key(const struct fray_node *map, const char *key, size_t length) {
  for (const struct fray_node *k = map ? map->child : NULL; k; k = k->next) {
    /* A method's own title is no key that it sets. */
    if (k->key && strcmp(k->key, "title") == 0)
      continue;
    size_t other = k->key ? strlen(k->key) : 0, shorter = FRAY_MIN(other, length);
    if (!k->key || strncmp(k->key, key, shorter) != 0)
      continue;
    if (other == length || (other < length ? key[other] : k->key[length]) == '.')
      return true;
  }
  return false;
}

/* A key that a method or the sweep sets as well would silently win over --set. After all were
 * applied, since a --set of the sweep or of a method itself may be what makes them meet. */
static enum fray_status check_sets(const struct fray_node *root, const char *const *sets, size_t n,
                                   struct fray_err *err) {
  const struct fray_node *methods = fray_node_get(root, "methods");
  const struct fray_node *sweep = fray_node_get(root, "sweep");
  for (size_t i = 0; i < n; i++) {
    size_t length = strcspn(sets[i], "=");
    for (const struct fray_node *e = sweep ? sweep->child : NULL; e; e = e->next)
      FRAY_CHECK(!has_key(e->child, sets[i], length), err, INPUT,
                 "--set %s: the scenario sweeps this key; set `sweep` instead", sets[i]);
    for (const struct fray_node *m = methods ? methods->child : NULL; m; m = m->next)
      FRAY_CHECK(!has_key(m, sets[i], length), err, INPUT,
                 "--set %s: method %s sets this key; set methods.%s instead", sets[i], m->key,
                 m->key);
  }
  return FRAY_OK;
}

enum fray_status fray_overrides_apply(struct fray_node *root, const char *const *sets, size_t n,
                                      struct fray_arena *arena, struct fray_err *err) {
  FRAY_TRY(apply_sets(root, sets, n, arena, err));
  return check_sets(root, sets, n, err);
}
