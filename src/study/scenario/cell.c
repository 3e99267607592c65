/* What a cell's tree says of damage in `corruption`: its entries, with their ids. */
#include "scenario.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An entry without an id takes that of its kind; the id keys the random numbers, so two of one id
 * would draw the same ones. Ids stand in keys (ID.KEY), in columns of CSV files and in names of
 * data sets, so signs that mean something there are refused, as is the name of a section, which
 * would hide that section from --set. */
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
  if (fray_corruption_ids_check(cell->entry, cell->n_entries, err) == FRAY_OK)
    return FRAY_OK;
  char where[256] = "scenario";
  const struct fray_node *entries = fray_node_get(cell->node, "corruption");
  return fray_at(err, "%s", entries ? fray_node_where(entries, where) : where);
}
