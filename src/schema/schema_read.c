/* A map -> the struct of its table. Choices are read first, then unknown keys are refused, then
 * fields are read: each step may rely on the one before. */
#include "engine.h"

#include <stdio.h>
#include <string.h>

static enum fray_status read_section(const struct fray_reader *r, const struct fray_table *table,
                                     const struct fray_node *node, const struct fray_spot *spot,
                                     void *out);

/* ---- kinds ---- */

/* "kind: {name: ...}" is what other programs want; here the keys of a choice stand beside it, and
 * the message says so. */
static enum fray_status choose(const struct fray_reader *r, const struct fray_field *field,
                               const struct fray_spot *spot, const struct fray_choice **out) {
  const struct fray_node *value = fray_node_get(spot->node, field->key);
  struct fray_spot at = {.up = spot, .name = field->key, .node = value};
  const char *name = fray_kind_name(field, spot->node);
  if (value && value->kind != FRAY_NODE_SCALAR && value->kind != FRAY_NODE_NULL)
    return fray_spot_fail(r, &at, "expected the name of one %s, got a %s", field->choices->what,
                          value->kind == FRAY_NODE_LIST ? "list"
                                                        : "map; keys stand beside the name");
  if (!name)
    return fray_spot_fail(r, &at, "required, but not given");
  *out = fray_choice_find(field->choices, name);
  if (*out)
    return FRAY_OK;
  const char **known;
  FRAY_ALLOC(known, r->arena, field->choices->n, r->err);
  for (size_t i = 0; i < field->choices->n; i++)
    known[i] = field->choices->v[i]->name;
  return fray_spot_unknown(r, &at, field->choices->what, name, known, field->choices->n);
}

/* Every KIND of the table, and of the tables so chosen, must name a choice that exists: only then
 * can be said which keys belong here. */
static enum fray_status check_kinds(const struct fray_reader *r, const struct fray_table *table,
                                    const struct fray_spot *spot) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *field = &table->fields[i];
    const struct fray_choice *choice = NULL;
    if (field->type != FRAY_KIND)
      continue;
    FRAY_TRY(choose(r, field, spot, &choice));
    if (choice->table)
      FRAY_TRY(check_kinds(r, choice->table, spot));
  }
  return FRAY_OK;
}

/* ---- unknown keys ---- */

/* Looks for a KIND some other choice of which has the key; lists those choices in *users. A key of
 * another choice is no misspelling: who changed the choice and left its keys is told which one used
 * them. */
static const struct fray_field *find_users(const struct fray_table *table,
                                           const struct fray_node *node, const char *key,
                                           const char **chosen, struct fray_text *users) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *field = &table->fields[i];
    if (field->type != FRAY_KIND)
      continue;
    for (size_t c = 0; c < field->choices->n; c++) {
      const struct fray_choice *choice = field->choices->v[c];
      if (choice->table && fray_table_mentions(choice->table, key))
        fray_text_printf(users, "%s%s", users->size ? ", " : "", choice->name);
    }
    *chosen = fray_kind_name(field, node);
    const struct fray_choice *choice = *chosen ? fray_choice_find(field->choices, *chosen) : NULL;
    if (choice && choice->table && fray_table_mentions(choice->table, key)) {
      /* The chosen one mentions it, so a KIND inside the chosen one decides. */
      fray_text_free(users);
      return find_users(choice->table, node, key, chosen, users);
    }
    if (users->size)
      return field;
  }
  return NULL;
}

/* Numbers may be taken out by `none`, as well as by null: no number is called so. */
static bool takes_none(const struct fray_field *field) {
  return field->type == FRAY_REAL || field->type == FRAY_INT || field->type == FRAY_AMOUNT;
}

/* A key of another choice that is set to nothing: so a method that chooses another optimiser takes
 * `momentum` out that stands in the scenario it changes. */
static bool is_taken_out(const struct fray_table *table, const struct fray_spot *spot,
                         const struct fray_node *entry) {
  struct fray_text users = {0};
  const char *chosen = NULL;
  const bool none = entry->kind == FRAY_NODE_SCALAR && strcmp(entry->scalar, "none") == 0;
  if (entry->kind != FRAY_NODE_NULL && !none)
    return false;
  const struct fray_field *kind = find_users(table, spot->node, entry->key, &chosen, &users);
  fray_text_free(&users);
  if (!kind || !none)
    return kind != NULL;
  for (size_t c = 0; c < kind->choices->n; c++) {
    const struct fray_table *of = kind->choices->v[c]->table;
    const struct fray_field *field = of ? fray_table_mentions(of, entry->key) : NULL;
    if (field)
      return takes_none(field);
  }
  return false;
}

/* What who wrote a table says of a key that is none of its own, or NULL. */
static const char *words_about(const struct fray_table *table, const char *key) {
  for (const char *const *e = table ? table->elsewhere : NULL; e && e[0]; e += 2)
    if (strcmp(e[0], key) == 0)
      return e[1];
  return NULL;
}

/* Why a chosen method does not go together with a key, if one of them says so. A method may choose
 * another one, whose word counts as much. */
static const char *why_not(const struct fray_table *table, const struct fray_node *node,
                           const char *key, const struct fray_field **of, const char **chosen) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *field = &table->fields[i];
    const char *name = field->type == FRAY_KIND ? fray_kind_name(field, node) : NULL;
    const struct fray_choice *choice = name ? fray_choice_find(field->choices, name) : NULL;
    const char *why = choice ? words_about(choice->table, key) : NULL;
    if (why) {
      *of = field;
      *chosen = name;
      return why;
    }
    if (choice && choice->table && (why = why_not(choice->table, node, key, of, chosen)))
      return why;
  }
  return NULL;
}

/* Helps as far as it can: a key of another choice names that choice, and why it is none of this one
 * where that is known; a misspelt one the nearest, one that lies elsewhere its place. */
static enum fray_status unknown_key(const struct fray_reader *r, const struct fray_table *table,
                                    const struct fray_spot *spot, const struct fray_node *entry) {
  struct fray_text users = {0};
  const char *chosen = NULL;
  /* Who wrote the table knows better than any distance of letters what is meant. */
  const char *words = words_about(table, entry->key);
  if (words) {
    struct fray_spot at = *spot;
    at.node = entry;
    return fray_spot_fail(r, &at, "unknown key '%s': %s", entry->key, words);
  }
  const struct fray_field *unfit = NULL;
  if ((words = why_not(table, spot->node, entry->key, &unfit, &chosen))) {
    struct fray_spot at = {.up = spot, .name = entry->key, .node = entry};
    return fray_spot_fail(r, &at, "does not go with %s %s: %s; leave it out, or write %s: null",
                          unfit->choices->what, chosen, words, entry->key);
  }
  const struct fray_field *kind = find_users(table, spot->node, entry->key, &chosen, &users);
  if (kind) {
    struct fray_spot at = {.up = spot, .name = entry->key, .node = entry};
    fray_spot_fail(r, &at, "not used by %s %s (used by %s); leave it out, or write %s: null",
                   kind->choices->what, chosen ? chosen : "", users.data ? users.data : "",
                   entry->key);
    fray_text_free(&users);
    return FRAY_INPUT;
  }
  fray_text_free(&users);
  size_t n = 0;
  const char **keys = fray_table_keys(table, spot->node, false, r->arena, &n);
  FRAY_CHECK(keys, r->err, MEMORY, "out of memory");
  /* The line is the key's, the place is the section that lacks it. */
  struct fray_spot at = *spot;
  at.node = entry;
  char list[800], hint[128];
  if (*fray_hint(entry->key, keys, n, hint))
    return fray_spot_fail(r, &at, "unknown key '%s'%s", entry->key, hint);
  const char *below = fray_schema_below(table, entry->key, r->arena);
  if (below)
    return fray_spot_fail(r, &at, "unknown key '%s' (did you mean %s?)", entry->key, below);
  return fray_spot_fail(r, &at, "unknown key '%s'; %s", entry->key,
                        fray_there_are(entry->key, keys, n, list, sizeof list));
}

/* Before anything is read: a misspelt key would otherwise show as a missing one, or not at all. */
enum fray_status fray_check_keys(const struct fray_reader *r, const struct fray_table *table,
                                 const struct fray_spot *spot) {
  if (!spot->node || spot->node->kind != FRAY_NODE_MAP)
    return FRAY_OK;
  for (const struct fray_node *e = spot->node->child; e; e = e->next)
    if (!fray_schema_field(table, spot->node, e->key) && !is_taken_out(table, spot, e))
      return unknown_key(r, table, spot, e);
  return FRAY_OK;
}

/* ---- fields ---- */

/* All entries in one piece of memory, zeroed, so that each begins as its table wants it. */
static enum fray_status read_items(const struct fray_reader *r, const struct fray_field *field,
                                   const struct fray_node *value, const struct fray_spot *spot,
                                   struct fray_items *out) {
  if (value->kind != FRAY_NODE_LIST)
    return fray_spot_fail(r, spot, "expected a list");
  /* n zeroed structs side by side, as the section's table lays them out. */
  size_t size = field->section->size, i = 0;
  char *v = fray_arena_zero(r->arena, value->n, size);
  FRAY_CHECK(v, r->err, MEMORY, "out of memory");
  for (const struct fray_node *e = value->child; e; e = e->next, i++) {
    struct fray_spot at = {.up = spot, .index = i, .node = e};
    FRAY_TRY(read_section(r, field->section, e, &at, v + i * size));
  }
  *out = (struct fray_items){.n = value->n, .v = v};
  return FRAY_OK;
}

/* Names are the user's: modalities, methods. They are copied, since the tree may be released. */
static enum fray_status read_map(const struct fray_reader *r, const struct fray_field *field,
                                 const struct fray_node *value, const struct fray_spot *spot,
                                 struct fray_named *out) {
  if (value->kind != FRAY_NODE_MAP)
    return fray_spot_fail(r, spot, "expected a map of names");
  size_t size = field->section->size, i = 0;
  const char **name;
  FRAY_ALLOC(name, r->arena, value->n, r->err);
  char *v = fray_arena_zero(r->arena, value->n, size);
  FRAY_CHECK(v, r->err, MEMORY, "out of memory");
  for (const struct fray_node *e = value->child; e; e = e->next, i++) {
    struct fray_spot at = {.up = spot, .name = e->key, .node = e};
    name[i] = fray_arena_strdup(r->arena, e->key);
    FRAY_CHECK(name[i], r->err, MEMORY, "out of memory");
    FRAY_TRY(read_section(r, field->section, e, &at, v + i * size));
  }
  *out = (struct fray_named){.n = value->n, .name = name, .v = v};
  return FRAY_OK;
}

static enum fray_status read_fields(const struct fray_reader *r, const struct fray_table *table,
                                    const struct fray_spot *spot, void *out, void *section);

/* The struct of the chosen method is made here; who holds it knows the method by its choice
 * alone. section: the struct that the kind's outer rows fill. */
static enum fray_status read_kind(const struct fray_reader *r, const struct fray_field *field,
                                  const struct fray_spot *spot, struct fray_variant *out,
                                  void *section) {
  FRAY_TRY(choose(r, field, spot, &out->choice));
  const struct fray_table *own = out->choice->table;
  if (!own)
    return FRAY_OK;
  out->params = fray_arena_zero(r->arena, 1, own->size);
  FRAY_CHECK(out->params, r->err, MEMORY, "out of memory");
  return read_fields(r, own, spot, out->params, section);
}

/* 0 of these types is a value that a user could mean, so "not given" has one of its own
 * (fill.c). */
static enum fray_status read_absent(const struct fray_reader *r, const struct fray_field *field,
                                    const struct fray_spot *spot, void *out) {
  if (field->required)
    return fray_spot_fail(r, spot, "required, but not given");
  switch (field->type) {
  case FRAY_BOOL:
    *(bool *)out = field->def != 0;
    break;
  case FRAY_INT:
    *(int64_t *)out = field->optional ? INT64_MIN : (int64_t)field->def;
    break;
  case FRAY_REAL:
    *(double *)out = field->optional ? (double)NAN : field->def;
    break;
  case FRAY_AMOUNT:
    *(struct fray_amount *)out = (struct fray_amount){
        .value = field->optional ? (double)NAN : field->def,
        .is_fraction = !field->optional && field->def != floor(field->def),
    };
    break;
  case FRAY_SECTION:
    return read_section(r, field->section, NULL, spot, out);
  default: /* NULL, the first name, no entries: zeros, which are there already */
    break;
  }
  return FRAY_OK;
}

/* The default that a row gives as text, as if it stood in the scenario. A message about it points
 * to the nearest line that the user wrote. */
static enum fray_status default_node(const struct fray_reader *r, const struct fray_field *field,
                                     const struct fray_spot *spot, struct fray_node **out) {
  bool text = field->type == FRAY_STRING || field->type == FRAY_PATH || field->type == FRAY_ENUM;
  if (!text)
    return fray_yaml_parse(field->def_text, "default", r->arena, out, r->err);
  const struct fray_spot *near = spot;
  while (near && !near->node)
    near = near->up;
  *out = fray_node_scalar(field->def_text, near ? near->node->source : "default",
                          near ? near->node->line : 0, r->arena);
  FRAY_CHECK(*out, r->err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* A part of the tree that its owner reads later, by rules of his own. */
static enum fray_status read_node(const struct fray_reader *r, const struct fray_node *value,
                                  const struct fray_node **out) {
  *out = fray_node_copy(value, r->arena);
  FRAY_CHECK(*out, r->err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* "key:" with nothing behind it is mostly a slip; for these it says: none. */
static bool may_be_empty(const struct fray_field *field) {
  return field->optional || field->type == FRAY_SECTION || field->type == FRAY_ITEMS ||
         field->type == FRAY_MAP || field->type == FRAY_NODE;
}

/* null means "none" where that can be, and an empty place elsewhere; defaults come from the row
 * alone. */
enum fray_status fray_read_field(const struct fray_reader *r, const struct fray_field *field,
                                 const struct fray_spot *spot, void *out) {
  struct fray_node *value = fray_node_get(spot->node, field->key);
  struct fray_spot at = {.up = spot, .name = field->key, .node = value};
  bool null = value && value->kind == FRAY_NODE_NULL;
  if (null && !may_be_empty(field))
    return fray_spot_fail(r, &at, "no value is given");
  if (!value && field->def_text && !field->required && !field->optional)
    FRAY_TRY(default_node(r, field, &at, &value));
  if (!value || null)
    return read_absent(r, field, &at, out);
  switch (field->type) {
  case FRAY_SECTION:
    return read_section(r, field->section, value, &at, out);
  case FRAY_ITEMS:
    return read_items(r, field, value, &at, out);
  case FRAY_MAP:
    return read_map(r, field, value, &at, out);
  case FRAY_NODE:
    return read_node(r, value, out);
  default:
    return fray_read_value(r, field, value, &at, out);
  }
}

/* A check across keys says only what is wrong; the place is put in front unless it did so. Checks
 * belong to layers that know nothing of files and lines. */
static enum fray_status run_check(const struct fray_reader *r, const struct fray_table *table,
                                  const struct fray_spot *spot, const void *section) {
  struct fray_err own = {0};
  enum fray_status status = table->check(section, spot->node, &own);
  if (status == FRAY_OK)
    return FRAY_OK;
  const char *source = spot->node && spot->node->source ? spot->node->source : "";
  size_t n = strlen(source);
  bool placed = n > 0 && strncmp(own.text, source, n) == 0 && own.text[n] == ':';
  if (placed || status != FRAY_INPUT)
    return fray_fail(r->err, status, "%s", own.text);
  return fray_spot_fail(r, spot, "%s", own.text);
}

/* Fields of one table; the keys of a chosen method lie in the same map. The check across fields
 * comes last, when all of them have values. */
static enum fray_status read_fields(const struct fray_reader *r, const struct fray_table *table,
                                    const struct fray_spot *spot, void *out, void *section) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *field = &table->fields[i];
    void *member = (char *)(field->outer ? section : out) + field->offset;
    if (field->type == FRAY_KIND)
      FRAY_TRY(read_kind(r, field, spot, member, section));
    else
      FRAY_TRY(fray_read_field(r, field, spot, member));
  }
  return table->check ? run_check(r, table, spot, out) : FRAY_OK;
}

/* Also where the section is not given: it then consists of defaults, and what is required is
 * missed. */
static enum fray_status read_section(const struct fray_reader *r, const struct fray_table *table,
                                     const struct fray_node *node, const struct fray_spot *spot,
                                     void *out) {
  /* A member that no field speaks of is zero as well. */
  memset(out, 0, table->size);
  struct fray_node map, entry;
  struct fray_spot at = *spot;
  at.node = fray_expand_kind(table, node, &map, &entry);
  if (at.node && at.node->kind != FRAY_NODE_NULL && at.node->kind != FRAY_NODE_MAP)
    return fray_spot_fail(r, &at, "expected a map of keys");
  /* Choices first: what keys there may be depends on them. */
  FRAY_TRY(check_kinds(r, table, &at));
  FRAY_TRY(fray_check_keys(r, table, &at));
  return read_fields(r, table, &at, out, out);
}

/* where: the dotted place of `node` in its document, in front of each key of a message. */
enum fray_status fray_schema_read(const struct fray_table *table, const struct fray_node *node,
                                  const char *where, void *out, struct fray_arena *arena,
                                  struct fray_err *err) {
  struct fray_reader r = {.where = where ? where : "", .arena = arena, .err = err};
  struct fray_spot root = {.node = node};
  return read_section(&r, table, node, &root, out);
}
