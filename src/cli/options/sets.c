/* KEY=VALUE texts of commands whose keys are a schema, as one map. */
#include "options.h"

#include <string.h>

/* The same map that a scenario would be, so that one reader, with its bounds and hints, serves
 * both. */
enum fray_status cli_read_sets(const char *const *sets, size_t n, struct fray_arena *arena,
                               struct fray_node **out, struct fray_err *err) {
  struct fray_node *map = fray_node_map("--set", 0, arena);
  FRAY_CHECK(map, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++) {
    const char *equal = strchr(sets[i], '=');
    /* "=3" would be a key without a name. */
    FRAY_CHECK(equal && equal != sets[i], err, INPUT, "--set %s: KEY=VALUE is expected", sets[i]);
    char *key = fray_arena_strndup(arena, sets[i], (size_t)(equal - sets[i]));
    /* YAML, as a scenario would say it: lists and quoted words as well. */
    char *text = fray_arena_printf(arena, "value: %s\n", equal + 1);
    FRAY_CHECK(key && text, err, MEMORY, "out of memory");
    struct fray_node *wrapped;
    FRAY_TRY(fray_yaml_parse(text, "--set", arena, &wrapped, err));
    struct fray_node *value = fray_node_get(wrapped, "value");
    FRAY_CHECK(value && value->kind != FRAY_NODE_NULL && wrapped->n == 1, err, INPUT,
               "--set %s: one value is expected", sets[i]);
    FRAY_TRY(fray_node_put(map, key, value, arena, err));
  }
  *out = map;
  return FRAY_OK;
}
