/* Tests that go through the values of a group: `who: {each: accent}`.
 *
 * Which values there are is known from the shards alone, so they are put into the tree of a cell
 * once its data are open, as the conditions of controls are: from then on it reads as if somebody
 * had written them, for the names of trials, for scenario.yaml and for the report, which has no
 * data. */
#include "scenario.h"

#include "fray/base/text.h"

#include <string.h>

/* Goes over the entries of all tests: a test is one entry or a list of them. */
struct walk {
  struct fray_node *test, *entry;
};

static bool next_entry(struct walk *w) {
  if (w->entry && w->test->kind == FRAY_NODE_LIST && w->entry->next)
    w->entry = w->entry->next;
  else if ((w->test = w->entry ? w->test->next : w->test) != NULL)
    w->entry = w->test->kind == FRAY_NODE_LIST ? w->test->child : w->test;
  return w->test != NULL;
}

static struct walk begin(const struct fray_node *root) {
  const struct fray_node *tests = fray_node_get(root, "tests");
  return (struct walk){.test = tests && tests->kind == FRAY_NODE_MAP ? tests->child : NULL};
}

/* A group whose values nobody has put in yet. */
static const char *open_group(const struct fray_node *entry) {
  const struct fray_node *each =
      entry && entry->kind == FRAY_NODE_MAP ? fray_test_each(entry) : NULL;
  return each && each->kind == FRAY_NODE_SCALAR ? each->scalar : NULL;
}

bool fray_cell_asks_groups(const struct fray_cell *cell) {
  struct walk w = begin(cell->node);
  while (next_entry(&w))
    if (open_group(w.entry))
      return true;
  return false;
}

/* A value that no tested sample has would make a condition that damages nobody. Where a partition
 * tests other samples than the shards do, each cell may test others, and all of them are to have
 * the same conditions: then every value counts. */
static void mark_tested(const struct fray_dataset *d, const struct fray_partition *p,
                        const struct fray_group *group, uint8_t *tested) {
  bool by_shards = true;
  for (size_t i = 0; i < p->n_test; i++) {
    tested[group->code[p->test[i]]] = 1;
    by_shards = by_shards && d->split[p->test[i]] == FRAY_TEST;
  }
  for (size_t i = 0; i < p->n_own; i++)
    tested[group->code[p->own[i]]] = 1;
  if (!by_shards)
    memset(tested, 1, group->n);
}

static enum fray_status find_group(const struct fray_dataset *d, const struct fray_node *each,
                                   struct fray_arena *arena, const struct fray_group **out,
                                   struct fray_err *err) {
  const char **known;
  char where[256], list[512];
  FRAY_ALLOC(known, arena, d->n_groups + 1, err);
  for (size_t g = 0; g < d->n_groups; g++) {
    known[g] = d->group[g].name;
    if (strcmp(known[g], each->scalar) == 0) {
      *out = &d->group[g];
      return FRAY_OK;
    }
  }
  return fray_fail(err, FRAY_INPUT, "%s: who.each: the data has no group '%s'; %s",
                   fray_node_where(each, where), each->scalar,
                   fray_there_are(each->scalar, known, d->n_groups, list, sizeof list));
}

/* {GROUP: [values]} in the place of GROUP. */
static enum fray_status put_values(struct fray_node *entry, const struct fray_dataset *d,
                                   const struct fray_partition *p, struct fray_arena *arena,
                                   struct fray_err *err) {
  struct fray_node *who = fray_node_get(entry, "who"), *each = fray_node_get(who, "each");
  struct fray_node *map = fray_node_map(each->source, each->line, arena), *list;
  const struct fray_group *group;
  uint8_t *tested;
  FRAY_TRY(find_group(d, each, arena, &group, err));
  FRAY_ALLOC_ZERO(tested, arena, group->n + 1, err);
  FRAY_ALLOC_ZERO(list, arena, 1, err);
  FRAY_CHECK(map, err, MEMORY, "out of memory");
  mark_tested(d, p, group, tested);
  *list = (struct fray_node){.kind = FRAY_NODE_LIST, .source = each->source, .line = each->line};
  for (size_t v = 0; v < group->n; v++) {
    struct fray_node *value =
        tested[v] ? fray_node_scalar(group->value[v], each->source, each->line, arena) : NULL;
    FRAY_CHECK(value || !tested[v], err, MEMORY, "out of memory");
    if (!value)
      continue;
    value->quoted = true; /* a name, even where it looks like a number */
    FRAY_TRY(fray_node_put(list, NULL, value, arena, err));
  }
  FRAY_TRY(fray_node_put(map, group->name, list, arena, err));
  return fray_node_put(who, "each", map, arena, err);
}

static enum fray_status put_all(struct fray_node *root, const struct fray_dataset *d,
                                const struct fray_partition *p, struct fray_arena *arena, bool *any,
                                struct fray_err *err) {
  struct walk w = begin(root);
  *any = false;
  while (next_entry(&w))
    if (open_group(w.entry)) {
      FRAY_TRY(put_values(w.entry, d, p, arena, err));
      *any = true;
    }
  return FRAY_OK;
}

/* One scenario.yaml and one set of tables are of all cells: the first one's values hold for all. */
static enum fray_status check_alike(const struct fray_study *study, const struct fray_cell *cell,
                                    struct fray_err *err) {
  struct walk mine = begin(cell->node);
  char where[256];
  while (next_entry(&mine)) {
    const struct fray_node *tests = fray_node_get(study->filled, "tests");
    const struct fray_node *other = fray_node_get(tests, mine.test->key);
    if (!other || other->kind != FRAY_NODE_MAP || mine.test->kind != FRAY_NODE_MAP)
      continue;
    const struct fray_node *a = fray_test_each(mine.entry), *b = fray_test_each(other);
    FRAY_CHECK(!a || !b || b->kind == FRAY_NODE_SCALAR || fray_node_equal(a, b), err, INPUT,
               "%s: tests.%s.who.each: cells of this study test other values of the group; name "
               "them: {each: {GROUP: [values]}}",
               fray_node_where(b, where), mine.test->key);
  }
  return FRAY_OK;
}

/* The tree goes back into scratch memory: what the cell keeps of it is copied when it is read. */
enum fray_status fray_study_follow_groups(struct fray_study *study, size_t index,
                                          const struct fray_dataset *dataset,
                                          const struct fray_partition *partition,
                                          struct fray_err *err) {
  struct fray_cell *cell = &study->cell[index];
  const struct fray_arena_place mark = fray_arena_mark(&study->scratch);
  struct fray_node *tree = fray_node_copy(cell->node, &study->scratch);
  bool any;
  FRAY_CHECK(tree, err, MEMORY, "out of memory");
  FRAY_TRY(put_all(tree, dataset, partition, &study->scratch, &any, err));
  FRAY_TRY(fray_cell_read(study, cell, tree, err));
  fray_arena_rewind(&study->scratch, mark);
  FRAY_TRY(check_alike(study, cell, err));
  FRAY_TRY(put_all(study->filled, dataset, partition, &study->arena, &any, err));
  if (any) {
    study->yaml.size = 0;
    fray_node_emit(study->filled, &study->yaml);
    FRAY_CHECK(!study->yaml.failed, err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}
