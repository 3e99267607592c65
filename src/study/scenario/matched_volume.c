/* What of a cell drops or adds data, and the cell in which as much goes or comes by chance.
 *
 * A method or a kind says by which key of its own that is so; no name of one is known here. */
#include "scenario.h"

#include "fray/base/size.h"

#include <string.h>

static const char source[] = "controls";

static void add(struct fray_volume_part *out, size_t *n, struct fray_volume_part part) {
  if (part.volume.key)
    out[(*n)++] = part;
}

static void add_method(struct fray_volume_part *out, size_t *n, const char *section,
                       const struct fray_table *table, const struct fray_variant *method,
                       struct fray_volume (*volume)(const void *params)) {
  if (volume)
    add(out, n,
        (struct fray_volume_part){.name = method->choice->name,
                                  .section = section,
                                  .table = table,
                                  .volume = volume(method->params)});
}

/* Of damage the id names it, since a cell may have several entries of a kind. */
size_t fray_cell_volumes(const struct fray_cell *cell, struct fray_volume_part *out) {
  const struct fray_training_config *training = &cell->config.training;
  const struct fray_variant *method = &training->server.algorithm;
  const struct fray_variant *copes = &training->missing.kind;
  size_t n = 0;
  add_method(out, &n, "training.server", &fray_server_table, method,
             ((const struct fray_algorithm_ops *)method->choice->impl)->volume);
  add_method(out, &n, "training.missing", &fray_missing_table, copes,
             ((const struct fray_missing_ops *)copes->choice->impl)->volume);
  const bool uses_all = ((const struct fray_algorithm_ops *)method->choice->impl)->needs_unlabelled;
  for (size_t e = 0; e < cell->n_entries; e++) {
    /* Samples without a label teach other methods nothing: gone or not, it is the same training. */
    if (fray_corruption_unlabels(cell->entry[e]->kind.choice) && !uses_all)
      continue;
    add(out, &n,
        (struct fray_volume_part){.name = fray_corruption_id(cell->entry[e]),
                                  .entry = e,
                                  .volume = fray_corruption_volume(cell->entry[e])});
  }
  return n;
}

/* `server: coteaching` names its method and is no map that a key could be put into. */
static enum fray_status open_section(struct fray_node *tree, const char *section,
                                     const struct fray_table *table, struct fray_arena *arena,
                                     struct fray_err *err) {
  const struct fray_node *node = fray_node_at(tree, section);
  struct fray_node *map, *name;
  size_t kind = 0;
  while (table->fields[kind].type != FRAY_KIND) /* each of these sections has one */
    kind++;
  if (!node || node->kind != FRAY_NODE_SCALAR)
    return FRAY_OK;
  map = fray_node_map(node->source, node->line, arena);
  name = fray_node_copy(node, arena);
  FRAY_CHECK(map && name, err, MEMORY, "out of memory");
  FRAY_TRY(fray_node_put(map, table->fields[kind].key, name, arena, err));
  return fray_node_set_path(tree, section, map, arena, err);
}

/* Entries of the cell and nodes of the tree are in the same order, that of the scenario. */
static struct fray_node *entry_of(struct fray_node *tree, size_t e) {
  struct fray_node *list = fray_node_get(tree, "corruption");
  struct fray_node *node = list ? list->child : NULL;
  while (node && e-- > 0)
    node = node->next;
  return node;
}

enum fray_status fray_volume_put(struct fray_node *tree, const struct fray_volume_part *part,
                                 struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *value = fray_node_scalar(part->volume.value, source, 0, arena);
  FRAY_CHECK(value, err, MEMORY, "out of memory");
  if (!part->section)
    return fray_node_put(entry_of(tree, part->entry), part->volume.key, value, arena, err);
  FRAY_TRY(open_section(tree, part->section, part->table, arena, err));
  const char *path = fray_arena_printf(arena, "%s.%s", part->section, part->volume.key);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  return fray_node_set_path(tree, path, value, arena, err);
}

/* "coteaching, semifl": those of a list that may say so, for whoever asks in vain. */
static void put_names(struct fray_text *out, const struct fray_choices *choices,
                      bool (*has)(const struct fray_choice *)) {
  for (size_t k = 0; k < choices->n; k++)
    if (has(choices->v[k]))
      fray_text_printf(out, "%s%s", out->size ? ", " : "", choices->v[k]->name);
}

static bool is_method(const struct fray_choice *choice) {
  return ((const struct fray_algorithm_ops *)choice->impl)->volume;
}

static bool copes(const struct fray_choice *choice) {
  return ((const struct fray_missing_ops *)choice->impl)->volume;
}

static bool takes(const struct fray_choice *choice) {
  return fray_corruption_has_volume(choice) && !fray_corruption_unlabels(choice);
}

enum fray_status fray_volume_of_nothing(const struct fray_study *study, struct fray_err *err) {
  struct fray_text methods = {0}, damage = {0};
  put_names(&methods, &fray_algorithms, is_method);
  put_names(&methods, &fray_missing_methods, copes);
  put_names(&methods, &fray_corruptions, takes);
  put_names(&damage, &fray_corruptions, fray_corruption_unlabels);
  enum fray_status status =
      methods.failed || damage.failed
          ? fray_fail(err, FRAY_MEMORY, "out of memory")
          : fray_fail(err, FRAY_INPUT,
                      "%s: controls: matched_volume: nothing in this study drops or adds "
                      "training samples, so there is no volume to match; those that do: %s; and "
                      "%s, under a method that uses samples without a label",
                      study->path, methods.data, damage.data);
  fray_text_free(&methods);
  fray_text_free(&damage);
  return status;
}
