/* Test conditions and groups that come later: put into a stored scenario.
 *
 * The result must be the scenario that would have been written if they had been asked for at
 * first, since names and tables follow from it. */
#include "scenario.h"

#include "fray/base/size.h"

#include <string.h>

/* What was found where a pack was made (`pack`) is for people and for later searches: it is no part
 * of the scenario, whose names must not depend on it. */
static const char *const sections[] = {"tests", "evaluate", "pack"};
static const char *const evaluate_keys[] = {"groups", "save_ledger", "save_scores", "judge",
                                            "verify"};

/* section: "" or "evaluate." */
static enum fray_status unknown(const struct fray_node *node, const char *section,
                                const char *const *names, size_t n, struct fray_err *err) {
  char where[256], list[256];
  return fray_fail(err, FRAY_INPUT, "%s: %s%s: nothing that can be added without training; %s",
                   fray_node_where(node, where), section, node->key,
                   fray_there_are(node->key, names, n, list, sizeof list));
}

static bool is_title(const struct fray_node *node) {
  return node->key && strcmp(node->key, "title") == 0;
}

/* Keys of a map but for its title, which says nothing of the damage. */
static size_t count_keys(const struct fray_node *node) {
  size_t n = node->n;
  for (const struct fray_node *c = node->child; c; c = c->next)
    n -= node->kind == FRAY_NODE_MAP && is_title(c);
  return n;
}

/* Equal up to titles, the order of keys and the spelling of numbers. Lists are compared in their
 * order, which counts: entries act one after another. */
static bool same_entry(const struct fray_node *a, const struct fray_node *b) {
  double x, y;
  if (a->kind != b->kind || count_keys(a) != count_keys(b))
    return false;
  if (a->kind == FRAY_NODE_SCALAR)
    return strcmp(a->scalar, b->scalar) == 0 ||
           (fray_node_real(a, &x) && fray_node_real(b, &y) && x == y);
  const struct fray_node *other = b->child;
  for (const struct fray_node *c = a->child; c; c = c->next) {
    if (a->kind == FRAY_NODE_MAP && is_title(c))
      continue;
    if (a->kind == FRAY_NODE_MAP)
      other = fray_node_get(b, c->key);
    if (!other || !same_entry(c, other))
      return false;
    other = other->next;
  }
  return true;
}

/* The map at a key of the root, made if there is none. */
static enum fray_status map_at(struct fray_node *root, const char *key, const char *source,
                               struct fray_arena *arena, struct fray_node **out,
                               struct fray_err *err) {
  *out = fray_node_get(root, key);
  if (*out && (*out)->kind != FRAY_NODE_NULL)
    return FRAY_OK; /* no map: refused where the section is read */
  *out = fray_node_map(source, 0, arena);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return fray_node_put(root, key, *out, arena, err);
}

/* A test of the same name and the same content was asked for before: that is what makes an
 * interrupted call repeatable. Tests are copied, since the trees of file and scenario are changed
 * apart from each other afterwards. */
static enum fray_status add_tests(struct fray_node *root, const struct fray_node *tests,
                                  struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *all;
  char where[256], there[256];
  fray_node_where(tests, where);
  FRAY_CHECK(tests->kind == FRAY_NODE_MAP && tests->n > 0, err, INPUT,
             "%s: tests: a map from names to corruption entries is expected", where);
  FRAY_TRY(map_at(root, "tests", tests->source, arena, &all, err));
  for (const struct fray_node *test = tests->child; test; test = test->next) {
    const struct fray_node *old = fray_node_get(all, test->key);
    const bool titled = fray_node_get(test, "title") != NULL;
    if (old) {
      FRAY_CHECK(same_entry(old, test), err, INPUT,
                 "%s: tests.%s: the results hold another condition of this name (%s); give the new "
                 "one another name",
                 fray_node_where(test, where), test->key, fray_node_where(old, there));
      if (!titled)
        continue;
    }
    /* The same damage with a title takes the place of the old one, as a map keeps its order. */
    struct fray_node *copy = fray_node_copy(test, arena);
    FRAY_CHECK(copy, err, MEMORY, "out of memory");
    FRAY_TRY(fray_node_put(all, test->key, copy, arena, err));
  }
  return FRAY_OK;
}

/* Names are compared as texts, as columns are found by them. */
static bool holds(const struct fray_node *list, const char *name) {
  for (const struct fray_node *g = list->child; g; g = g->next)
    if (g->kind == FRAY_NODE_SCALAR && strcmp(g->scalar, name) == 0)
      return true;
  return false;
}

/* One name behind those of evaluate.groups, unless it is among them. A single name in place of a
 * list, which the schema allows, becomes the first of a list; its order is that of the tables, so
 * new ones come last. */
static enum fray_status add_group(struct fray_node *evaluate, const char *name, const char *source,
                                  int line, struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *list = fray_node_get(evaluate, "groups");
  if (!list || list->kind != FRAY_NODE_LIST) {
    struct fray_node *only =
        list && list->kind == FRAY_NODE_SCALAR ? fray_node_copy(list, arena) : NULL;
    list = fray_node_map(source, line, arena);
    FRAY_CHECK(list, err, MEMORY, "out of memory");
    list->kind = FRAY_NODE_LIST;
    if (only)
      FRAY_TRY(fray_node_put(list, NULL, only, arena, err));
    FRAY_TRY(fray_node_put(evaluate, "groups", list, arena, err));
  }
  if (holds(list, name))
    return FRAY_OK;
  struct fray_node *entry = fray_node_scalar(name, source, line, arena);
  FRAY_CHECK(entry, err, MEMORY, "out of memory");
  return fray_node_put(list, NULL, entry, arena, err);
}

/* Names that are there already stay where they are. */
static enum fray_status add_group_nodes(struct fray_node *evaluate, const struct fray_node *groups,
                                        struct fray_arena *arena, struct fray_err *err) {
  char where[256];
  const struct fray_node *g = groups->kind == FRAY_NODE_LIST ? groups->child : groups;
  for (; g; g = groups->kind == FRAY_NODE_LIST ? g->next : NULL) {
    FRAY_CHECK(g->kind == FRAY_NODE_SCALAR, err, INPUT,
               "%s: evaluate.groups: a list of group columns is expected",
               fray_node_where(g, where));
    FRAY_TRY(add_group(evaluate, g->scalar, g->source, g->line, arena, err));
  }
  return FRAY_OK;
}

/* Of the section only what concerns judging: anything else would be another training, and is
 * refused. Keys other than groups replace those of the scenario. */
static enum fray_status add_evaluate(struct fray_node *root, const struct fray_node *section,
                                     struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *evaluate;
  char where[256];
  FRAY_CHECK(section->kind == FRAY_NODE_MAP, err, INPUT, "%s: evaluate: a map is expected",
             fray_node_where(section, where));
  FRAY_TRY(map_at(root, "evaluate", section->source, arena, &evaluate, err));
  for (const struct fray_node *key = section->child; key; key = key->next) {
    bool known = false;
    for (size_t k = 0; k < FRAY_COUNT(evaluate_keys); k++)
      known = known || strcmp(key->key, evaluate_keys[k]) == 0;
    if (!known)
      return unknown(key, "evaluate.", evaluate_keys, FRAY_COUNT(evaluate_keys), err);
    if (strcmp(key->key, "groups") == 0) {
      FRAY_TRY(add_group_nodes(evaluate, key, arena, err));
      continue;
    }
    struct fray_node *copy = fray_node_copy(key, arena);
    FRAY_CHECK(copy, err, MEMORY, "out of memory");
    FRAY_TRY(fray_node_put(evaluate, key->key, copy, arena, err));
  }
  return FRAY_OK;
}

/* --groups a,b. An empty name, as in "a,,b" or at the end, is a slip and refused. */
static enum fray_status add_group_words(struct fray_node *root, const char *words,
                                        struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *evaluate;
  FRAY_TRY(map_at(root, "evaluate", "--groups", arena, &evaluate, err));
  for (const char *p = words;; p++) {
    size_t n = strcspn(p, ",");
    char *name = fray_arena_strndup(arena, p, n);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    FRAY_CHECK(n > 0, err, INPUT, "--groups '%s': names of group columns are expected, as in a,b",
               words);
    FRAY_TRY(add_group(evaluate, name, "--groups", 0, arena, err));
    p += n;
    if (*p == '\0')
      return FRAY_OK;
  }
}

/* `tests:`, `evaluate:` or `pack:` as a section, not a condition of that name, which would have a
 * kind. */
static const struct fray_node *section_of(const struct fray_node *file, const char *name) {
  const struct fray_node *section = fray_node_get(file, name);
  return section && section->kind != FRAY_NODE_LIST && !fray_node_get(section, "kind") ? section
                                                                                       : NULL;
}

/* Its keys are those of whoever made it, and not looked at. */
static enum fray_status check_pack(const struct fray_node *pack, const struct fray_node *tests,
                                   struct fray_err *err) {
  char where[256];
  if (!pack)
    return FRAY_OK;
  fray_node_where(pack, where);
  FRAY_CHECK(pack->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: pack: a map is expected, of where the tests beside it come from", where);
  /* A search that found nothing is a result, and no fault of whoever made the file. */
  FRAY_CHECK(!tests || tests->kind != FRAY_NODE_MAP || tests->n > 0, err, INPUT,
             "%s: pack: it has no conditions, as nothing was found where it was made: there is "
             "nothing to ask",
             where);
  FRAY_CHECK(tests, err, INPUT, "%s: pack: it says where tests come from, and there is no `tests`",
             where);
  return FRAY_OK;
}

/* A file without any section is a map of tests by itself, the shortest way to write one;
 * more->tests stays NULL for a file of `evaluate` alone. */
static enum fray_status add_file(struct fray_node *root, struct fray_additions *more,
                                 struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *file;
  FRAY_TRY(fray_yaml_parse(more->text, more->path, arena, &file, err));
  FRAY_CHECK(file->kind == FRAY_NODE_MAP && file->n > 0, err, INPUT,
             "%s: a map of test conditions, or `tests` and `evaluate`, is expected", more->path);
  const struct fray_node *tests = section_of(file, "tests");
  const struct fray_node *evaluate = section_of(file, "evaluate");
  const struct fray_node *pack = section_of(file, "pack");
  more->tests = tests || evaluate || pack ? tests : file;
  more->is_pack = pack != NULL;
  if (more->tests != file)
    for (const struct fray_node *key = file->child; key; key = key->next)
      if (key != tests && key != evaluate && key != pack)
        return unknown(key, "", sections, FRAY_COUNT(sections), err);
  FRAY_TRY(check_pack(pack, tests, err));
  if (more->tests)
    FRAY_TRY(add_tests(root, more->tests, arena, err));
  return evaluate ? add_evaluate(root, evaluate, arena, err) : FRAY_OK;
}

enum fray_status fray_additions_apply(struct fray_node *root, struct fray_additions *more,
                                      struct fray_arena *arena, struct fray_err *err) {
  if (more->path)
    FRAY_TRY(add_file(root, more, arena, err));
  return more->groups ? add_group_words(root, more->groups, arena, err) : FRAY_OK;
}

/* By name, since the values of its axis may have made several conditions of it. */
static bool has_condition(const struct fray_cell *cell, const char *name) {
  for (size_t k = 0; k < cell->n_conditions; k++)
    if (strcmp(cell->condition[k].of, name) == 0)
      return true;
  return false;
}

/* True if a value is another, or one of a list of values that a test goes through. */
static bool takes(const struct fray_node *test, const struct fray_node *train) {
  if (same_entry(test, train))
    return true;
  if (test->kind != FRAY_NODE_LIST || train->kind != FRAY_NODE_SCALAR)
    return false;
  for (const struct fray_node *value = test->child; value; value = value->next)
    if (same_entry(value, train))
      return true;
  return false;
}

/* Both filled in, so that a key which only one of them names has the same value in the other if
 * that is its default. The id keys random numbers alone, and where an entry acts is what differs.
 */
static bool trains_on(const struct fray_node *test, const struct fray_node *train) {
  static const char *const apart[] = {"id", "at", "title"};
  for (const struct fray_node *key = test->child; key; key = key->next) {
    bool compared = key->kind != FRAY_NODE_NULL;
    for (size_t k = 0; k < FRAY_COUNT(apart); k++)
      compared = compared && strcmp(key->key, apart[k]) != 0;
    const struct fray_node *other = fray_node_get(train, key->key);
    /* What only the test names is other damage; what only the training names is not asked. */
    if (compared && (!other || !takes(key, other)))
      return false;
  }
  return true;
}

/* Warns of each entry of one test that the cell trains under. */
static void warn_of_test(struct fray_study *study, const struct fray_cell *cell,
                         const struct fray_node *test, const char *path) {
  const struct fray_node *train = fray_node_get(cell->node, "corruption");
  const bool is_list = test->kind == FRAY_NODE_LIST;
  train = train ? train->child : NULL;
  for (size_t i = 0; i < cell->n_entries && train; i++, train = train->next) {
    const int at = fray_corruption_at(cell->entry[i]);
    if (at != FRAY_AT_TRAIN && at != FRAY_AT_BOTH)
      continue;
    for (const struct fray_node *e = is_list ? test->child : test; e; e = is_list ? e->next : NULL)
      if (e->kind == FRAY_NODE_MAP && trains_on(e, train))
        fray_study_warn(
            study,
            "%s: tests.%s: the study trains under the same damage (corruption '%s'), so "
            "this test of the pack is no test of what it has not seen",
            path, test->key, cell->entry[i]->id);
  }
}

/* A pack holds what was found on other models, and says nothing of one that was trained on it. */
static void warn_of_pack(struct fray_study *study, const struct fray_additions *more) {
  for (size_t c = 0; c < study->n_cells; c++) {
    const struct fray_node *filled = fray_node_get(study->cell[c].node, "tests");
    for (const struct fray_node *test = more->tests->child; test; test = test->next) {
      const struct fray_node *known = filled ? fray_node_get(filled, test->key) : NULL;
      if (known)
        warn_of_test(study, &study->cell[c], known, more->path);
    }
  }
}

/* A method or a sweep that sets `tests` as a whole would drop the additions for its cells without a
 * word. Only after the cells were made: what a method sets is not known before. */
enum fray_status fray_additions_check(struct fray_study *study, const struct fray_additions *more,
                                      struct fray_err *err) {
  char where[256];
  if (more->tests)
    for (size_t i = 0; i < study->n_cells; i++)
      for (const struct fray_node *test = more->tests->child; test; test = test->next)
        FRAY_CHECK(has_condition(&study->cell[i], test->key), err, INPUT,
                   "%s: tests.%s: cell %zu of the study does not take it, since its method or the "
                   "sweep sets `tests` as a whole",
                   fray_node_where(test, where), test->key, i + 1);
  if (more->is_pack)
    warn_of_pack(study, more);
  return FRAY_OK;
}
