/* One cell: the frozen tree of a point of the sweep, read into its structs. */
#include "internal.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static enum fray_status read_entries(struct fray_cell *cell, struct fray_arena *arena,
                                     struct fray_err *err) {
  struct fray_corruption_config *list = cell->config.corruption.v;
  cell->n_entries = cell->config.corruption.n;
  FRAY_ALLOC(cell->entry, arena, FRAY_MAX(cell->n_entries, (size_t)1), err);
  const struct fray_node *node = fray_node_get(cell->node, "corruption");
  node = node ? node->child : NULL;
  for (size_t i = 0; i < cell->n_entries; i++, node = node ? node->next : NULL) {
    char where[256] = "scenario";
    if (node)
      fray_node_where(node, where);
    if (!list[i].id)
      list[i].id = fray_corruption_id(&list[i]);
    FRAY_CHECK(list[i].id[0] && !strpbrk(list[i].id, ".,=/\"' \t\n"), err, INPUT,
               "%s: corruption id '%s' must not be empty or hold . , = / quotes or blanks", where,
               list[i].id);
    for (size_t k = 0; k < i; k++)
      FRAY_CHECK(strcmp(list[k].id, list[i].id) != 0, err, INPUT,
                 "%s: corruption id '%s' is used twice; give one of them another `id`", where,
                 list[i].id);
    FRAY_CHECK(!fray_schema_has(&fray_scenario_table, list[i].id, arena, &(const char *){NULL}),
               err, INPUT, "%s: corruption id '%s' is the name of a section", where, list[i].id);
    cell->entry[i] = &list[i];
  }
  return fray_corruption_ids_check(cell->entry, cell->n_entries, err);
}

/* The key of a tests entry that holds a list where its field takes one value: the axis. */
static enum fray_status find_axis(const struct fray_node *entry, const char *name,
                                  const struct fray_node **axis, struct fray_err *err) {
  *axis = NULL;
  char where[256];
  fray_node_where(entry, where);
  FRAY_CHECK(entry->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: tests.%s: a map with `kind` and its keys is expected", where, name);
  for (const struct fray_node *key = entry->child; key; key = key->next) {
    const struct fray_field *field = fray_schema_field(&fray_corruption_table, entry, key->key);
    bool scalar = field && (field->type == FRAY_REAL || field->type == FRAY_INT ||
                            field->type == FRAY_AMOUNT);
    if (key->kind != FRAY_NODE_LIST || !scalar)
      continue;
    FRAY_CHECK(!*axis, err, INPUT, "%s: tests.%s: two lists, %s and %s; one makes a curve", where,
               name, (*axis)->key, key->key);
    FRAY_CHECK(key->n > 0, err, INPUT, "%s: tests.%s.%s: the list is empty", where, name, key->key);
    for (const struct fray_node *a = key->child; a; a = a->next)
      for (const struct fray_node *b = a->next; b; b = b->next)
        FRAY_CHECK(!fray_node_equal(a, b), err, INPUT, "%s: tests.%s.%s: %s stands twice", where,
                   name, key->key, a->kind == FRAY_NODE_SCALAR ? a->scalar : "a value");
    *axis = key;
  }
  return FRAY_OK;
}

/* The absolute path that a key of an entry means. Whatever else is wrong with the entry is said
 * where it is read. */
static enum fray_status settle_path(const struct fray_node *entry, struct fray_node *key,
                                    struct fray_arena *arena, struct fray_err *err) {
  struct fray_corruption_config config;
  struct fray_node *filled, *kind = fray_node_copy(fray_node_get(entry, "kind"), arena);
  struct fray_node *path = fray_node_copy(key, arena);
  struct fray_node *small = fray_node_map(entry->source, entry->line, arena);
  FRAY_CHECK(kind && path && small, err, MEMORY, "out of memory");
  FRAY_TRY(fray_node_put(small, "kind", kind, arena, err));
  FRAY_TRY(fray_node_put(small, key->key, path, arena, err));
  if (fray_schema_read(&fray_corruption_table, small, "", &config, arena, NULL) != FRAY_OK)
    return FRAY_OK;
  FRAY_TRY(fray_schema_fill(&fray_corruption_table, small, arena, &filled, err));
  key->scalar = fray_node_get(filled, key->key)->scalar;
  return FRAY_OK;
}

enum fray_status fray_tests_settle(struct fray_node *root, struct fray_arena *arena,
                                   struct fray_err *err) {
  const struct fray_node *tests = fray_node_get(root, "tests");
  for (const struct fray_node *entry = tests ? tests->child : NULL; entry; entry = entry->next)
    for (struct fray_node *key = entry->child; key; key = key->next) {
      const struct fray_field *field =
          key->key && fray_node_get(entry, "kind")
              ? fray_schema_field(&fray_corruption_table, entry, key->key)
              : NULL;
      if (field && field->type == FRAY_PATH && key->kind == FRAY_NODE_SCALAR)
        FRAY_TRY(settle_path(entry, key, arena, err));
    }
  return FRAY_OK;
}

static enum fray_status read_condition(struct fray_node *entry, const char *name,
                                       struct fray_arena *arena, struct fray_condition *out,
                                       struct fray_err *err) {
  char where[256], path[128];
  snprintf(path, sizeof path, "tests.%.100s", name);
  fray_node_where(entry, where);
  FRAY_TRY(fray_schema_read(&fray_corruption_table, entry, path, &out->entry, arena, err));
  FRAY_CHECK(fray_corruption_fits_test(out->entry.kind.choice), err, INPUT,
             "%s: tests.%s: %s damages labels, and labels at test are the truth", where, name,
             out->entry.kind.choice->name);
  FRAY_CHECK(!fray_node_get(entry, "id"), err, INPUT,
             "%s: tests.%s: `id` is not used here, the name of the entry is its id", where, name);
  FRAY_CHECK(out->entry.at != FRAY_AT_TRAIN, err, INPUT,
             "%s: tests.%s: `at: train` makes no sense here, conditions act at test", where, name);
  out->name = name;
  out->where = fray_arena_strdup(arena, where);
  FRAY_CHECK(out->where, err, MEMORY, "out of memory");
  out->entry.id = name;
  out->entry.at = FRAY_AT_TEST;
  out->parameter = fray_corruption_strength(out->entry.kind.choice);
  out->severity = NAN;
  const struct fray_node *strength = out->parameter ? fray_node_get(entry, out->parameter) : NULL;
  if (fray_is_control_condition(name))
    out->parameter = NULL;
  else if (strength)
    fray_node_real(strength, &out->severity);
  return FRAY_OK;
}

/* One entry of tests: as many conditions as its axis has values. */
static enum fray_status expand_condition(const struct fray_node *entry, struct fray_arena *arena,
                                         struct fray_condition *out, size_t *n,
                                         struct fray_err *err) {
  const struct fray_node *axis;
  FRAY_TRY(find_axis(entry, entry->key, &axis, err));
  const struct fray_node *value = axis ? axis->child : NULL;
  do {
    struct fray_node *one = fray_node_copy(entry, arena);
    FRAY_CHECK(one, err, MEMORY, "out of memory");
    if (axis) {
      struct fray_node *scalar = fray_node_copy(value, arena);
      FRAY_CHECK(scalar, err, MEMORY, "out of memory");
      FRAY_TRY(fray_node_put(one, axis->key, scalar, arena, err));
      value = value->next;
    }
    FRAY_TRY(read_condition(one, entry->key, arena, &out[(*n)++], err));
  } while (axis && value);
  return FRAY_OK;
}

/* Copies keep their own next pointer's meaning inside lists; count before filling. */
static size_t count_conditions(const struct fray_node *tests) {
  size_t n = 0;
  for (const struct fray_node *entry = tests ? tests->child : NULL; entry; entry = entry->next) {
    size_t longest = 1;
    for (const struct fray_node *key = entry->child; key; key = key->next)
      if (key->kind == FRAY_NODE_LIST)
        longest = FRAY_MAX(longest, key->n);
    n += longest;
  }
  return n;
}

static enum fray_status read_conditions(struct fray_cell *cell, struct fray_arena *arena,
                                        struct fray_err *err) {
  const struct fray_node *tests = cell->config.tests;
  char where[256];
  if (!tests || tests->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  fray_node_where(tests, where);
  FRAY_CHECK(tests->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: tests: a map from names to corruption entries is expected", where);
  FRAY_ALLOC(cell->condition, arena, count_conditions(tests) + 1, err);
  for (const struct fray_node *entry = tests->child; entry; entry = entry->next) {
    FRAY_CHECK(strcmp(entry->key, "trial") != 0 && strcmp(entry->key, "clean") != 0 &&
                   !strpbrk(entry->key, "/=,\"\n"),
               err, INPUT, "%s: tests: '%s' cannot be the name of a condition",
               fray_node_where(entry, where), entry->key);
    FRAY_TRY(expand_condition(entry, arena, cell->condition, &cell->n_conditions, err));
  }
  return FRAY_OK;
}

enum fray_status fray_cell_read(struct fray_cell *cell, struct fray_arena *arena,
                                struct fray_err *err) {
  struct fray_scenario *config = &cell->config;
  FRAY_TRY(fray_schema_read(&fray_scenario_table, cell->node, "", config, arena, err));
  FRAY_TRY(read_entries(cell, arena, err));
  FRAY_TRY(read_conditions(cell, arena, err));
  for (size_t k = 0; k < config->evaluate.metrics.n; k++)
    cell->metric[k] = fray_choice_find(&fray_metrics, config->evaluate.metrics.v[k]);
  return FRAY_OK;
}
