/* The conditions and cells of controls, which are known once the data are open.
 *
 * Conditions are entries of `tests` that the program writes itself, so that they are damaged,
 * measured, named and resumed as those of the user are. Which modalities there are is known from
 * the shards alone. */
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "study/scenario/scenario.h"
#include "trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char all_missing[] = "all_missing", matched_volume[] = "matched_volume",
                  source[] = "controls";

/* Line 0: the value stands in no file, so messages about it name "controls" as its source. */
static enum fray_status put_text(struct fray_node *parent, const char *key, const char *text,
                                 struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *value = fray_node_scalar(text, source, 0, arena);
  FRAY_CHECK(value, err, MEMORY, "out of memory");
  return fray_node_put(parent, key, value, arena, err);
}

static enum fray_status new_list(struct fray_arena *arena, struct fray_node **out,
                                 struct fray_err *err) {
  FRAY_ALLOC_ZERO(*out, arena, 1, err);
  **out = (struct fray_node){.kind = FRAY_NODE_LIST, .source = source};
  return FRAY_OK;
}

/* tests.NAME: those modalities of the data set that are in the mask are lost, all of them if it is
 * full. */
static enum fray_status put_mask(struct fray_node *tests, const char *name,
                                 const struct fray_dataset *d, unsigned lost,
                                 struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *entry = fray_node_map(source, 0, arena), *list;
  FRAY_CHECK(entry && name, err, MEMORY, "out of memory");
  FRAY_TRY(put_text(entry, "kind", fray_corruption_remover()->name, arena, err));
  FRAY_TRY(new_list(arena, &list, err));
  for (size_t m = 0; m < d->n_modalities; m++)
    if (lost >> m & 1)
      FRAY_TRY(put_text(list, NULL, d->modality[m].name, arena, err));
  /* Without the key an entry acts on all modalities: all_missing is the same text for every data
   * set. */
  if (list->n < d->n_modalities)
    FRAY_TRY(fray_node_put(entry, "modalities", list, arena, err));
  /* Nothing is left to chance: every sample that has the modality loses it, and a sample that loses
   * its last one stays in the panel, since all models must be judged on the same samples. */
  FRAY_TRY(put_text(entry, "rate", "1", arena, err));
  FRAY_TRY(put_text(entry, "if_all_lost", "keep", arena, err));
  return fray_node_put(tests, name, entry, arena, err);
}

/* The conditions of controls, behind those of the user. Of a single modality "only" would be the
 * clean data and "without" would be all_missing, so neither is made. */
static enum fray_status put_conditions(unsigned controls, const struct fray_dataset *d,
                                       struct fray_node *tests, struct fray_arena *arena,
                                       struct fray_err *err) {
  const unsigned all = (1u << d->n_modalities) - 1;
  if (controls & FRAY_CONTROL_ALL_MISSING)
    FRAY_TRY(put_mask(tests, all_missing, d, all, arena, err));
  if (!(controls & FRAY_CONTROL_UNIMODAL) || d->n_modalities < 2)
    return FRAY_OK;
  for (size_t m = 0; m < d->n_modalities; m++)
    FRAY_TRY(put_mask(tests, fray_arena_printf(arena, "only:%s", d->modality[m].name), d,
                      all & ~(1u << m), arena, err));
  for (size_t m = 0; m < d->n_modalities; m++)
    FRAY_TRY(put_mask(tests, fray_arena_printf(arena, "without:%s", d->modality[m].name), d,
                      1u << m, arena, err));
  return FRAY_OK;
}

/* The cell's tree with the conditions of controls. A changed copy: the node of a cell may be shared
 * with other cells. */
static enum fray_status with_conditions(const struct fray_study *study,
                                        const struct fray_cell *cell, const struct fray_dataset *d,
                                        struct fray_arena *arena, struct fray_node **out,
                                        struct fray_err *err) {
  struct fray_node *tree = fray_node_copy(cell->node, arena);
  FRAY_CHECK(tree, err, MEMORY, "out of memory");
  struct fray_node *tests = fray_node_get(tree, "tests");
  if (!tests || tests->kind == FRAY_NODE_NULL) {
    tests = fray_node_map(source, 0, arena);
    FRAY_CHECK(tests, err, MEMORY, "out of memory");
    FRAY_TRY(fray_node_put(tree, "tests", tests, arena, err));
  }
  *out = tree;
  return put_conditions(study->controls, d, tests, arena, err);
}

/* Cells of methods that set `tests` themselves get the conditions of controls as well. */
static enum fray_status add_conditions(struct fray_study *study, struct fray_cell *cell,
                                       const struct fray_dataset *d, struct fray_err *err) {
  struct fray_node *tree = NULL;
  if (!(study->controls & (FRAY_CONTROL_ALL_MISSING | FRAY_CONTROL_UNIMODAL)))
    return FRAY_OK;
  const struct fray_arena_place mark = fray_arena_mark(&study->scratch);
  enum fray_status status = with_conditions(study, cell, d, &study->scratch, &tree, err);
  if (status == FRAY_OK)
    status = fray_cell_read(study, cell, tree, err);
  fray_arena_rewind(&study->scratch, mark);
  return status;
}

/* What makes a control cell out of the cell of a point. */
struct edit {
  const struct fray_modality *modality; /* the only one; NULL: all */
  const struct fray_cell *clean; /* the cell whose strengths become neutral; NULL: they stay */
  const struct fray_volume_part *volume; /* what is matched; NULL: nothing */
};

/* Maps of modalities keep the one that is left. Nodes are only unlinked: they belong to the arena
 * of the tree. A missing map (NULL) is fine. */
static void drop_children(struct fray_node *parent, const char *kept) {
  for (struct fray_node **at = parent ? &parent->child : NULL; at && *at;) {
    if ((*at)->key && strcmp((*at)->key, kept) == 0) {
      at = &(*at)->next;
      continue;
    }
    *at = (*at)->next;
    parent->n--;
  }
}

/* The kind of an entry that is not read yet; what is wrong with it is said where it is. */
static const struct fray_choice *kind_of(const struct fray_node *entry) {
  const struct fray_node *name = fray_node_get(entry, "kind");
  return name && name->kind == FRAY_NODE_SCALAR ? fray_choice_find(&fray_corruptions, name->scalar)
                                                : NULL;
}

/* True if the entry acts on the modality; its list then names that one alone. */
static enum fray_status narrow_entry(struct fray_node *entry, const struct fray_modality *modality,
                                     struct fray_arena *arena, bool *acts, struct fray_err *err) {
  const struct fray_node *names = fray_node_get(entry, "modalities");
  const struct fray_choice *kind = kind_of(entry);
  /* Kept when the kind is unknown, so that reading the tree refuses it in its usual words. */
  *acts = !kind || fray_corruption_fits_modality(kind, modality->kind);
  if (!*acts || !names || names->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  const struct fray_node *name = names->kind == FRAY_NODE_LIST ? names->child : names;
  *acts = !name; /* an empty list: all */
  for (; name; name = names->kind == FRAY_NODE_LIST ? name->next : NULL)
    if (name->kind == FRAY_NODE_SCALAR && strcmp(name->scalar, modality->name) == 0) {
      *acts = true;
      return put_text(entry, "modalities", modality->name, arena, err);
    }
  return FRAY_OK;
}

static enum fray_status narrow_entries(struct fray_node *entries,
                                       const struct fray_modality *modality,
                                       struct fray_arena *arena, struct fray_err *err);

/* An entry, or a list of entries that make one condition. */
static enum fray_status narrow_one(struct fray_node *node, const struct fray_modality *modality,
                                   struct fray_arena *arena, bool *acts, struct fray_err *err) {
  if (node->kind != FRAY_NODE_LIST)
    return narrow_entry(node, modality, arena, acts, err);
  FRAY_TRY(narrow_entries(node, modality, arena, err));
  *acts = node->n > 0;
  return FRAY_OK;
}

static const char *scalar_of(const struct fray_node *entry, const char *key) {
  const struct fray_node *node = fray_node_get(entry, key);
  return node && node->kind == FRAY_NODE_SCALAR ? node->scalar : NULL;
}

/* Without the entry that it follows, another one would have nothing that says whom it hits. */
static enum fray_status check_followed(const struct fray_node *entries,
                                       const struct fray_node *gone,
                                       const struct fray_modality *modality, struct fray_err *err) {
  const char *id = scalar_of(gone, "id"), *kind = scalar_of(gone, "kind");
  char where[256];
  for (const struct fray_node *e = entries->child; e; e = e->next) {
    const char *with = e->kind == FRAY_NODE_MAP ? scalar_of(e, "with") : NULL;
    FRAY_CHECK(!with || !(id || kind) || strcmp(with, id ? id : kind) != 0, err, INPUT,
               "%s: with: the control unimodal:%s leaves out the entry '%s', which does not act on "
               "%s; an entry that is tied to it cannot be in that control",
               fray_node_where(e, where), modality->name, with, modality->name);
  }
  return FRAY_OK;
}

/* Entries of a list or map that act on other modalities only have nothing to act on, and go.
 * Recursion ends: a list of entries holds no lists. */
static enum fray_status narrow_entries(struct fray_node *entries,
                                       const struct fray_modality *modality,
                                       struct fray_arena *arena, struct fray_err *err) {
  for (struct fray_node **at = entries ? &entries->child : NULL; at && *at;) {
    bool acts;
    FRAY_TRY(narrow_one(*at, modality, arena, &acts, err));
    if (acts) {
      at = &(*at)->next;
      continue;
    }
    FRAY_TRY(check_followed(entries, *at, modality, err));
    *at = (*at)->next;
    entries->n--;
  }
  return FRAY_OK;
}

/* Keys of other modalities would be refused as unknown, so they go with them. */
static enum fray_status leave_modality(struct fray_node *tree, const struct fray_modality *modality,
                                       struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *list;
  FRAY_TRY(new_list(arena, &list, err));
  FRAY_TRY(put_text(list, NULL, modality->name, arena, err));
  FRAY_TRY(fray_node_put(fray_node_get(tree, "data"), "modalities", list, arena, err));
  drop_children(fray_node_at(tree, "data.features"), modality->name);
  drop_children(fray_node_at(tree, "model.encoders"), modality->name);
  FRAY_TRY(narrow_entries(fray_node_get(tree, "corruption"), modality, arena, err));
  return narrow_entries(fray_node_get(tree, "tests"), modality, arena, err);
}

/* Keys of an entry that become neutral: its strength, and the rate if its kind has one. They do not
 * depend on what the scenario leaves to defaults: read back with defaults, it must be the same. */
struct neutral {
  size_t n;
  struct fray_strength key[2];
};

/* The second key is left out where the rate is the strength itself. */
static struct neutral neutral_of(const struct fray_corruption_config *entry) {
  /* Of the kind: rates beside the entry's own are taken out, and then 0 is no damage. */
  const char *own = fray_corruption_measure(entry).key;
  const struct fray_strength of[2] = {own ? fray_corruption_key(entry->kind.choice, own)
                                          : (struct fray_strength){0},
                                      fray_corruption_key(entry->kind.choice, "rate")};
  struct neutral out = {0};
  /* Only its absence is no damage; so it is with one that has another's samples and no rate. */
  if (isnan(fray_corruption_nominal(entry)) || entry->with)
    return out;
  for (size_t k = 0; k < FRAY_COUNT(of); k++)
    if (of[k].key && !isnan(of[k].none) && !(k > 0 && strcmp(of[k].key, of[0].key) == 0))
      out.key[out.n++] = of[k];
  return out;
}

/* Takes a key out of a map; nothing if it is not there, or key is NULL. */
static void drop_key(struct fray_node *map, const char *key) {
  for (struct fray_node **at = &map->child; key && *at; at = &(*at)->next)
    if (strcmp((*at)->key, key) == 0) {
      *at = (*at)->next;
      map->n--;
      return;
    }
}

/* An entry without a strength cannot be turned down, so it goes as a whole. Entries of the cell and
 * nodes of the list are walked in step: both are in the order of the scenario, which holds only
 * while no entry was dropped before this. */
static enum fray_status neutralise(struct fray_node *tree, const struct fray_cell *cell,
                                   struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *entries = fray_node_get(tree, "corruption");
  struct fray_node **at = entries ? &entries->child : NULL;
  for (size_t e = 0; at && *at && e < cell->n_entries; e++) {
    const struct neutral neutral = neutral_of(cell->entry[e]);
    if (neutral.n == 0) {
      *at = (*at)->next;
      entries->n--;
      continue;
    }
    for (size_t k = 0; k < neutral.n; k++) {
      char text[32];
      fray_format_double(neutral.key[k].none, text);
      FRAY_TRY(put_text(*at, neutral.key[k].key, text, arena, err));
    }
    drop_key(*at, fray_corruption_exceptions(cell->entry[e]));
    at = &(*at)->next;
  }
  return FRAY_OK;
}

/* Modalities first: entries that go with a modality need no strength of 0. */
static enum fray_status apply_edit(struct fray_node *tree, const void *user,
                                   struct fray_arena *arena, struct fray_err *err) {
  const struct edit *edit = user;
  if (edit->modality)
    FRAY_TRY(leave_modality(tree, edit->modality, arena, err));
  if (edit->volume)
    FRAY_TRY(fray_volume_put(tree, edit->volume, arena, err));
  return edit->clean ? neutralise(tree, edit->clean, arena, err) : FRAY_OK;
}

/* Swept strengths of a clean cell read neutral, whatever the point says. Tables find a clean cell
 * by these values, and points that differ in strengths alone get equal ones, by which add_clean()
 * finds that they share a cell. */
static enum fray_status neutral_values(struct fray_study *study, const struct fray_cell *from,
                                       struct fray_cell *cell, struct fray_err *err) {
  for (size_t e = 0; e < from->n_entries; e++) {
    const struct neutral neutral = neutral_of(from->entry[e]);
    for (size_t at = 0; at < neutral.n * study->n_keys; at++) {
      const size_t k = at % study->n_keys;
      const struct fray_strength *strength = &neutral.key[at / study->n_keys];
      char key[256], text[32];
      snprintf(key, sizeof key, "%s.%s", from->entry[e]->id, strength->key);
      if (strcmp(study->key[k], key) != 0)
        continue;
      fray_format_double(strength->none, text);
      cell->value[k] = fray_arena_strdup(&study->arena, text);
      FRAY_CHECK(cell->value[k], err, MEMORY, "out of memory");
    }
  }
  return FRAY_OK;
}

/* Columns of entries that the cell does without stay empty. trials.csv has the columns of the first
 * cell; n_entries, an index that no entry has, stands for "none". */
static enum fray_status find_columns(struct fray_study *study, struct fray_cell *cell,
                                     struct fray_err *err) {
  const struct fray_cell *first = &study->cell[0];
  FRAY_ALLOC(cell->column, &study->arena, FRAY_MAX(first->n_entries, (size_t)1), err);
  for (size_t c = 0; c < first->n_entries; c++) {
    cell->column[c] = cell->n_entries;
    for (size_t e = 0; e < cell->n_entries; e++)
      if (strcmp(cell->entry[e]->id, first->entry[c]->id) == 0)
        cell->column[c] = e;
  }
  return FRAY_OK;
}

/* The trainings that are being added. */
struct adding {
  struct fray_study *study;
  struct fray_session *session;
  const struct fray_node *method; /* of the reference, or the first; NULL: there are none */
  size_t room;                    /* of study->cell */
  uint64_t *hash;                 /* (cells) of a clean one's values, then of each finished one's
                                     node: most differ in it */
};

/* A new cell behind the others; what it adds to the plan is nothing if it equals an earlier one.
 * Room was made beforehand for the most that there can be: pointers into study->cell, as
 * edit->clean, stay good while cells are added. */
static enum fray_status add_cell(struct adding *a, size_t point, const struct edit *edit,
                                 const char *control, bool local_only, struct fray_err *err) {
  struct fray_study *s = a->study;
  struct fray_cell *cell = &s->cell[s->n_cells];
  FRAY_CHECK(s->n_cells < a->room && control, err, MEMORY, "out of memory");
  *cell = (struct fray_cell){.control = control, .local_only = local_only, .twin = s->n_cells};
  if (fray_cell_make(s, &s->point[point], apply_edit, edit, cell, err) != FRAY_OK)
    return fray_cell_named(s, cell, err);
  if (edit->clean)
    FRAY_TRY(neutral_values(s, edit->clean, cell, err));
  FRAY_TRY(find_columns(s, cell, err));
  s->n_cells++;
  return FRAY_OK;
}

/* Equal nodes are the same text. */
static enum fray_status hash_cell(const struct fray_cell *cell, uint64_t *hash,
                                  struct fray_err *err) {
  struct fray_text text = {0};
  fray_node_emit(cell->node, &text);
  const bool is_whole = !text.failed;
  *hash = fray_hash64(text.data ? text.data : "", text.size);
  fray_text_free(&text);
  FRAY_CHECK(is_whole, err, MEMORY, "out of memory");
  return FRAY_OK;
}

static bool is_same_cell(const struct adding *a, size_t c, size_t other) {
  const struct fray_cell *x = &a->study->cell[c], *y = &a->study->cell[other];
  return a->hash[c] == a->hash[other] && x->local_only == y->local_only &&
         fray_node_equal(x->node, y->node);
}

/* Conditions of a control cell are those of its own modalities. A cell looks for its twin among the
 * earlier ones only, so a twin is always a cell that does its own work, or itself. Ordinary cells
 * were compared when they were made. */
static enum fray_status finish_cell(struct adding *a, size_t self, struct fray_err *err) {
  struct fray_study *s = a->study;
  struct fray_cell *cell = &s->cell[self];
  FRAY_TRY(fray_session_open(a->session, cell, err));
  enum fray_status status = add_conditions(s, cell, a->session->dataset, err);
  if (status == FRAY_OK)
    status = hash_cell(cell, &a->hash[self], err);
  if (status != FRAY_OK)
    fray_cell_named(s, cell, err);
  FRAY_TRY(fray_comm_agree(a->session->comm, status, err));
  for (size_t c = 0; c < self && self >= s->n_points && cell->twin == self; c++)
    if (is_same_cell(a, c, self))
      cell->twin = c;
  return FRAY_OK;
}

/* Unimodal and local-only controls are made for one method, or their number would be that of the
 * study. */
static bool is_chosen(const struct adding *a, size_t point) {
  const struct fray_axis_point *p = &a->study->point[point];
  if (a->method)
    for (size_t k = 0; k < p->n; k++)
      if (strcmp(p->key[k], "method") == 0)
        return fray_node_equal(p->value[k], a->method);
  return true;
}

/* One model for each modality of the points' data. Modality by modality outside and point by point
 * inside, so that the cells of one control stand together; how many modalities there are shows only
 * while data sets are opened. */
static enum fray_status add_unimodal(struct adding *a, struct fray_err *err) {
  struct fray_study *s = a->study;
  size_t most = 1;
  for (size_t m = 0; m < most; m++)
    for (size_t i = 0; i < s->n_points; i++) {
      if (!is_chosen(a, i))
        continue;
      FRAY_TRY(fray_session_open(a->session, &s->cell[i], err));
      const struct fray_dataset *d = a->session->dataset;
      most = FRAY_MAX(most, d->n_modalities);
      if (m >= d->n_modalities)
        continue;
      const char *control = fray_arena_printf(&s->arena, "unimodal:%s", d->modality[m].name);
      FRAY_CHECK(control, err, MEMORY, "out of memory");
      /* Of a data set with one modality the cell is what it was. */
      const struct edit edit = {.modality = d->n_modalities > 1 ? &d->modality[m] : NULL};
      FRAY_TRY(fray_comm_agree(a->session->comm, add_cell(a, i, &edit, control, false, err), err));
    }
  return FRAY_OK;
}

static enum fray_status add_local_only(struct adding *a, struct fray_err *err) {
  struct fray_study *s = a->study;
  const struct edit edit = {0};
  for (size_t i = 0; i < s->n_points; i++)
    if (is_chosen(a, i))
      FRAY_TRY(add_cell(a, i, &edit, "local_only", true, err));
  return FRAY_OK;
}

/* Of a thousand clean cells most differ in it. */
static uint64_t hash_values(const struct fray_study *s, const struct fray_cell *cell) {
  uint64_t hash = 0;
  for (size_t k = 0; k < s->n_keys; k++) {
    const uint64_t both[] = {hash, fray_hash_text(cell->value[k])};
    hash = fray_hash64(both, sizeof both);
  }
  return hash;
}

/* Compared only where the hashes are equal, which is seldom by chance. */
static bool same_values(const struct fray_study *s, const struct fray_cell *a,
                        const struct fray_cell *b) {
  for (size_t k = 0; k < s->n_keys; k++)
    if (strcmp(a->value[k], b->value[k]) != 0)
      return false;
  return true;
}

/* One cell for all points that differ in strengths only; each method has its own. A cell that turns
 * out to be a repetition is taken back by the count; its memory stays in the arena. */
static enum fray_status add_clean(struct adding *a, struct fray_err *err) {
  struct fray_study *s = a->study;
  const size_t first = s->n_cells;
  for (size_t i = 0; i < s->n_points; i++) {
    const struct edit edit = {.clean = &s->cell[i]};
    FRAY_TRY(add_cell(a, i, &edit, "clean", false, err));
    const size_t last = s->n_cells - 1;
    a->hash[last] = hash_values(s, &s->cell[last]);
    for (size_t c = first; c < last; c++)
      if (a->hash[c] == a->hash[last] && same_values(s, &s->cell[c], &s->cell[last])) {
        s->n_cells--;
        break;
      }
  }
  return FRAY_OK;
}

/* Of each point, one for each part of it: what of a cell is matched is told by the name. Two names
 * would be one if an id were that of the method. */
static enum fray_status add_volumes_of(struct adding *a, size_t point, struct fray_err *err) {
  struct fray_study *s = a->study;
  struct fray_volume_part *part;
  FRAY_ALLOC(part, &s->arena, 2 + s->cell[point].n_entries, err);
  const size_t n = fray_cell_volumes(&s->cell[point], part);
  for (size_t k = 0; k < n; k++) {
    const struct edit edit = {.volume = &part[k]};
    for (size_t j = 0; j < k; j++)
      FRAY_CHECK(strcmp(part[j].name, part[k].name) != 0, err, INPUT,
                 "%s: controls: matched_volume: the entry '%s' of corruption has the name of a "
                 "method that has a control, too; give it another id",
                 s->path, part[k].name);
    FRAY_TRY(add_cell(a, point, &edit,
                      fray_arena_printf(&s->arena, "%s:%s", matched_volume, part[k].name), false,
                      err));
  }
  return FRAY_OK;
}

static enum fray_status add_volumes(struct adding *a, struct fray_err *err) {
  struct fray_study *s = a->study;
  const size_t before = s->n_cells;
  for (size_t i = 0; i < s->n_points; i++)
    FRAY_TRY(add_volumes_of(a, i, err));
  return s->n_cells > before ? FRAY_OK : fray_volume_of_nothing(s, err);
}

/* The method of the reference, or the first one. */
static const struct fray_node *choose_method(const struct fray_study *s) {
  const struct fray_node *reference = fray_node_get(s->root, "reference");
  const struct fray_node *method = fray_node_get(reference, "method");
  for (size_t k = 0; !method && k < s->n_keys; k++)
    if (strcmp(s->key[k], "method") == 0)
      method = s->point[0].value[k];
  return method;
}

/* At most each point once more for every kind of control, the unimodal one once for each modality,
 * and that of volumes once for each method and entry. */
static enum fray_status make_room(struct adding *a, struct fray_err *err) {
  struct fray_study *s = a->study;
  struct fray_cell *cells;
  const bool unimodal = s->controls & FRAY_CONTROL_UNIMODAL;
  const bool volumes = s->controls & FRAY_CONTROL_MATCHED_VOLUME;
  const size_t kinds = 2 + (unimodal ? (size_t)FRAY_MAX_MODALITIES : 0) +
                       (volumes ? 2 + s->cell[0].n_entries : 0); /* all cells have as many */
  FRAY_CHECK(fray_size_mul(s->n_points, kinds + 1, &a->room), err, MEMORY, "out of memory");
  FRAY_ALLOC(cells, &s->arena, a->room, err); /* pages that no cell needs are never touched */
  FRAY_ALLOC(a->hash, &s->arena, a->room, err);
  memcpy(cells, s->cell, s->n_cells * sizeof *cells);
  s->cell = cells;
  return FRAY_OK;
}

static enum fray_status add_others(struct adding *a, struct fray_err *err) {
  struct fray_study *s = a->study;
  if (s->controls & FRAY_CONTROL_LOCAL_ONLY)
    FRAY_TRY(add_local_only(a, err));
  if (s->controls & FRAY_CONTROL_CLEAN)
    FRAY_TRY(add_clean(a, err));
  return s->controls & FRAY_CONTROL_MATCHED_VOLUME ? add_volumes(a, err) : FRAY_OK;
}

/* The list is made anew as a whole: cells of controls stand behind the others, seed by seed as
 * these. */
static enum fray_status add_trials(struct fray_study *s, struct fray_err *err) {
  struct fray_trial *trials;
  size_t n;
  FRAY_CHECK(fray_size_mul(s->n_cells, s->n_seeds, &n), err, MEMORY, "out of memory");
  FRAY_ALLOC(trials, &s->arena, n, err);
  for (size_t i = 0; i < n; i++) {
    trials[i] = s->trial[i % s->n_seeds];
    trials[i].cell = i / s->n_seeds;
  }
  s->trial = trials;
  s->n_trials = n;
  return FRAY_OK;
}

/* Once per study, at the first plan: later calls find them there. */
enum fray_status fray_study_add_controls(struct fray_study *study, struct fray_session *session,
                                         struct fray_err *err) {
  struct adding a = {.study = study, .session = session};
  if (!study->controls || study->has_controls)
    return FRAY_OK;
  study->has_controls = true;
  a.method = choose_method(study);
  FRAY_TRY(fray_comm_agree(session->comm, make_room(&a, err), err));
  if (study->controls & FRAY_CONTROL_UNIMODAL)
    FRAY_TRY(add_unimodal(&a, err));
  FRAY_TRY(fray_comm_agree(session->comm, add_others(&a, err), err));
  for (size_t c = 0; c < study->n_cells; c++)
    FRAY_TRY(finish_cell(&a, c, err));
  return fray_comm_agree(session->comm, add_trials(study, err), err);
}
