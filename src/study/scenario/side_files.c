/* The side files of a study: rank 0 reads each once, all ranks keep the bytes.
 *
 * Partitions, cohorts and ledgers decide on numbers. Read by every rank for itself, they could
 * differ, by a slow file system or an edit in between. */
#include "scenario.h"

#include "fray/base/checksums.h"
#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "fray/base/size.h"
#include "fray/corrupt/ledger.h"

#include <stdlib.h>
#include <string.h>

static const size_t largest = (size_t)1 << 30; /* a larger one is refused where it is read */

/* One place of a scenario that names a file. */
struct place {
  const char *path;     /* as the struct of its section has it */
  const char *absolute; /* as the tree has it, once that is filled in; or NULL */
};
/* In the order in which all ranks meet them; the texts may differ from rank to rank, as working
 * folders do. */
struct places {
  struct fray_arena *arena;
  struct place *v;
  size_t n, room;
};

/* Room doubles; a study names a few files in each of thousands of cells. */
static enum fray_status add(struct places *places, const char *path, const char *absolute,
                            struct fray_err *err) {
  if (!path)
    return FRAY_OK;
  if (places->n == places->room) {
    size_t room = places->room ? 2 * places->room : 64;
    struct place *grown;
    FRAY_ALLOC(grown, places->arena, room, err);
    if (places->n)
      memcpy(grown, places->v, places->n * sizeof *grown);
    places->v = grown;
    places->room = room;
  }
  places->v[places->n++] = (struct place){path, absolute};
  return FRAY_OK;
}

static const char *scalar_at(const struct fray_node *map, const char *key) {
  const struct fray_node *node = map ? fray_node_get(map, key) : NULL;
  return node && node->kind == FRAY_NODE_SCALAR ? node->scalar : NULL;
}

/* The files that a chosen kind names, whatever kind it is. section: the struct that the kind's
 * outer rows fill; node: its map in the tree. Found by the type of the field, so that a kind that
 * is added with a file of its own is shared without a line here. */
static enum fray_status add_kind(struct places *places, const struct fray_variant *kind,
                                 const void *section, const struct fray_node *node,
                                 struct fray_err *err) {
  const struct fray_table *table = kind->choice ? kind->choice->table : NULL;
  for (size_t i = 0; table && i < table->n; i++) {
    const struct fray_field *field = &table->fields[i];
    const void *holder = field->outer ? section : kind->params;
    if (field->type != FRAY_PATH || !holder)
      continue;
    const char *path;
    memcpy(&path, (const char *)holder + field->offset, sizeof path);
    FRAY_TRY(add(places, path, scalar_at(node, field->key), err));
  }
  return FRAY_OK;
}

/* In the order in which the sections stand, the same on every rank: the list is compared and then
 * filled by place. Conditions have no node of their own at hand: their paths were made absolute
 * when the scenario was read. */
static enum fray_status add_cell(struct places *places, const struct fray_cell *cell,
                                 struct fray_err *err) {
  const struct fray_scenario *config = &cell->config;
  const struct fray_node *entries = fray_node_get(cell->node, "corruption");
  const struct fray_node *entry = entries ? entries->child : NULL;
  FRAY_TRY(add_kind(places, &config->data.partition.kind, NULL,
                    fray_node_at(cell->node, "data.partition"), err));
  FRAY_TRY(add(places, config->training.cohorts,
               scalar_at(fray_node_get(cell->node, "training"), "cohorts"), err));
  FRAY_TRY(add_kind(places, &config->training.availability.time.kind, NULL,
                    fray_node_at(cell->node, "training.availability.time"), err));
  FRAY_TRY(add_kind(places, &config->evaluate.judge.kind, NULL,
                    fray_node_at(cell->node, "evaluate.judge"), err));
  for (size_t e = 0; e < cell->n_entries; e++, entry = entry ? entry->next : NULL)
    FRAY_TRY(add_kind(places, &cell->entry[e]->kind, cell->entry[e], entry, err));
  for (size_t k = 0; k < cell->n_conditions; k++)
    for (size_t e = 0; e < cell->condition[k].n_entries; e++)
      FRAY_TRY(add_kind(places, &cell->condition[k].entry[e]->kind, cell->condition[k].entry[e],
                        NULL, err));
  return FRAY_OK;
}

/* The first place that names the same file, by its text on rank 0. The loop ends at i itself at the
 * latest. A quadratic search: places are few, and of equal paths the first is found early. */
static void find_first(const struct places *places, uint32_t *first) {
  for (size_t i = 0; i < places->n; i++) {
    size_t k = 0;
    while (strcmp(places->v[k].path, places->v[i].path) != 0)
      k++;
    first[i] = (uint32_t)k;
  }
}

/* What was read of a file, or why it was not; a failure is told where the file is needed. */
struct content {
  struct fray_text text;
  struct fray_err why;
};

/* A file that cannot be read is no error yet: whether it is needed is not known here. */
static void read_one(const char *path, struct content *out) {
  enum fray_status status = fray_checksums_check_path(path, &out->why);
  if (status == FRAY_OK)
    status = fray_side_fetch(path, largest, &out->text, &out->why);
  if (status == FRAY_OK)
    fray_deed(FRAY_DEED_FILE, path);
  out->why.status = status;
}

/* Sends what rank 0 has read to all. why goes along, so that all ranks tell the same of a file that
 * only rank 0 could not read; such a file has a size of 0. A byte more is taken for the end of a
 * text. */
static enum fray_status share_one(struct content *c, struct fray_comm *comm, struct fray_err *err) {
  uint64_t size = c->text.size;
  enum fray_status status = FRAY_OK;
  fray_comm_broadcast(comm, &c->why, sizeof c->why, 0);
  fray_comm_broadcast(comm, &size, sizeof size, 0);
  if (fray_comm_rank(comm) != 0) {
    char *data = calloc(1, (size_t)size + 1);
    status = data ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
    c->text = (struct fray_text){.data = data, .size = (size_t)size, .capacity = (size_t)size + 1};
  }
  FRAY_TRY(fray_comm_agree(comm, status, err));
  if (size)
    fray_comm_broadcast(comm, c->text.data, (size_t)size, 0);
  return FRAY_OK;
}

/* File after file, so that no more than one is in memory twice. stored (places) is filled at first
 * places only, and the bytes belong to the store of side files. */
static enum fray_status share(const struct places *places, const uint32_t *first,
                              const struct fray_side_bytes **stored, struct fray_comm *comm,
                              struct fray_err *err) {
  for (size_t i = 0; i < places->n; i++) {
    struct content c = {0};
    struct fray_side_bytes *bytes = NULL;
    /* The same file under several keys is read once. */
    if (first[i] != i)
      continue;
    if (fray_comm_rank(comm) == 0)
      read_one(places->v[i].path, &c);
    enum fray_status status = share_one(&c, comm, err);
    if (status == FRAY_OK)
      status = fray_side_store(c.text.data, c.text.size, c.why.status == FRAY_OK ? NULL : &c.why,
                               &bytes, err);
    fray_text_free(&c.text);
    FRAY_TRY(fray_comm_agree(comm, status, err));
    stored[i] = bytes;
  }
  return FRAY_OK;
}

/* Under the path as the scenario has it and as an absolute one: some code asks for one, some for
 * the other. */
static enum fray_status keep_paths(const struct places *places, const uint32_t *first,
                                   const struct fray_side_bytes *const *stored,
                                   struct fray_err *err) {
  for (size_t i = 0; i < places->n; i++) {
    const struct place *place = &places->v[i];
    FRAY_TRY(fray_side_add(place->path, stored[first[i]], err));
    if (place->absolute)
      FRAY_TRY(fray_side_add(place->absolute, stored[first[i]], err));
  }
  return FRAY_OK;
}

/* Which places name the same file is found by rank 0, whose paths count. */
static enum fray_status share_all(const struct places *places, struct fray_comm *comm,
                                  struct fray_err *err) {
  const struct fray_side_bytes **stored =
      fray_arena_zero(places->arena, places->n + 1, sizeof *stored);
  uint32_t *first = fray_arena_alloc(places->arena, places->n + 1, sizeof *first);
  enum fray_status status =
      stored && first ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  FRAY_TRY(fray_comm_agree(comm, status, err));
  find_first(places, first);
  fray_comm_broadcast(comm, first, places->n * sizeof *first, 0);
  FRAY_TRY(share(places, first, stored, comm, err));
  return keep_paths(places, first, stored, err);
}

/* Ledgers lead to further files. All ranks have the bytes of the ledgers now, so all find the same.
 */
static enum fray_status add_ledger_files(const struct places *places, struct places *more,
                                         struct fray_err *err) {
  for (size_t i = 0; i < places->n; i++) {
    const char *data, **path;
    size_t size, n;
    /* What cannot be read is told where it is needed. */
    if (fray_side_view(places->v[i].path, largest, &data, &size, NULL) != FRAY_OK)
      continue;
    FRAY_TRY(fray_ledger_files(data, size, &fray_corruption_table, places->arena, &path, &n, err));
    for (size_t k = 0; k < n; k++)
      FRAY_TRY(add(more, path[k], NULL, err));
  }
  return FRAY_OK;
}

/* Ranks may not see the same file system: what is read later comes from these bytes, the same on
 * all. The number of places is compared and not their paths, which may differ; scenarios that
 * differ in more are found when trials are named. */
enum fray_status fray_side_files_share(const struct fray_study *study, struct fray_comm *comm,
                                       struct fray_err *err) {
  struct fray_arena arena = {0};
  struct places places = {.arena = &arena}, more = {.arena = &arena};
  enum fray_status status = FRAY_OK;
  /* What another study of this process had read is not of this one. */
  fray_side_forget();
  for (size_t c = 0; status == FRAY_OK && c < study->n_cells; c++)
    status = add_cell(&places, &study->cell[c], err);
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK && !fray_comm_same(comm, places.n))
    status = fray_fail(err, FRAY_INPUT,
                       "the ranks were given different scenarios or --set; all must run the same "
                       "command");
  if (status == FRAY_OK)
    status = fray_comm_agree(comm, share_all(&places, comm, err), err);
  if (status == FRAY_OK)
    status = fray_comm_agree(comm, add_ledger_files(&places, &more, err), err);
  if (status == FRAY_OK)
    status = fray_comm_agree(comm, share_all(&more, comm, err), err);
  /* Alone, a file that is not among them may still be opened; on several ranks it could differ. */
  if (status == FRAY_OK && fray_comm_size(comm) > 1)
    fray_side_close();
  fray_arena_free(&arena);
  return status;
}
