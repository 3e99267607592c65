/* Questions about tables: which fields are there, for a given choice or at all. Tables nest by
 * sections and branch by kinds; which branch holds depends on a document, so most questions take
 * one, or none for all branches at once. */
#include "engine.h"

#include <string.h>

/* 0.5 of 3 clients is 1: rounded down, so that a share is never exceeded. */
size_t fray_amount_of(struct fray_amount amount, size_t n) {
  if (n == 0)
    return 0;
  /* 0.29 of 100 is 29, although 0.29 * 100 is 28.999999999999996 in doubles. */
  double count = amount.is_fraction ? floor(amount.value * (double)n + 1e-9) : amount.value;
  /* At least one; NaN, too, comes here. */
  if (!(count >= 1))
    return 1;
  return count >= (double)n ? n : (size_t)count;
}

/* Lists are short; a method is looked up once per scenario. */
const struct fray_choice *fray_choice_find(const struct fray_choices *choices, const char *name) {
  for (size_t i = 0; i < choices->n; i++)
    if (strcmp(choices->v[i]->name, name) == 0)
      return choices->v[i];
  return NULL;
}

/* "fusion: concat" may stand for "fusion: {kind: concat}"; of several choices in a section only the
 * first is meant. */
static const struct fray_field *first_kind(const struct fray_table *table) {
  for (size_t i = 0; i < table->n; i++)
    if (table->fields[i].type == FRAY_KIND)
      return &table->fields[i];
  return NULL;
}

const struct fray_node *fray_expand_kind(const struct fray_table *table,
                                         const struct fray_node *node, struct fray_node *map,
                                         struct fray_node *entry) {
  const struct fray_field *kind = first_kind(table);
  const char *key = kind ? kind->key : table->bare;
  if (!key || !node || node->kind != FRAY_NODE_SCALAR)
    return node;
  /* On the caller's stack, and borrowed from the tree: nothing is allocated for a look. */
  *entry = *node;
  entry->key = key;
  entry->next = NULL;
  *map = (struct fray_node){.kind = FRAY_NODE_MAP, .source = node->source, .line = node->line};
  map->child = entry;
  map->n = 1;
  return map;
}

/* What is not given is chosen by its default, whose keys are then known as well. */
const char *fray_kind_name(const struct fray_field *field, const struct fray_node *node) {
  const struct fray_node *value = fray_node_get(node, field->key);
  if (value && value->kind == FRAY_NODE_SCALAR)
    return value->scalar;
  return field->def_text;
}

/* A choice that does not exist has no keys; who reads it says so. */
static bool visit_choices(const struct fray_field *field, const struct fray_node *node, bool all,
                          fray_visit *visit, void *context) {
  const char *name = all ? NULL : fray_kind_name(field, node);
  for (size_t i = 0; i < field->choices->n; i++) {
    const struct fray_choice *choice = field->choices->v[i];
    bool wanted = all || (name && strcmp(choice->name, name) == 0);
    if (wanted && choice->table && !fray_table_visit(choice->table, node, all, visit, context))
      return false;
  }
  return true;
}

/* The one walk over tables: reading, hints, paths and the reference differ in their visitor. */
bool fray_table_visit(const struct fray_table *table, const struct fray_node *node, bool all,
                      fray_visit *visit, void *context) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *field = &table->fields[i];
    if (!visit(field, context))
      return false;
    if (field->type == FRAY_KIND && !visit_choices(field, node, all, visit, context))
      return false;
  }
  return true;
}

/* What a member must be by the type of its row; the compiler does not compare the two. */
size_t fray_field_size(const struct fray_field *field) {
  switch (field->type) {
  case FRAY_BOOL:
    return sizeof(bool);
  case FRAY_INT:
    return sizeof(int64_t);
  case FRAY_REAL:
    return sizeof(double);
  case FRAY_ENUM:
    return sizeof(int);
  case FRAY_AMOUNT:
    return sizeof(struct fray_amount);
  case FRAY_INTS:
  case FRAY_REALS:
  case FRAY_STRINGS: /* of one shape */
    return sizeof(struct fray_strings);
  case FRAY_SECTION:
    return field->section->size;
  case FRAY_ITEMS:
    return sizeof(struct fray_items);
  case FRAY_MAP:
    return sizeof(struct fray_named);
  case FRAY_KIND:
    return sizeof(struct fray_variant);
  default: /* STRING, PATH, NODE */
    return sizeof(void *);
  }
}

/* A visitor that stops at the first field of that key. */
struct search {
  const char *key;
  const struct fray_field *found;
};

static bool match(const struct fray_field *field, void *context) {
  struct search *search = context;
  if (strcmp(field->key, search->key) == 0)
    search->found = field;
  return !search->found;
}

const struct fray_field *fray_schema_field(const struct fray_table *table,
                                           const struct fray_node *node, const char *key) {
  struct search search = {.key = key};
  struct fray_node map, entry;
  fray_table_visit(table, fray_expand_kind(table, node, &map, &entry), false, match, &search);
  return search.found;
}

/* In any choice: for the message that a key belongs to another method. */
const struct fray_field *fray_table_mentions(const struct fray_table *table, const char *key) {
  struct search search = {.key = key};
  fray_table_visit(table, NULL, true, match, &search);
  return search.found;
}

/* Filled in two walks. */
struct list {
  const char **v;
  size_t n;
};

/* Without an array it only counts. */
static bool collect(const struct fray_field *field, void *context) {
  struct list *list = context;
  if (list->v)
    list->v[list->n] = field->key;
  list->n++;
  return true;
}

/* Twice over the table: once to count, once to write. */
const char **fray_table_keys(const struct fray_table *table, const struct fray_node *node, bool all,
                             struct fray_arena *arena, size_t *n) {
  struct list list = {0};
  fray_table_visit(table, node, all, collect, &list);
  list.v = fray_arena_alloc(arena, list.n, sizeof *list.v);
  list.n = 0;
  if (list.v)
    fray_table_visit(table, node, all, collect, &list);
  *n = list.n;
  return list.v;
}

/* Descends a dotted path through every table that may lie on it. */
struct descent {
  const char *part, *rest; /* first key, and what follows its dot (NULL at the end) */
  bool found;
};

static bool has_path(const struct fray_table *table, const char *path);

/* What may follow below a field. */
static bool has_below(const struct fray_field *field, const char *rest) {
  switch (field->type) {
  case FRAY_SECTION:
    return has_path(field->section, rest);
  case FRAY_MAP: { /* a free name first */
    const char *dot = strchr(rest, '.');
    return *rest && dot != rest && (!dot || has_path(field->section, dot + 1));
  }
  case FRAY_NODE: /* its owner knows */
    return *rest != '\0';
  default:
    return false;
  }
}

/* A key may lie in several choices; one that fits is enough. */
static bool descend(const struct fray_field *field, void *context) {
  struct descent *d = context;
  if (strcmp(field->key, d->part) == 0)
    d->found = !d->rest || has_below(field, d->rest);
  return !d->found;
}

/* A part is a key, and no key is so long. */
static bool split(const char *path, char part[256], const char **rest) {
  size_t n = strcspn(path, ".");
  if (n == 0 || n > 255)
    return false;
  memcpy(part, path, n);
  part[n] = '\0';
  *rest = path[n] ? path + n + 1 : NULL;
  return true;
}

static bool has_path(const struct fray_table *table, const char *path) {
  char part[256];
  struct descent d = {.part = part};
  if (split(path, part, &d.rest))
    fray_table_visit(table, NULL, true, descend, &d);
  return d.found;
}

/* The table below the key `part`, with `*rest` advanced over a map's free name. What hangs below a
 * map is named by the user, so its part of the path says nothing about tables. */
static const struct fray_table *table_below(const struct fray_table *table, const char *part,
                                            const char **rest) {
  struct search search = {.key = part};
  fray_table_visit(table, NULL, true, match, &search);
  if (!search.found || !*rest)
    return NULL;
  if (search.found->type == FRAY_MAP) {
    const char *dot = strchr(*rest, '.');
    *rest = dot ? dot + 1 : NULL;
  }
  bool down = search.found->type == FRAY_SECTION || search.found->type == FRAY_MAP;
  return down && *rest ? search.found->section : NULL;
}

/* From the left: the first part that is unknown is the one to mend, and what follows it is kept if
 * the result exists. */
static const char *nearest_path(const struct fray_table *table, const char *path,
                                struct fray_arena *arena) {
  const char *at = path;
  for (;;) {
    char part[256];
    const char *rest;
    if (!split(at, part, &rest))
      return NULL;
    const struct fray_table *below = table_below(table, part, &rest);
    if (below) {
      table = below;
      at = rest;
      continue;
    }
    size_t n = 0;
    const char **keys = fray_table_keys(table, NULL, true, arena, &n);
    const char *near = keys ? fray_nearest(part, keys, n) : NULL;
    if (!near)
      return NULL;
    const char *tail = at[strlen(part)] ? at + strlen(part) : "";
    const char *whole = fray_arena_printf(arena, "%s%s", near, tail);
    if (!whole || !has_path(table, whole))
      whole = near;
    return fray_arena_printf(arena, "%.*s%s", (int)(at - path), path, whole);
  }
}

/* Dotted keys below a table that end in `key`. */
struct below {
  const char *key, *prefix;
  struct fray_arena *arena;
  struct fray_text *out; /* "'a.key', 'b.key'" */
  size_t n;
};

static void list_below(const struct fray_table *table, struct below *b);

/* The same key may come by two choices; it is named once. */
static bool look_below(const struct fray_field *field, void *context) {
  struct below *b = context;
  const char *path = fray_arena_printf(b->arena, "'%s%s'", b->prefix, field->key);
  const bool fits = *b->prefix && strcmp(field->key, b->key) == 0;
  if (path && fits && !(b->out->data && strstr(b->out->data, path))) {
    fray_text_printf(b->out, "%s%s", b->n ? " or " : "", path);
    b->n++;
  }
  if (field->type != FRAY_SECTION)
    return true;
  struct below next = *b;
  next.prefix = fray_arena_printf(b->arena, "%s%s.", b->prefix, field->key);
  if (next.prefix)
    list_below(field->section, &next);
  b->n = next.n;
  return true;
}

static void list_below(const struct fray_table *table, struct below *b) {
  fray_table_visit(table, NULL, true, look_below, b);
}

/* Recursion ends: sections hold no section of their own kind. A key that several choices of a kind
 * have is met several times. */
const char *fray_schema_below(const struct fray_table *table, const char *key,
                              struct fray_arena *arena) {
  /* Of more places no one can be meant. */
  enum { MOST = 3 };
  struct fray_text text = {0};
  struct below b = {.key = key, .prefix = "", .arena = arena, .out = &text};
  list_below(table, &b);
  const bool good = b.n > 0 && b.n <= MOST && !text.failed;
  const char *out = good ? fray_arena_strdup(arena, text.data) : NULL;
  fray_text_free(&text);
  return out;
}

/* What --set and sweeps name must be a key of some choice; whether of the chosen one is asked when
 * the scenario is read. */
bool fray_schema_has(const struct fray_table *table, const char *path, struct fray_arena *arena,
                     const char **nearest) {
  if (has_path(table, path))
    return true;
  if (!nearest)
    return false;
  const char *near = nearest_path(table, path, arena);
  *nearest = near && has_path(table, near) ? near : NULL;
  return false;
}
