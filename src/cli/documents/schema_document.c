/* Tables of keys as JSON Schema (2020-12), for editors. A table becomes a definition; a method's
 * keys, which lie in the same map as the key that chooses it, become a condition on that key. What
 * JSON Schema cannot say (checks across keys, files that must be there) is left to the program. */
#include "documents.h"

#include "fray/base/log.h"
#include "fray/base/size.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { OBJECT = false, ARRAY = true, MOST_TABLES = 512, MOST_KEYS = 256 };

/* Definitions in the order in which they were met; each is written once, so that a table that holds
 * itself ends. is_part: the keys of a method, beside which others stand. */
struct schema {
  struct fray_json_writer *w;
  const struct cli_short *shorter; /* NULL: none */
  struct {
    const struct fray_table *table;
    bool is_part;
  } met[MOST_TABLES];
  size_t n;
  bool failed; /* too many tables, or a default that is no YAML */
};

/* "corruption_12": names of tables are for people, and not unique. */
static void name_definition(const struct schema *s, size_t i, char out[96]) {
  size_t n = 0;
  for (const char *p = s->met[i].table->name; p && *p && n < 64; p++)
    out[n++] = isalnum((unsigned char)*p) ? *p : '_';
  snprintf(out + n, 96 - n, "_%zu", i);
}

/* Met for the first time, a table is only put down: it is written when its turn comes, at the outer
 * level, so that definitions are not nested however tables are. */
static void put_reference(struct schema *s, const struct fray_table *table, bool is_part) {
  size_t i = 0;
  while (i < s->n && (s->met[i].table != table || s->met[i].is_part != is_part))
    i++;
  s->failed = s->failed || i == MOST_TABLES;
  if (i == MOST_TABLES)
    return;
  if (i == s->n) {
    s->met[i].table = table;
    s->met[i].is_part = is_part;
    s->n++;
  }
  char name[96], whole[128];
  name_definition(s, i, name);
  snprintf(whole, sizeof whole, "#/$defs/%s", name);
  fray_json_member_text(s->w, "$ref", whole);
}

/* ---- what tables ask for ---- */

/* NULL: the method must be named, and no keys are known before that. */
static const struct fray_choice *default_choice(const struct fray_field *kind) {
  return kind->def_text ? fray_choice_find(kind->choices, kind->def_text) : NULL;
}

/* Both ways round: a section is needed for a key in it, and a table for a section in it. */
static bool needs_keys(const struct fray_table *table);

/* Whether a map without the key is refused: a section that is not given consists of defaults. */
static bool is_needed(const struct fray_field *f) {
  if (f->type == FRAY_KIND)
    return !f->def_text;
  return f->required || (f->type == FRAY_SECTION && needs_keys(f->section));
}

/* Sections do not hold themselves (lists and maps of them may), so this ends. */
static bool needs_keys(const struct fray_table *table) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *f = &table->fields[i];
    const struct fray_choice *choice = f->type == FRAY_KIND ? default_choice(f) : NULL;
    if (is_needed(f) || (choice && choice->table && needs_keys(choice->table)))
      return true;
  }
  return false;
}

/* Of several choices in a section only the first can be meant by a bare name, as the reader has
 * it. */
static const struct fray_field *first_kind(const struct fray_table *table) {
  for (size_t i = 0; i < table->n; i++)
    if (table->fields[i].type == FRAY_KIND)
      return &table->fields[i];
  return NULL;
}

/* Every field of a table and of all methods below it, by key, each once. */
struct keys {
  const struct fray_field *v[MOST_KEYS];
  size_t n;
};

/* Tables are short, and a schema is printed once: no index is needed. */
static const struct fray_field *find_key(const struct keys *keys, const char *key) {
  for (size_t i = 0; i < keys->n; i++)
    if (strcmp(keys->v[i]->key, key) == 0)
      return keys->v[i];
  return NULL;
}

static void collect_choices(const struct fray_field *kind, struct keys *keys);

/* Of two methods that have a key of one name the first speaks for both: what is asked of them here
 * is the name, and whether it is a number's. */
static void collect(const struct fray_table *table, struct keys *keys) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *f = &table->fields[i];
    if (!find_key(keys, f->key) && keys->n < MOST_KEYS)
      keys->v[keys->n++] = f;
    if (f->type == FRAY_KIND)
      collect_choices(f, keys);
  }
}

/* A method may itself choose another one, whose keys lie in the same map again. */
static void collect_choices(const struct fray_field *kind, struct keys *keys) {
  for (size_t i = 0; i < kind->choices->n; i++)
    if (kind->choices->v[i]->table)
      collect(kind->choices->v[i]->table, keys);
}

/* ---- values ---- */

/* As the reader has it: "key:" with nothing behind it says none, where there can be none. A section
 * says so itself, in its definition. */
static bool may_be_null(const struct fray_field *f) {
  return f->optional || f->type == FRAY_ITEMS || f->type == FRAY_MAP ||
         (f->type == FRAY_KIND && f->def_text);
}

/* One type or several; null where "none" can be said. */
static void put_types(struct schema *s, const char *const *types, bool null) {
  fray_json_open(s->w, "type", ARRAY);
  for (size_t i = 0; types[i]; i++)
    fray_json_member_text(s->w, NULL, types[i]);
  if (null)
    fray_json_member_text(s->w, NULL, "null");
  fray_json_close(s->w, ARRAY);
}

/* Bounds that the row leaves out are left out here too; 0 is one only where the row gives it. */
static void put_bounds(struct schema *s, const struct fray_field *f) {
  if (fray_field_has_min(f))
    fray_json_member_real(s->w, f->open_min ? "exclusiveMinimum" : "minimum", f->min);
  if (fray_field_has_max(f))
    fray_json_member_real(s->w, f->open_max ? "exclusiveMaximum" : "maximum", f->max);
}

/* Of an enum, or of the methods that a row allows. */
static void put_names(struct schema *s, const struct fray_field *f, bool null) {
  fray_json_open(s->w, "enum", ARRAY);
  for (size_t i = 0; f->names && f->names[i]; i++)
    fray_json_member_text(s->w, NULL, f->names[i]);
  for (size_t i = 0; !f->names && i < f->choices->n; i++)
    fray_json_member_text(s->w, NULL, f->choices->v[i]->name);
  if (null)
    fray_json_member_null(s->w, NULL);
  fray_json_close(s->w, ARRAY);
  /* No keyword of the standard: editors show these beside the names. */
  if (f->names)
    return;
  fray_json_open(s->w, "enumDescriptions", ARRAY);
  for (size_t i = 0; i < f->choices->n; i++)
    fray_json_member_text(s->w, NULL, f->choices->v[i]->meaning ? f->choices->v[i]->meaning : "");
  fray_json_close(s->w, ARRAY);
}

/* The members of a single value, also of an entry of a list. A text may look like a number in
 * YAML. */
static void put_single(struct schema *s, const struct fray_field *f, bool null) {
  static const char *const boolean[] = {"boolean", NULL}, *const integer[] = {"integer", NULL},
                           *const number[] = {"number", NULL},
                           *const text[] = {"string", "number", "boolean", NULL};
  if (f->names || f->choices) {
    put_names(s, f, null);
  } else if (f->type == FRAY_BOOL) {
    put_types(s, boolean, null);
  } else if (f->type == FRAY_INT || f->type == FRAY_INTS) {
    put_types(s, integer, null);
    put_bounds(s, f);
  } else if (f->type == FRAY_REAL || f->type == FRAY_REALS) {
    put_types(s, number, null);
    put_bounds(s, f);
  } else {
    put_types(s, text, null);
  }
}

/* A count within the row's bounds, or a share. */
static void put_amount(struct schema *s, const struct fray_field *f) {
  fray_json_open(s->w, "anyOf", ARRAY);
  fray_json_open(s->w, NULL, OBJECT);
  fray_json_member_text(s->w, "type", "integer");
  if (!fray_field_has_min(f))
    fray_json_member_real(s->w, "minimum", 0);
  put_bounds(s, f);
  fray_json_close(s->w, OBJECT);
  fray_json_open(s->w, NULL, OBJECT);
  fray_json_member_text(s->w, "type", "number");
  fray_json_member_real(s->w, f->open_min || f->min > 0 ? "exclusiveMinimum" : "minimum", 0);
  fray_json_member_real(s->w, "maximum", 1);
  fray_json_close(s->w, OBJECT);
  if (f->optional) {
    fray_json_open(s->w, NULL, OBJECT);
    fray_json_member_text(s->w, "type", "null");
    fray_json_close(s->w, OBJECT);
  }
  fray_json_close(s->w, ARRAY);
}

/* One value stands for a list of one. */
static void put_list(struct schema *s, const struct fray_field *f) {
  fray_json_open(s->w, "anyOf", ARRAY);
  fray_json_open(s->w, NULL, OBJECT);
  put_single(s, f, f->optional);
  fray_json_close(s->w, OBJECT);
  fray_json_open(s->w, NULL, OBJECT);
  fray_json_member_text(s->w, "type", "array");
  fray_json_open(s->w, "items", OBJECT);
  put_single(s, f, false);
  fray_json_close(s->w, OBJECT);
  fray_json_close(s->w, OBJECT);
  fray_json_close(s->w, ARRAY);
}

/* Lists and maps of sections: `of` is the keyword that holds for their entries. */
static void put_sections(struct schema *s, const struct fray_field *f, const char *type,
                         const char *of) {
  const char *const types[] = {type, NULL};
  put_types(s, types, may_be_null(f));
  fray_json_open(s->w, of, OBJECT);
  put_reference(s, f->section, false);
  fray_json_close(s->w, OBJECT);
}

/* A text may look like a number in YAML. */
static void put_text(struct schema *s, const char *key, bool list) {
  static const char *const text[] = {"string", "number", "boolean", NULL};
  fray_json_open(s->w, key, OBJECT);
  if (list) {
    fray_json_member_text(s->w, "type", "array");
    put_text(s, "items", false);
  } else {
    put_types(s, text, false);
  }
  fray_json_close(s->w, OBJECT);
}

/* A map whose values are texts, or lists of texts. */
static void put_map(struct schema *s, bool lists) {
  fray_json_member_text(s->w, "type", "object");
  put_text(s, "additionalProperties", lists);
}

/* One map, or one of two ways to write the same. */
static void put_node_shape(struct schema *s, enum fray_node_shape shape) {
  if (shape == FRAY_SHAPE_TEXTS || shape == FRAY_SHAPE_LISTS)
    put_map(s, shape == FRAY_SHAPE_LISTS);
  if (shape != FRAY_SHAPE_TEXTS_OR_LISTS && shape != FRAY_SHAPE_TEXTS_OR_LIST)
    return;
  fray_json_open(s->w, "anyOf", ARRAY);
  fray_json_open(s->w, NULL, OBJECT);
  put_map(s, false);
  fray_json_close(s->w, OBJECT);
  if (shape == FRAY_SHAPE_TEXTS_OR_LIST) {
    put_text(s, NULL, true);
  } else {
    fray_json_open(s->w, NULL, OBJECT);
    put_map(s, true);
    fray_json_close(s->w, OBJECT);
  }
  fray_json_close(s->w, ARRAY);
}

/* What follows the description and the default: the constraint itself. */
static void put_shape(struct schema *s, const struct fray_field *f) {
  switch (f->type) {
  case FRAY_AMOUNT:
    put_amount(s, f);
    break;
  case FRAY_INTS:
  case FRAY_REALS:
  case FRAY_STRINGS:
    put_list(s, f);
    break;
  case FRAY_SECTION:
    put_reference(s, f->section, false);
    break;
  case FRAY_ITEMS:
    put_sections(s, f, "array", "items");
    break;
  case FRAY_MAP:
    put_sections(s, f, "object", "additionalProperties");
    break;
  case FRAY_NODE: /* its owner knows the rest */
    put_node_shape(s, f->shape);
    break;
  default:
    put_single(s, f, may_be_null(f));
  }
}

/* ---- defaults ---- */

/* What a row gives as YAML text, as JSON. */
static void put_node(struct schema *s, const char *key, const struct fray_node *node) {
  double real;
  bool truth;
  if (node->kind == FRAY_NODE_LIST || node->kind == FRAY_NODE_MAP) {
    const bool list = node->kind == FRAY_NODE_LIST;
    fray_json_open(s->w, key, list);
    for (const struct fray_node *e = node->child; e; e = e->next)
      put_node(s, list ? NULL : e->key, e);
    fray_json_close(s->w, list);
  } else if (node->kind == FRAY_NODE_NULL) {
    fray_json_member_null(s->w, key);
  } else if (!node->quoted && fray_node_bool(node, &truth)) {
    fray_json_member_bool(s->w, key, truth);
  } else if (!node->quoted && fray_node_real(node, &real)) {
    fray_json_member_real(s->w, key, real);
  } else {
    fray_json_member_text(s->w, key, node->scalar);
  }
}

/* A row whose default does not parse would fail for every user that leaves the key out; it is told
 * here as well, not skipped. */
static void put_parsed_default(struct schema *s, const char *text) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *node = NULL;
  if (fray_yaml_parse(text, "default", &arena, &node, &err) == FRAY_OK)
    put_node(s, "default", node);
  else
    s->failed = true;
  fray_arena_free(&arena);
}

/* What is required has none, and of what is optional "none" is no value that JSON could hold. */
static void put_default(struct schema *s, const struct fray_field *f) {
  const bool text = f->type == FRAY_STRING || f->type == FRAY_PATH || f->type == FRAY_ENUM ||
                    f->type == FRAY_KIND;
  const bool number = f->type == FRAY_INT || f->type == FRAY_REAL || f->type == FRAY_AMOUNT;
  if (f->required || (f->optional && f->type != FRAY_KIND))
    return;
  if (f->def_text && text)
    fray_json_member_text(s->w, "default", f->def_text);
  else if (f->def_text)
    put_parsed_default(s, f->def_text);
  else if (f->type == FRAY_BOOL)
    fray_json_member_bool(s->w, "default", f->def != 0);
  else if (f->type == FRAY_ENUM)
    fray_json_member_text(s->w, "default", f->names[0]);
  else if (number)
    fray_json_member_real(s->w, "default", f->def);
}

/* The unit stands behind the words, where editors show it: JSON Schema has no place for units. */
static void put_field(struct schema *s, const struct fray_field *f) {
  char words[1024];
  snprintf(words, sizeof words, "%s%s%s%s", f->help ? f->help : "", f->unit ? " (unit: " : "",
           f->unit ? f->unit : "", f->unit ? ")" : "");
  fray_json_open(s->w, f->key, OBJECT);
  if (*words)
    fray_json_member_text(s->w, "description", words);
  put_default(s, f);
  put_shape(s, f);
  fray_json_close(s->w, OBJECT);
}

/* ---- methods ---- */

/* A pattern of the keys in `all` that the method has not, of those that hold a number or of the
 * others. They may stand there to be taken out: null, and for a number also "none". */
static void put_taken_out(struct schema *s, const struct keys *all, const struct keys *own,
                          const struct keys *others, bool numbers) {
  struct fray_text pattern = {0};
  for (size_t i = 0; i < all->n; i++) {
    const struct fray_field *f = all->v[i];
    const bool number = f->type == FRAY_INT || f->type == FRAY_REAL || f->type == FRAY_AMOUNT;
    if (number == numbers && !find_key(own, f->key) && !find_key(others, f->key))
      fray_text_printf(&pattern, "%s%s", pattern.size ? "|" : "^(", f->key);
  }
  if (pattern.size) {
    fray_text_puts(&pattern, ")$");
    fray_json_open(s->w, pattern.data ? pattern.data : "", OBJECT);
    fray_json_open(s->w, "enum", ARRAY);
    fray_json_member_null(s->w, NULL);
    if (numbers)
      fray_json_member_text(s->w, NULL, "none");
    fray_json_close(s->w, ARRAY);
    fray_json_close(s->w, OBJECT);
  }
  s->failed = s->failed || pattern.failed;
  fray_text_free(&pattern);
}

/* "If the key names this method, or is left out and this is the default, its keys may stand
 * here." */
static void put_choice(struct schema *s, const struct fray_field *kind,
                       const struct fray_choice *choice, const struct keys *all,
                       const struct keys *others) {
  /* The key may be left out where this method is the one that is then meant. */
  const bool standard = choice == default_choice(kind);
  struct keys own = {0};
  if (choice->table)
    collect(choice->table, &own);
  fray_json_open(s->w, NULL, OBJECT);
  fray_json_open(s->w, "if", OBJECT);
  fray_json_open(s->w, "properties", OBJECT);
  fray_json_open(s->w, kind->key, OBJECT);
  fray_json_open(s->w, "enum", ARRAY);
  fray_json_member_text(s->w, NULL, choice->name);
  if (standard)
    fray_json_member_null(s->w, NULL);
  fray_json_close(s->w, ARRAY);
  fray_json_close(s->w, OBJECT);
  fray_json_close(s->w, OBJECT);
  if (!standard) {
    fray_json_open(s->w, "required", ARRAY);
    fray_json_member_text(s->w, NULL, kind->key);
    fray_json_close(s->w, ARRAY);
  }
  fray_json_close(s->w, OBJECT);
  /* What the condition allows counts as looked at, so that the map can be closed around all of
   * them. */
  fray_json_open(s->w, "then", OBJECT);
  if (choice->table)
    put_reference(s, choice->table, true);
  fray_json_open(s->w, "patternProperties", OBJECT);
  put_taken_out(s, all, &own, others, true);
  put_taken_out(s, all, &own, others, false);
  fray_json_close(s->w, OBJECT);
  fray_json_close(s->w, OBJECT);
  fray_json_close(s->w, OBJECT);
}

/* One condition for each method, not one alternative: a validator then complains of the key that is
 * wrong, and not that none of twenty alternatives fits. */
static void put_kinds(struct schema *s, const struct fray_table *table) {
  if (!first_kind(table))
    return;
  fray_json_open(s->w, "allOf", ARRAY);
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *kind = &table->fields[i];
    if (kind->type != FRAY_KIND)
      continue;
    struct keys all = {0}, others = {0};
    collect_choices(kind, &all);
    /* A key that another method of the table may have is that one's to allow. */
    for (size_t k = 0; k < table->n; k++) {
      others.v[others.n++] = &table->fields[k];
      if (k != i && table->fields[k].type == FRAY_KIND)
        collect_choices(&table->fields[k], &others);
    }
    for (size_t c = 0; c < kind->choices->n; c++)
      put_choice(s, kind, kind->choices->v[c], &all, &others);
  }
  fray_json_close(s->w, ARRAY);
}

/* ---- tables ---- */

/* The map, or the value of the key that may stand in its place. */
static void put_map_or_value(struct schema *s, const struct fray_table *table, const char *key) {
  static const char *const object[] = {"object", NULL};
  fray_json_open(s->w, "anyOf", ARRAY);
  fray_json_open(s->w, NULL, OBJECT);
  put_types(s, object, !needs_keys(table));
  fray_json_close(s->w, OBJECT);
  for (size_t i = 0; i < table->n; i++) {
    if (strcmp(table->fields[i].key, key) != 0)
      continue;
    fray_json_open(s->w, NULL, OBJECT);
    put_shape(s, &table->fields[i]);
    fray_json_close(s->w, OBJECT);
  }
  fray_json_close(s->w, ARRAY);
}

/* A map of keys; the bare name of a method stands for a map that chooses it, where nothing else
 * must be said. */
static void put_kind_of_map(struct schema *s, const struct fray_table *table) {
  const struct fray_field *kind = first_kind(table);
  /* A list, so that null can stand beside it. */
  static const char *const object[] = {"object", NULL};
  bool others = false;
  for (size_t i = 0; i < table->n; i++)
    others = others || (&table->fields[i] != kind && is_needed(&table->fields[i]));
  const bool is_short = s->shorter && s->shorter->table == table;
  if (is_short || (!kind && table->bare))
    put_map_or_value(s, table, is_short ? s->shorter->key : table->bare);
  else if (!kind || others)
    put_types(s, object, !needs_keys(table));
  if (is_short || !kind || others)
    return;
  fray_json_open(s->w, "anyOf", ARRAY);
  fray_json_open(s->w, NULL, OBJECT);
  put_types(s, object, !needs_keys(table));
  fray_json_close(s->w, OBJECT);
  fray_json_open(s->w, NULL, OBJECT);
  fray_json_open(s->w, "enum", ARRAY);
  for (size_t i = 0; i < kind->choices->n; i++)
    if (!kind->choices->v[i]->table || !needs_keys(kind->choices->v[i]->table))
      fray_json_member_text(s->w, NULL, kind->choices->v[i]->name);
  fray_json_close(s->w, ARRAY);
  fray_json_close(s->w, OBJECT);
  fray_json_close(s->w, ARRAY);
}

/* Sections too, where one of their own keys has no default. */
static void put_needed(struct schema *s, const struct fray_table *table) {
  bool any = false;
  for (size_t i = 0; i < table->n; i++)
    any = any || is_needed(&table->fields[i]);
  /* Most sections have a default for each of their keys. */
  if (!any) /* an empty list is refused by some readers of older drafts */
    return;
  fray_json_open(s->w, "required", ARRAY);
  for (size_t i = 0; i < table->n; i++)
    if (is_needed(&table->fields[i]))
      fray_json_member_text(s->w, NULL, table->fields[i].key);
  fray_json_close(s->w, ARRAY);
}

/* Without a `type` a part constrains nothing but the keys that it has, which is what lets several
 * parts stand in one map. */
static void put_definition(struct schema *s, size_t at) {
  const struct fray_table *table = s->met[at].table;
  char name[96];
  name_definition(s, at, name);
  fray_json_open(s->w, name, OBJECT);
  if (table->help)
    fray_json_member_text(s->w, "description", table->help);
  if (!s->met[at].is_part)
    put_kind_of_map(s, table);
  fray_json_open(s->w, "properties", OBJECT);
  for (size_t i = 0; i < table->n; i++)
    put_field(s, &table->fields[i]);
  fray_json_close(s->w, OBJECT);
  put_needed(s, table);
  put_kinds(s, table);
  /* Of a part, whoever holds it closes the map. */
  if (!s->met[at].is_part)
    fray_json_member_bool(
        s->w, first_kind(table) ? "unevaluatedProperties" : "additionalProperties", false);
  fray_json_close(s->w, OBJECT);
}

/* The root is a definition like any other, so that a table may hold its own root. */
enum fray_status cli_put_schema(struct fray_text *out, const struct fray_table *table,
                                const struct cli_short *shorter, struct fray_err *err) {
  struct fray_json_writer w = {.text = out};
  struct schema s = {.w = &w, .shorter = shorter};
  fray_json_open(&w, NULL, OBJECT);
  fray_json_member_text(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
  fray_json_member_text(&w, "title", table->name);
  put_reference(&s, table, false);
  fray_json_open(&w, "$defs", OBJECT);
  for (size_t i = 0; i < s.n; i++) /* n grows on the way */
    put_definition(&s, i);
  fray_json_close(&w, OBJECT);
  fray_json_close(&w, OBJECT);
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  FRAY_CHECK(!s.failed, err, INTERNAL, "the tables of %s cannot be written as JSON Schema",
             table->name);
  return FRAY_OK;
}

/* Built whole before it is printed: half a schema would be taken for one. */
enum fray_status cli_print_schema(const struct fray_table *table, const struct cli_short *shorter,
                                  struct fray_err *err) {
  struct fray_text text = {0};
  const enum fray_status status = cli_put_schema(&text, table, shorter, err);
  if (status == FRAY_OK)
    fray_print("%s", text.data);
  fray_text_free(&text);
  return status;
}

/* The first line says to whoever edits the page that the next check would find it changed. */
enum fray_status cli_print_reference(const struct fray_table *table, const char *command,
                                     struct fray_err *err) {
  struct fray_text text = {0};
  fray_text_printf(&text, "<!-- Generated by `fray %s --reference`. -->\n\n", command);
  fray_schema_reference(table, &text);
  const bool good = !text.failed;
  if (good)
    fray_print("%s", text.data);
  fray_text_free(&text);
  FRAY_CHECK(good, err, MEMORY, "out of memory");
  return FRAY_OK;
}
