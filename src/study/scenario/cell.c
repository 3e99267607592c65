/* What a cell's tree says of damage: the entries of `corruption`, the conditions of `tests`. */
#include "scenario.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An entry without an id takes that of its kind; the id keys the random numbers, so two of one id
 * would draw the same ones. */
enum fray_status fray_cell_entries(struct fray_cell *cell, struct fray_arena *arena,
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
    FRAY_CHECK(!fray_schema_has(&fray_scenario_table, list[i].id, arena, NULL), err, INPUT,
               "%s: corruption id '%s' is the name of a section", where, list[i].id);
    cell->entry[i] = &list[i];
  }
  return fray_corruption_ids_check(cell->entry, cell->n_entries, err);
}

static enum fray_status hash_values(const struct fray_node *list, struct fray_hash128 *hash,
                                    struct fray_err *err) {
  size_t n = 0;
  for (const struct fray_node *value = list->child; value; value = value->next)
    FRAY_TRY(fray_node_hash(value, &hash[n++], err));
  return FRAY_OK;
}

/* Two conditions of one name and strength would be two rows that nothing tells apart. */
static enum fray_status check_distinct(const struct fray_node *list, const char *name,
                                       struct fray_err *err) {
  char where[256];
  size_t first = 0, again = list->n;
  struct fray_hash128 *hash = malloc((list->n + 1) * sizeof *hash);
  FRAY_CHECK(hash, err, MEMORY, "out of memory");
  enum fray_status status = hash_values(list, hash, err);
  if (status == FRAY_OK)
    status = fray_hash128_twice(hash, list->n, &first, &again, err);
  free(hash);
  FRAY_TRY(status);
  if (again == list->n)
    return FRAY_OK;
  const struct fray_node *value = list->child;
  for (size_t i = 0; i < first; i++)
    value = value->next;
  return fray_fail(err, FRAY_INPUT, "%s: tests.%s.%s: %s stands twice",
                   fray_node_where(list, where), name, list->key,
                   value->kind == FRAY_NODE_SCALAR ? value->scalar : "a value");
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
    FRAY_TRY(check_distinct(key, name, err));
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

/* scenario.yaml lies in the results folder, from where a path that was relative to the scenario
 * would lead elsewhere. */
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

static enum fray_status check_condition(const struct fray_node *entry, const char *name,
                                        const struct fray_condition *c, const char *where,
                                        struct fray_err *err) {
  FRAY_CHECK(fray_corruption_fits_test(c->entry.kind.choice), err, INPUT,
             "%s: tests.%s: %s damages labels, and labels at test are the truth", where, name,
             c->entry.kind.choice->name);
  FRAY_CHECK(!fray_node_get(entry, "id"), err, INPUT,
             "%s: tests.%s: `id` is not used here, the name of the entry is its id", where, name);
  FRAY_CHECK(c->entry.at != FRAY_AT_TRAIN, err, INPUT,
             "%s: tests.%s: `at: train` makes no sense here, conditions act at test", where, name);
  return FRAY_OK;
}

/* The id of a condition is its name, which keys its draws: renaming one draws its damage anew. */
static enum fray_status read_condition(const struct fray_node *entry, const char *name,
                                       const char *where, struct fray_arena *arena,
                                       struct fray_condition *out, struct fray_err *err) {
  char path[128];
  snprintf(path, sizeof path, "tests.%.100s", name);
  *out = (struct fray_condition){.name = name, .where = where, .severity = NAN};
  FRAY_TRY(fray_schema_read(&fray_corruption_table, entry, path, &out->entry, arena, err));
  FRAY_TRY(check_condition(entry, name, out, where, err));
  out->entry.id = name;
  out->entry.at = FRAY_AT_TEST;
  out->parameter = fray_corruption_strength(out->entry.kind.choice);
  const struct fray_node *strength = out->parameter ? fray_node_get(entry, out->parameter) : NULL;
  if (fray_is_control_condition(name))
    out->parameter = NULL;
  else if (strength)
    fray_node_real(strength, &out->severity);
  return FRAY_OK;
}

/* The entry with one value in the place of its axis. The nodes below are those of the entry: it is
 * read and let go. */
static enum fray_status with_value(const struct fray_node *entry, const struct fray_node *axis,
                                   const struct fray_node *value, struct fray_arena *arena,
                                   struct fray_node *out, struct fray_err *err) {
  struct fray_node *key, **link = &out->child;
  *out = *entry;
  for (const struct fray_node *e = entry->child; e; e = e->next) {
    FRAY_ALLOC(key, arena, 1, err);
    *key = *e;
    if (e == axis) {
      *key = *value;
      key->key = e->key;
    }
    *link = key;
    link = &key->next;
  }
  *link = NULL;
  return FRAY_OK;
}

/* One entry of tests: as many conditions as its axis has values. */
static enum fray_status expand_condition(const struct fray_node *entry, struct fray_study *study,
                                         struct fray_condition *out, size_t *n,
                                         struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(&study->scratch);
  const struct fray_node *axis;
  char text[256];
  FRAY_TRY(find_axis(entry, entry->key, &axis, err));
  const char *where = fray_arena_strdup(&study->arena, fray_node_where(entry, text));
  FRAY_CHECK(where, err, MEMORY, "out of memory");
  const struct fray_node *value = axis ? axis->child : NULL;
  do {
    struct fray_node one;
    FRAY_TRY(with_value(entry, axis, value, &study->scratch, &one, err));
    FRAY_TRY(read_condition(&one, entry->key, where, &study->arena, &out[(*n)++], err));
    value = value ? value->next : NULL;
    fray_arena_rewind(&study->scratch, mark);
  } while (value);
  return FRAY_OK;
}

/* An upper bound: lists that are no axis count as well. */
static size_t count_conditions(const struct fray_node *tests) {
  size_t n = 0;
  for (const struct fray_node *entry = tests->child; entry; entry = entry->next) {
    size_t longest = 1;
    for (const struct fray_node *key = entry->child; key; key = key->next)
      if (key->kind == FRAY_NODE_LIST)
        longest = FRAY_MAX(longest, key->n);
    n += longest;
  }
  return n;
}

/* `trial` and `clean` are conditions of the program; signs that separate columns or paths cannot
 * stand in names. */
static enum fray_status read_tests(struct fray_study *study, const struct fray_node *tests,
                                   struct fray_condition **out, size_t *n, struct fray_err *err) {
  char where[256];
  FRAY_CHECK(tests->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: tests: a map from names to corruption entries is expected",
             fray_node_where(tests, where));
  FRAY_ALLOC(*out, &study->arena, count_conditions(tests) + 1, err);
  for (const struct fray_node *entry = tests->child; entry; entry = entry->next) {
    FRAY_CHECK(strcmp(entry->key, "trial") != 0 && strcmp(entry->key, "clean") != 0 &&
                   !strpbrk(entry->key, "/=,\"\n"),
               err, INPUT, "%s: tests: '%s' cannot be the name of a condition",
               fray_node_where(entry, where), entry->key);
    FRAY_TRY(expand_condition(entry, study, *out, n, err));
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

/* By the address of the node: equal tests are one node, since cells share what they have in common.
 */
static struct known_tests *find_tests(const struct fray_tests_read *known,
                                      const struct fray_node *tests) {
  size_t i = (size_t)fray_hash64(&tests, sizeof tests) & (known->room - 1);
  while (known->slot[i].tests && known->slot[i].tests != tests)
    i = (i + 1) & (known->room - 1);
  return &known->slot[i];
}

/* Room for one more, at least half of the table empty. */
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

/* A thousand cells mostly share one `tests`: it is read once, by the node that it came from. */
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
    FRAY_TRY(read_tests(study, tests, &fresh.condition, &fresh.n, err));
    *known = fresh;
    study->tests->n++;
  }
  *out = known->condition;
  *n = known->n;
  return FRAY_OK;
}
