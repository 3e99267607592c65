/* Many maps that differ in little: what they have in common is read and kept once. A sweep of
 * 100,000 cells repeats nearly all of a scenario in each of them. */
#include "engine.h"

#include "fray/base/hash.h"
#include "tree.h"

#include <string.h>

/* Found by hash alone, in a table of the store. */
struct fray_shared {
  struct fray_hash128 hash; /* of the field and of all that its value is read from */
  void *member;
  const struct fray_node *filled; /* NULL: the key is not written */
};

/* A text and where it ends, so that two texts are never taken for two others. A length in front,
 * then the bytes. */
static void add_text(struct fray_text *out, const char *text) {
  const size_t size = text ? strlen(text) + 1 : 0;
  fray_text_add(out, (const char *)&size, sizeof size);
  fray_text_add(out, text ? text : "", size);
}

/* Everything that reading looks at: messages name lines, and paths begin at their file's folder. */
static void add_node(struct fray_text *out, const struct fray_node *node) {
  /* Kind, line and quotes count: "3" and 3 are read differently, and a message names the line. */
  const size_t head[] = {node->kind, (size_t)node->line, node->quoted, node->n};
  fray_text_add(out, (const char *)head, sizeof head);
  add_text(out, node->source);
  add_text(out, node->key);
  add_text(out, node->scalar);
  for (const struct fray_node *e = node->child; e; e = e->next)
    add_node(out, e);
}

/* What is absent is read from the line of the root. */
static enum fray_status hash_value(size_t field, const struct fray_node *root,
                                   const struct fray_node *value, struct fray_hash128 *out,
                                   struct fray_err *err) {
  struct fray_text text = {0};
  const struct fray_node head = {.line = root->line, .source = root->source};
  fray_text_add(&text, (const char *)&field, sizeof field);
  add_node(&text, &head);
  if (value)
    add_node(&text, value);
  const bool is_whole = !text.failed;
  if (is_whole)
    *out = fray_hash128_of(text.data, text.size);
  fray_text_free(&text);
  FRAY_CHECK(is_whole, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Open addressing; the hash is one already, its low bits are as good as any. 128 bits: a clash is
 * not expected in the life of the program, so values are not compared. */
static struct fray_shared **find(const struct fray_schema_store *store, struct fray_hash128 hash) {
  size_t i = (size_t)hash.low & (store->room - 1);
  while (store->slot[i] &&
         (store->slot[i]->hash.low != hash.low || store->slot[i]->hash.high != hash.high))
    i = (i + 1) & (store->room - 1);
  return &store->slot[i];
}

/* Room for one more, at least half of the table empty. Doubled, and every entry put in anew: places
 * depend on the size. */
static enum fray_status make_room(struct fray_schema_store *store, struct fray_arena *arena,
                                  struct fray_err *err) {
  const struct fray_schema_store old = *store;
  if (2 * (store->n + 1) <= store->room)
    return FRAY_OK;
  store->room = old.room ? 2 * old.room : 64;
  FRAY_ALLOC_ZERO(store->slot, arena, store->room, err);
  for (size_t i = 0; i < old.room; i++)
    if (old.slot[i])
      *find(store, old.slot[i]->hash) = old.slot[i];
  return FRAY_OK;
}

/* Read and filled at once, in the arena of the store: whoever finds it later shares both. */
static enum fray_status read_new(const struct fray_reader *r, const struct fray_field *field,
                                 const struct fray_spot *root, struct fray_shared *out) {
  const struct fray_node *given = fray_node_get(root->node, field->key);
  struct fray_node *filled;
  out->member = fray_arena_zero(r->arena, 1, fray_field_size(field));
  FRAY_CHECK(out->member, r->err, MEMORY, "out of memory");
  FRAY_TRY(fray_read_field(r, field, root, out->member));
  FRAY_TRY(fray_fill_field(field, out->member, given, r->arena, &filled, r->err));
  if (filled) {
    filled->key = fray_arena_strdup(r->arena, field->key);
    FRAY_CHECK(filled->key, r->err, MEMORY, "out of memory");
  }
  out->filled = filled;
  return FRAY_OK;
}

/* The index of the field is part of the hash: two keys may have one value and different types. */
static enum fray_status share_field(const struct fray_reader *r, const struct fray_table *table,
                                    size_t index, const struct fray_spot *root,
                                    struct fray_schema_store *store,
                                    const struct fray_shared **out) {
  const struct fray_field *field = &table->fields[index];
  struct fray_hash128 hash;
  FRAY_TRY(hash_value(index, root->node, fray_node_get(root->node, field->key), &hash, r->err));
  FRAY_TRY(make_room(store, r->arena, r->err));
  struct fray_shared **slot = find(store, hash);
  if (!*slot) {
    struct fray_shared *fresh;
    FRAY_ALLOC(fresh, r->arena, 1, r->err);
    *fresh = (struct fray_shared){.hash = hash};
    FRAY_TRY(read_new(r, field, root, fresh));
    *slot = fresh;
    store->n++;
  }
  *out = *slot;
  return FRAY_OK;
}

/* The same struct and tree as read and fill would give, one after the other. The map is new for
 * each caller, its values are shared. */
enum fray_status fray_schema_share(const struct fray_table *table, const struct fray_node *node,
                                   struct fray_schema_store *store, void *out,
                                   struct fray_node **filled, struct fray_arena *arena,
                                   struct fray_err *err) {
  const struct fray_reader r = {.where = "", .arena = arena, .err = err};
  const struct fray_spot root = {.node = node};
  struct fray_node *map = fray_node_map(node->source, node->line, arena), *last = NULL;
  FRAY_CHECK(map, err, MEMORY, "out of memory");
  /* A check looks across fields, and its result could not be kept by field. */
  FRAY_CHECK(!table->check, err, INTERNAL, "table %s has a check", table->name);
  /* Keys are checked for each map by itself: what is shared are values. */
  FRAY_TRY(fray_check_keys(&r, table, &root));
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *field = &table->fields[i];
    const struct fray_shared *shared = NULL;
    /* The keys of a choice lie beside it: its value would be read from more than its own node. */
    FRAY_CHECK(field->type != FRAY_KIND, err, INTERNAL, "%s is a kind", field->key);
    FRAY_TRY(share_field(&r, table, i, &root, store, &shared));
    memcpy((char *)out + field->offset, shared->member, fray_field_size(field));
    if (!shared->filled)
      continue;
    struct fray_node *entry;
    FRAY_ALLOC(entry, arena, 1, err);
    /* A copy of the head alone: the same value lies in many maps, each with another neighbour. */
    *entry = *shared->filled;
    fray_node_append(map, last, entry);
    last = entry;
  }
  *filled = map;
  return FRAY_OK;
}
