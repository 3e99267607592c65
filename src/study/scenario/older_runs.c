/* What a scenario of an older run means by keys that it does not have.
 *
 * A run writes every key into scenario.yaml. One that came later, and whose default is not what
 * programs did before it, is missing there: it is put in with the value that says what was done. */
#include "scenario.h"

#include "fray/base/size.h"
#include "fray/results/folder.h"

#include <stdio.h>
#include <string.h>

/* A section, its key, what was done before there was the key, and what a bare name in place of the
 * section is the value of. */
static const struct {
  const char *section, *key, *before, *bare;
} later[] = {{"training.local", "weight_decay_rows", "all", "optimiser"}};

/* As a folder holds it, and not a copy elsewhere: who copies it means a study of today. */
bool fray_is_scenario_of_run(const char *path) {
  static const char name[] = "scenario.yaml";
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  char folder[4096];
  const int n =
      snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
  return strcmp(base, name) == 0 && n > 0 && n < (int)sizeof folder &&
         fray_folder_results(folder, NULL) == FRAY_OK;
}

/* Whether a dotted path ends in the section. */
static bool is_section(const char *path, const char *section) {
  const size_t n = strlen(path), m = strlen(section);
  return n >= m && strcmp(path + n - m, section) == 0 && (n == m || path[n - m - 1] == '.');
}

/* A bare name becomes the map that it stands for, which has room for the key. */
static enum fray_status expand(struct fray_node *node, size_t k, struct fray_arena *arena,
                               struct fray_err *err) {
  struct fray_node *name = fray_node_scalar(node->scalar, node->source, node->line, arena);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  node->kind = FRAY_NODE_MAP;
  node->scalar = NULL;
  node->n = 0;
  return fray_node_put(node, later[k].bare, name, arena, err);
}

/* Every map of the section, wherever it stands: the scenario's own, and those that methods and
 * values of a sweep put in its place. */
static enum fray_status put_below(struct fray_node *node, const char *path, size_t k,
                                  struct fray_arena *arena, struct fray_err *err) {
  if (node->kind == FRAY_NODE_SCALAR && is_section(path, later[k].section))
    FRAY_TRY(expand(node, k, arena, err));
  if (node->kind == FRAY_NODE_MAP && is_section(path, later[k].section) &&
      !fray_node_get(node, later[k].key)) {
    struct fray_node *value = fray_node_scalar(later[k].before, "an older run", 0, arena);
    FRAY_CHECK(value, err, MEMORY, "out of memory");
    FRAY_TRY(fray_node_put(node, later[k].key, value, arena, err));
  }
  for (struct fray_node *child = node->child; child; child = child->next) {
    char below[512];
    snprintf(below, sizeof below, "%s%s%s", path, child->key ? "." : "",
             child->key ? child->key : "");
    FRAY_TRY(put_below(child, below, k, arena, err));
  }
  return FRAY_OK;
}

/* Values of a swept key are called by their text in tables, which is to stay: those that have no
 * name and change get it as their name. */
static enum fray_status put_in_values(struct fray_node *list, size_t k, struct fray_arena *arena,
                                      struct fray_err *err) {
  const bool named = list->kind == FRAY_NODE_MAP;
  bool changed = false;
  for (struct fray_node *v = list->child; v; v = v->next) {
    const char *before = fray_value_text(list->key, v, arena);
    FRAY_TRY(put_below(v, list->key, k, arena, err));
    const char *after = fray_value_text(list->key, v, arena);
    FRAY_CHECK(before && after, err, MEMORY, "out of memory");
    changed = changed || strcmp(before, after) != 0;
    v->key = named ? v->key : before;
  }
  for (struct fray_node *v = list->child; v && !named && !changed; v = v->next)
    v->key = NULL;
  if (changed)
    list->kind = FRAY_NODE_MAP;
  return FRAY_OK;
}

static enum fray_status put_in_sweep(struct fray_node *sweep, size_t k, struct fray_arena *arena,
                                     struct fray_err *err) {
  for (struct fray_node *entry = sweep->child; entry; entry = entry->next)
    for (struct fray_node *factor = entry->child; factor; factor = factor->next)
      for (struct fray_node *list = factor->child; list; list = list->next)
        if (list->key)
          FRAY_TRY(put_in_values(list, k, arena, err));
  return FRAY_OK;
}

/* `reference` and `baselines` select values by what they are called, which stays. */
static enum fray_status put_below_root(struct fray_node *root, size_t k, struct fray_arena *arena,
                                       struct fray_err *err) {
  for (struct fray_node *part = root->child; part; part = part->next)
    if (strcmp(part->key, "sweep") == 0)
      FRAY_TRY(put_in_sweep(part, k, arena, err));
    else if (strcmp(part->key, "reference") != 0 && strcmp(part->key, "baselines") != 0)
      FRAY_TRY(put_below(part, part->key, k, arena, err));
  return FRAY_OK;
}

static enum fray_status put_at_root(struct fray_node *root, size_t k, struct fray_arena *arena,
                                    struct fray_err *err) {
  char path[128];
  struct fray_node *value = fray_node_scalar(later[k].before, "an older run", 0, arena);
  FRAY_CHECK(value, err, MEMORY, "out of memory");
  snprintf(path, sizeof path, "%s.%s", later[k].section, later[k].key);
  return fray_node_set_path(root, path, value, arena, err);
}

/* The run's own section says whether the key was known: fray_later_keys_give. */
enum fray_status fray_older_run_settle(struct fray_node *root, struct fray_arena *arena,
                                       struct fray_err *err) {
  for (size_t k = 0; k < FRAY_COUNT(later); k++) {
    if (fray_node_get(fray_node_at(root, later[k].section), later[k].key))
      continue;
    FRAY_TRY(put_below_root(root, k, arena, err));
    FRAY_TRY(put_at_root(root, k, arena, err));
  }
  return FRAY_OK;
}

/* A bare name in place of the section stands for all of it, and is written in full. */
enum fray_status fray_later_keys_give(struct fray_node *given, const struct fray_node *filled,
                                      struct fray_arena *arena, struct fray_err *err) {
  for (size_t k = 0; k < FRAY_COUNT(later); k++) {
    char path[128];
    snprintf(path, sizeof path, "%s.%s", later[k].section, later[k].key);
    const struct fray_node *section = fray_node_at(given, later[k].section),
                           *value = fray_node_at(filled, path);
    if (!value || fray_node_get(section, later[k].key) ||
        (section && section->kind == FRAY_NODE_SCALAR))
      continue;
    struct fray_node *copy = fray_node_copy(value, arena);
    FRAY_CHECK(copy, err, MEMORY, "out of memory");
    FRAY_TRY(fray_node_set_path(given, path, copy, arena, err));
  }
  return FRAY_OK;
}
