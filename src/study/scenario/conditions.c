/* The conditions of a study's cells: read once for each `tests` that they share; and the paths in
 * `tests`. */
#include "scenario.h"

#include "fray/base/hash.h"

#include <math.h>

/* A path by itself, apart from the entry that it stands in. */
struct one_path {
  const char *path;
};
static const struct fray_field path_fields[] = {
    FRAY_FIELD(PATH, "path", struct one_path, path, .required = true, .help = "A path.")};
static FRAY_TABLE(path_table, "path", struct one_path, path_fields, .help = "A path.");

/* The absolute path that a key of an entry means. The entry is not read for it: its other keys may
 * hold lists that only a point resolves, and what is wrong with them is said where they are read.
 */
static enum fray_status settle_path(struct fray_node *key, struct fray_arena *arena,
                                    struct fray_err *err) {
  struct one_path read;
  struct fray_node *filled, *path = fray_node_copy(key, arena);
  struct fray_node *small = fray_node_map(key->source, key->line, arena);
  FRAY_CHECK(path && small, err, MEMORY, "out of memory");
  FRAY_TRY(fray_node_put(small, "path", path, arena, err));
  if (fray_schema_read(&path_table, small, "", &read, arena, NULL) != FRAY_OK)
    return FRAY_OK;
  FRAY_TRY(fray_schema_fill(&path_table, small, arena, &filled, err));
  key->scalar = fray_node_get(filled, "path")->scalar;
  return FRAY_OK;
}

static enum fray_status settle_entry(const struct fray_table *table, const struct fray_node *entry,
                                     struct fray_arena *arena, struct fray_err *err) {
  for (struct fray_node *key = entry->child; key; key = key->next) {
    const struct fray_field *field =
        key->key && fray_node_get(entry, "kind") ? fray_schema_field(table, entry, key->key) : NULL;
    if (field && field->type == FRAY_PATH && key->kind == FRAY_NODE_SCALAR)
      FRAY_TRY(settle_path(key, arena, err));
  }
  return FRAY_OK;
}

/* scenario.yaml lies in the results folder, from where a path that was relative to the scenario
 * would lead elsewhere. */
enum fray_status fray_tests_settle(struct fray_node *root, struct fray_arena *arena,
                                   struct fray_err *err) {
  const struct fray_node *tests = fray_node_get(root, "tests");
  const struct fray_node *judge = fray_node_at(root, "evaluate.judge");
  if (judge && judge->kind == FRAY_NODE_MAP)
    FRAY_TRY(settle_entry(&fray_judge_table, judge, arena, err));
  for (const struct fray_node *test = tests ? tests->child : NULL; test; test = test->next) {
    const bool is_list = test->kind == FRAY_NODE_LIST;
    for (const struct fray_node *entry = is_list ? test->child : test; entry;
         entry = is_list ? entry->next : NULL)
      FRAY_TRY(settle_entry(&fray_corruption_table, entry, arena, err));
  }
  return FRAY_OK;
}

/* What was read, by the node that it was read from. */
struct fray_tests_read {
  size_t n, room;
  struct known_tests {
    const struct fray_node *tests;
    struct fray_condition *condition;
    size_t n;
  } * slot; /* (room) hash table */
};

/* Open addressing; room is a power of two and never full, so the search ends. By the address of the
 * node: equal trees are one node, as cells share what is equal. */
static struct known_tests *find_tests(const struct fray_tests_read *known,
                                      const struct fray_node *tests) {
  size_t i = (size_t)fray_hash64(&tests, sizeof tests) & (known->room - 1);
  while (known->slot[i].tests && known->slot[i].tests != tests)
    i = (i + 1) & (known->room - 1);
  return &known->slot[i];
}

/* Room for one more, at least half of the table empty. The old table stays in the arena; doubling
 * keeps all old ones together smaller than the new one. */
static enum fray_status make_room(struct fray_study *study, struct fray_err *err) {
  if (!study->tests)
    FRAY_ALLOC_ZERO(study->tests, &study->arena, 1, err);
  struct fray_tests_read *known = study->tests;
  const struct fray_tests_read old = *known;
  if (2 * (known->n + 1) <= known->room)
    return FRAY_OK;
  known->room = old.room ? 2 * old.room : 16;
  FRAY_ALLOC_ZERO(known->slot, &study->arena, known->room, err);
  for (size_t i = 0; i < old.room; i++)
    if (old.slot[i].tests)
      *find_tests(known, old.slot[i].tests) = old.slot[i];
  return FRAY_OK;
}

/* Conditions of controls stand beside the curves, not on one. */
static void forget_strengths(struct known_tests *known) {
  for (size_t i = 0; i < known->n; i++)
    if (fray_is_control_condition(known->condition[i].test)) {
      known->condition[i].parameter = NULL;
      known->condition[i].severity = NAN;
    }
}

/* Thousands of cells share their tests: each node is read once. */
enum fray_status fray_conditions_read(struct fray_study *study, const struct fray_node *tests,
                                      struct fray_condition **out, size_t *n,
                                      struct fray_err *err) {
  *n = 0;
  *out = NULL;
  if (!tests || tests->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  FRAY_TRY(make_room(study, err));
  struct known_tests *known = find_tests(study->tests, tests);
  if (!known->tests) {
    struct known_tests fresh = {.tests = tests};
    FRAY_TRY(
        fray_read_tests(tests, &study->arena, &study->scratch, &fresh.condition, &fresh.n, err));
    forget_strengths(&fresh);
    *known = fresh;
    study->tests->n++;
  }
  *out = known->condition;
  *n = known->n;
  return FRAY_OK;
}
