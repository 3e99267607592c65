/* An older pack that a search goes on from: what broke an earlier model is where to look first in
 * the next one, and stays in the pack whatever comes of it, so that a benchmark only grows.
 *
 * Conditions are kept as they are written, by name, as the name keys their draws. One that cannot
 * act on these data would end every evaluation here, and is left out by name. One that can, but is
 * beyond the limits of this search or made of keys that it does not know, is kept and not tried. */
#include "red_parts.h"

#include "fray/base/log.h"
#include "fray/base/size.h"

#include <string.h>

/* ---- reading ---- */

/* A text of the file, or "". */
static const char *text_at(const struct fray_node *map, const char *key) {
  const struct fray_node *node = fray_node_get(map, key);
  return node && node->kind == FRAY_NODE_SCALAR ? node->scalar : "";
}

/* By name, as data are imported in any order; their number if there is none. */
static size_t modality_of(const struct fray_dataset *d, const char *name) {
  size_t m = 0;
  while (m < d->n_modalities && strcmp(d->modality[m].name, name) != 0)
    m++;
  return m;
}

/* Why an entry cannot act on these data, or NULL. One that names no modality acts on what there is.
 */
static const char *cannot_act(const struct fray_dataset *d, const struct fray_node *entry,
                              struct fray_arena *arena) {
  const struct fray_choice *kind = fray_choice_find(&fray_corruptions, text_at(entry, "kind"));
  const struct fray_node *list = fray_node_get(entry, "modalities");
  const struct fray_node *one = list && list->kind == FRAY_NODE_LIST ? list->child : NULL;
  for (; one; one = one->next) {
    const size_t m = one->kind == FRAY_NODE_SCALAR ? modality_of(d, one->scalar) : d->n_modalities;
    if (m == d->n_modalities)
      return fray_arena_printf(arena, "these data have no modality '%s'",
                               one->kind == FRAY_NODE_SCALAR ? one->scalar : "");
    if (kind && !fray_corruption_fits_modality(kind, d->modality[m].kind))
      return fray_arena_printf(arena, "%s does not damage %s, as it is here", kind->name,
                               one->scalar);
  }
  return NULL;
}

/* A condition is an entry or a list of them. */
static const struct fray_node *first_of(const struct fray_node *test) {
  return test->kind == FRAY_NODE_LIST ? test->child : test;
}
static const struct fray_node *next_of(const struct fray_node *test,
                                       const struct fray_node *entry) {
  return test->kind == FRAY_NODE_LIST ? entry->next : NULL;
}

/* ---- as a recipe of this search ---- */

/* An entry is the aim's if it says nothing that the aim would not say. */
static bool is_aim(const struct red_aim *aim, const struct fray_dataset *d,
                   const struct fray_node *entry) {
  const struct fray_node *list = fray_node_get(entry, "modalities");
  if (strcmp(text_at(entry, "kind"), aim->kind->name) != 0 || !list ||
      list->kind != FRAY_NODE_LIST || list->n != 1 || list->child->kind != FRAY_NODE_SCALAR ||
      strcmp(list->child->scalar, d->modality[aim->modality].name) != 0)
    return false;
  for (const struct fray_node *key = entry->child; key; key = key->next) {
    const bool known = strcmp(key->key, "kind") == 0 || strcmp(key->key, "modalities") == 0 ||
                       strcmp(key->key, "id") == 0 || red_aim_has(aim, key->key);
    const bool target = aim->target_key && strcmp(key->key, aim->target_key) == 0 &&
                        key->kind == FRAY_NODE_SCALAR && strcmp(key->scalar, aim->target) == 0;
    if (!known && !target)
      return false;
  }
  return true;
}

/* False: it is none of what this search is made of. exact: no value had to be cut to the limits. */
static bool as_recipe(const struct red_space *space, const struct fray_node *test,
                      struct fray_red_recipe *out, bool *exact) {
  *out = (struct fray_red_recipe){0};
  *exact = true;
  for (const struct fray_node *e = first_of(test); e; e = next_of(test, e)) {
    size_t k = 0;
    while (k < space->space.n_kinds && !is_aim(&space->aim[k], space->dataset, e))
      k++;
    if (k == space->space.n_kinds || out->n == space->space.most)
      return false;
    for (size_t i = 0; i < out->n; i++)
      if (out->entry[i].kind == k)
        return false;
    out->entry[out->n].kind = k;
    if (!red_aim_read(space, k, e, out->entry[out->n].value, exact))
      return false;
    out->n++;
  }
  return out->n > 0;
}

/* ---- all of it ---- */

/* One condition, which is left out, kept, or tried as well. Other ranks read the same text and come
 * to the same, so that only one of them speaks. */
static enum fray_status add(const struct red_file *file, const struct red_space *space,
                            const struct fray_node *test, struct fray_arena *arena,
                            struct red_older *out, struct fray_err *err) {
  struct fray_arena scratch = {0};
  struct fray_condition *unused;
  struct fray_text text = {0};
  struct red_old *old = &out->old[out->n];
  for (const struct fray_node *e = first_of(test); e; e = next_of(test, e)) {
    const char *why = e->kind == FRAY_NODE_MAP ? cannot_act(space->dataset, e, arena) : NULL;
    if (!why)
      continue;
    if (out->is_told)
      fray_warn("%s: tests.%s: left out: %s", file->from_path, test->key, why);
    return FRAY_OK;
  }
  /* As evaluate reads it, so that a pack that is broken is found before hours of asking. */
  fray_text_printf(&text, "%s: ", test->key);
  fray_node_flow(test, &text);
  const char *kept = text.failed ? NULL : fray_arena_strdup(arena, text.data);
  enum fray_status status = kept ? red_read_recipe(kept, arena, &scratch, &unused, err)
                                 : fray_fail(err, FRAY_MEMORY, "out of memory");
  fray_text_free(&text);
  fray_arena_free(&scratch);
  if (status != FRAY_OK)
    return fray_at(err, "%s", file->from_path);
  old->name = test->key;
  old->condition = kept;
  old->is_seed = as_recipe(space, test, &old->recipe, &old->is_exact);
  out->n++;
  out->seeds += old->is_seed;
  return FRAY_OK;
}

/* In the order of the pack, whose best find comes first: a pool may have less room than it has. */
enum fray_status red_older_read(const struct red_file *file, const struct red_space *space,
                                bool is_told, struct fray_arena *arena, struct red_older *out,
                                struct fray_err *err) {
  const struct fray_node *tests = fray_node_get(file->from, "tests");
  *out = (struct red_older){.is_told = is_told};
  if (!file->from)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(out->old, arena, tests->n + 1, err);
  for (const struct fray_node *test = tests->child; test; test = test->next)
    FRAY_TRY(add(file, space, test, arena, out, err));
  return FRAY_OK;
}

/* Of few: counted anew each time. */
const struct red_old *red_older_seed(const struct red_older *older, size_t i) {
  for (size_t k = 0; k < older->n; k++)
    if (older->old[k].is_seed && i-- == 0)
      return &older->old[k];
  return NULL;
}

/* ---- the next pack ---- */

/* One earlier pack, without those that it had gone on from, which stand before it. */
static void put_origin(const struct fray_node *pack, struct fray_text *out) {
  bool any = false;
  fray_text_puts(out, "    - {");
  for (const struct fray_node *key = pack->child; key; key = key->next) {
    if (strcmp(key->key, "older") == 0)
      continue;
    fray_text_printf(out, "%s%s: ", any ? ", " : "", key->key);
    fray_node_flow(key, out);
    any = true;
  }
  fray_text_puts(out, "}\n");
}

/* Oldest first, and flat: the tenth pack of a row is no deeper than the second. */
void red_older_put_origins(const struct red_file *file, struct fray_text *out) {
  const struct fray_node *pack = fray_node_get(file->from, "pack");
  const struct fray_node *older = fray_node_get(pack, "older");
  if (!pack)
    return;
  fray_text_puts(out, "  older:\n");
  for (const struct fray_node *one = older ? older->child : NULL; one; one = one->next)
    put_origin(one, out);
  put_origin(pack, out);
}

/* Those that this search has found again stand among its finds, under the same name. */
void red_older_put_tests(const struct red_found *found, struct fray_text *out) {
  for (size_t k = 0; k < found->older.n; k++) {
    bool again = false;
    for (size_t f = 0; f < found->n_finds; f++)
      again |= strcmp(found->find[f].record->name, found->older.old[k].name) == 0;
    if (!again)
      fray_text_printf(out, "  %s\n", found->older.old[k].condition);
  }
}
