/* Paths in `tests` and in methods, made absolute: the schema fills in those of the scenario itself,
 * and leaves maps that it does not read as they are. */
#include "scenario.h"

#include "fray/base/size.h"

#include <stdio.h>
#include <string.h>

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

static enum fray_status settle_below(const struct fray_table *table,
                                     const struct fray_node *context, struct fray_node *key,
                                     const char *path, struct fray_arena *arena,
                                     struct fray_err *err);

/* A whole section as a value: its keys, one by one; or the bare path that stands for it. */
static enum fray_status settle_section(const struct fray_table *table, struct fray_node *value,
                                       struct fray_arena *arena, struct fray_err *err) {
  if (value->kind == FRAY_NODE_SCALAR && table->bare)
    return settle_path(value, arena, err);
  if (value->kind != FRAY_NODE_MAP)
    return FRAY_OK;
  for (struct fray_node *key = value->child; key; key = key->next)
    if (key->key)
      FRAY_TRY(settle_below(table, value, key, key->key, arena, err));
  return FRAY_OK;
}

/* key: the value; path: where it stands below the table, piece by piece. context: the map that says
 * which kinds are chosen there; NULL: none is given. What is no key is told when the cell is read.
 */
static enum fray_status settle_below(const struct fray_table *table,
                                     const struct fray_node *context, struct fray_node *key,
                                     const char *path, struct fray_arena *arena,
                                     struct fray_err *err) {
  const char *dot = strchr(path, '.');
  char piece[64];
  snprintf(piece, sizeof piece, "%.*s", dot ? (int)(dot - path) : (int)strlen(path), path);
  const struct fray_field *field = fray_schema_field(table, context, piece);
  if (!field)
    return FRAY_OK;
  if (field->type == FRAY_PATH && !dot && key->kind == FRAY_NODE_SCALAR)
    return settle_path(key, arena, err);
  if (field->type != FRAY_SECTION)
    return FRAY_OK;
  return dot ? settle_below(field->section, fray_node_get(context, piece), key, dot + 1, arena, err)
             : settle_section(field->section, key, arena, err);
}

/* What methods set of data, model and training. Keys of the evaluation stay as they are written:
 * they stand in the names of trials. */
enum fray_status fray_methods_settle(struct fray_node *root, struct fray_arena *arena,
                                     struct fray_err *err) {
  static const char *const sections[] = {"data.", "model.", "training."};
  const struct fray_node *methods = fray_node_get(root, "methods");
  for (const struct fray_node *m = methods ? methods->child : NULL; m; m = m->next)
    for (struct fray_node *key = m->kind == FRAY_NODE_MAP ? m->child : NULL; key; key = key->next)
      for (size_t k = 0; k < FRAY_COUNT(sections) && key->key; k++)
        if (strncmp(key->key, sections[k], strlen(sections[k])) == 0)
          FRAY_TRY(settle_below(&fray_scenario_table, root, key, key->key, arena, err));
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
