/* Controls: conditions and trainings that say what the others are worth.
 *
 * Conditions are entries of `tests` that the program writes itself, so that they are damaged,
 * measured, named and resumed as those of the user are. Which modalities there are is known from
 * the shards alone, so controls are added once the data are open. */
#include "scenario.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const fray_control_names[] = {"unimodal", "all_missing",    "local_only",
                                          "clean",    "matched_volume", NULL};
static const char all_missing[] = "all_missing", source[] = "controls";

/* Bits, since a control is there or not and their order means nothing. */
enum fray_status fray_controls_read(const struct fray_strings *names, unsigned *controls,
                                    struct fray_err *err) {
  *controls = 0;
  for (size_t i = 0; i < names->n; i++) {
    unsigned bit = 0;
    for (size_t k = 0; fray_control_names[k]; k++)
      if (strcmp(fray_control_names[k], names->v[i]) == 0)
        bit = 1u << k;
    FRAY_CHECK(!(*controls & bit), err, INPUT, "controls: '%s' stands twice", names->v[i]);
    *controls |= bit;
  }
  return FRAY_OK;
}

/* Names with a colon are made by the program, one for each modality, and must not meet one of the
 * user's. */
enum fray_status fray_controls_check_tests(const struct fray_node *tree, struct fray_err *err) {
  const struct fray_node *tests = fray_node_get(tree, "tests");
  char where[256];
  for (const struct fray_node *t = tests ? tests->child : NULL; t; t = t->next)
    FRAY_CHECK(!t->key || !(strcmp(t->key, all_missing) == 0 || strchr(t->key, ':')), err, INPUT,
               "%s: tests: '%s' cannot be the name of a condition: all_missing and names with a "
               "colon are those of controls",
               fray_node_where(t, where), t->key);
  return FRAY_OK;
}

bool fray_is_control_condition(const char *name) {
  return strcmp(name, all_missing) == 0 || strchr(name, ':');
}

/* What is put here is a part of trial names: other words would make every control of older results
 * a new trial. */
void fray_control_put(const struct fray_study *study, const struct fray_cell *cell,
                      struct fray_text *text) {
  const struct fray_cell *first = &study->cell[0];
  if (cell->local_only)
    fray_text_puts(text, "local_only\n");
  for (size_t c = 0; c < first->n_entries; c++) /* the row has empty columns for them */
    if (cell->column[c] == cell->n_entries)
      fray_text_printf(text, "without %s\n", first->entry[c]->id);
}

/* A share that is given, even 0, is left alone; 0 is refused later with the reason. Without a data
 * section there is nothing to set, and its absence is told where it is read. */
enum fray_status fray_controls_own_test(unsigned controls, struct fray_node *tree,
                                        struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *share, *kind, *map;
  const struct fray_node *data = fray_node_get(tree, "data");
  if (!(controls & FRAY_CONTROL_LOCAL_ONLY) || !data || data->kind != FRAY_NODE_MAP)
    return FRAY_OK;
  const struct fray_node *partition = fray_node_get(data, "partition");
  if (fray_node_get(partition, "own_test"))
    return FRAY_OK;
  if (partition && partition->kind == FRAY_NODE_SCALAR) { /* `partition: iid` names its kind */
    FRAY_CHECK(kind = fray_node_copy(partition, arena), err, MEMORY, "out of memory");
    FRAY_CHECK(map = fray_node_map(partition->source, partition->line, arena), err, MEMORY,
               "out of memory");
    FRAY_TRY(fray_node_put(map, "kind", kind, arena, err));
    FRAY_TRY(fray_node_set_path(tree, "data.partition", map, arena, err));
  } else if (partition && partition->kind != FRAY_NODE_MAP && partition->kind != FRAY_NODE_NULL) {
    return FRAY_OK; /* refused when it is read */
  }
  FRAY_CHECK(share = fray_node_scalar("0.2", source, 0, arena), err, MEMORY, "out of memory");
  return fray_node_set_path(tree, "data.partition.own_test", share, arena, err);
}
