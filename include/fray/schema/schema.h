/* Schema tables: one row gives parsing, range, unit, default, help, reference page and
 * "did you mean". The engine knows no key; each layer owns the table and struct of its section. */
#ifndef FRAY_SCHEMA_SCHEMA_H
#define FRAY_SCHEMA_SCHEMA_H

#include "fray/schema/node.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum fray_type {
  FRAY_BOOL,    /* bool */
  FRAY_INT,     /* int64_t */
  FRAY_REAL,    /* double */
  FRAY_STRING,  /* const char * (NULL when optional and absent) */
  FRAY_PATH,    /* const char *, made relative to the folder of the file that holds it; "-" never */
  FRAY_ENUM,    /* int: index into .names */
  FRAY_AMOUNT,  /* struct fray_amount: 10 is a count, 0.1 or 1.0 a fraction */
  FRAY_INTS,    /* struct fray_ints; a single scalar counts as a list of one */
  FRAY_REALS,   /* struct fray_reals; likewise */
  FRAY_STRINGS, /* struct fray_strings; likewise */
  FRAY_SECTION, /* the struct of .section, inline */
  FRAY_ITEMS,   /* struct fray_items: list of .section */
  FRAY_MAP,     /* struct fray_named: map from free names to .section */
  FRAY_KIND,    /* struct fray_variant: one of .choices; its keys lie in the same map as this one */
  FRAY_NODE     /* const struct fray_node *: read by its owner (NULL when absent) */
};

struct fray_amount {
  double value;
  bool is_fraction;
};
/** Count that an amount means for n things: floor of a fraction (0.29 of 100 is 29, not 28 by
 *  rounding of doubles), at least 1 (if n), at most n. */
size_t fray_amount_of(struct fray_amount amount, size_t n);

struct fray_ints {
  size_t n;
  int64_t *v;
};
struct fray_reals {
  size_t n;
  double *v;
};
struct fray_strings {
  size_t n;
  const char **v;
};
struct fray_items {
  size_t n;
  void *v; /* array of the section's struct */
};
struct fray_named {
  size_t n;
  const char **name;
  void *v;
};
struct fray_variant {
  const struct fray_choice *choice; /* never NULL after reading */
  void *params;                     /* the choice's struct; NULL if it has no keys */
};

struct fray_table;

/** A method that can be chosen by name: a corruption, encoder, server optimiser, metric, ...
 *  The same list drives lookup, `fray list`, the reference page and the conformance tests. */
struct fray_choice {
  const char *name, *meaning, *source; /* source: paper or formula; may be "" */
  const struct fray_table *table;      /* its own keys; NULL for none */
  const void *impl;                    /* operations, known to the owning layer */
};
struct fray_choices {
  const char *what, *plural; /* "corruption", "corruptions" */
  const struct fray_choice *const *v;
  size_t n;
};

/** One key. Numbers outside [min, max] are refused; min = max = 0 means no bound. A row with only
 *  .min > 0, or only .open_min ("above 0"), has no upper bound; write .max = INFINITY for "at least
 *  0" and .min = -INFINITY for "at most". Lists: the bounds hold for each entry. AMOUNT: for
 * counts; fractions lie in [0, 1], without 0 if min > 0 or open_min. NaN and infinity are never
 * accepted (but see .infinite). STRING and STRINGS with .names or .choices accept only those names.
 * .optional goes before any default: absent and null then mean "not given". */
/** What the owner of a NODE takes, for documents; the owner checks it. */
enum fray_node_shape {
  FRAY_SHAPE_ANY,
  FRAY_SHAPE_TEXTS,          /* map: a text each */
  FRAY_SHAPE_LISTS,          /* map: a list of texts each */
  FRAY_SHAPE_TEXTS_OR_LISTS, /* map: a text each, or a list of texts each */
  FRAY_SHAPE_TEXTS_OR_LIST   /* map with a text each, or a list of texts */
};
struct fray_field {
  const char *key;
  enum fray_type type;
  enum fray_node_shape shape; /* of a NODE */
  size_t offset;
  bool required; /* no default: must be given */
  bool optional; /* absent means NaN (REAL), NULL (STRING, PATH), INT64_MIN (INT), n = 0 (lists) */
  bool open_min, open_max; /* bounds themselves are refused */
  bool infinite;           /* REAL: .inf is accepted */
  bool outer;              /* in the table of a choice: the member lies in the struct of the section
                              that the choice belongs to, so that all choices that use a common key
                              keep it in one place, each with its own words and default */
  double def, min, max;    /* REAL, INT, AMOUNT (bounds), BOOL (def) */
  const char *def_text;    /* STRING, ENUM (name), KIND (name), lists and AMOUNT (YAML text) */
  const char *const *names; /* ENUM: NULL-terminated */
  const struct fray_table *section;
  const struct fray_choices *choices;
  const char *unit, *help;
};
struct fray_table {
  const char *name, *help;
  size_t size; /* of the struct */
  const struct fray_field *fields;
  size_t n;
  /** Keys that people look for here and that have another name or place, in the table of a choice
   * those that do not go together with it: pairs of the key and of words that say where, or why;
   * ends with NULL. Or NULL. */
  const char *const *elsewhere;
  /** Key of a PATH or STRING that a bare scalar in place of the map stands for, in a table without
   * a KIND, whose name it would be; or NULL: a map is expected. */
  const char *bare;
  /** Checks across keys, after all were read; may be NULL. node gives lines for messages and is
   *  NULL for a section that was not given. The place ("FILE:LINE: a.b: ") is put in front of an
   *  INPUT message by the engine unless it begins with the name of the node's file. */
  enum fray_status (*check)(const void *section, const struct fray_node *node,
                            struct fray_err *err);
};

/* Rows. Extra designated initialisers follow: .def = 0.05, .min = 1e-8, .max = 10, .help = "..." */
#define FRAY_FIELD(TYPE, KEY, STRUCT, MEMBER, ...)                                                 \
  { .key = KEY, .type = FRAY_##TYPE, .offset = offsetof(STRUCT, MEMBER), __VA_ARGS__ }
#define FRAY_TABLE(VARIABLE, NAME, STRUCT, FIELDS, ...)                                            \
  const struct fray_table VARIABLE = {.name = NAME,                                                \
                                      .size = sizeof(STRUCT),                                      \
                                      .fields = FIELDS,                                            \
                                      .n = sizeof(FIELDS) / sizeof *(FIELDS),                      \
                                      __VA_ARGS__}

/** Reads a map into the struct of the table (size bytes, fully written). A NULL node means an empty
 *  map; a bare scalar names the choice of the table's first KIND ("partition: natural"), or the
 * value of its key .bare, here and in sections, lists and maps below. INPUT: unknown key (names the
 * nearest), wrong type, out of range (with the range), missing required key, unknown choice, a key
 * that the chosen method does not use (says which ones use it). Messages read "FILE:LINE:
 * training.local.lr: 20 is not in [1e-08, 10]"; where: "" or a dotted prefix like "training".
 * Memory of strings and lists comes from the arena and outlives the node. */
enum fray_status fray_schema_read(const struct fray_table *table, const struct fray_node *node,
                                  const char *where, void *out, struct fray_arena *arena,
                                  struct fray_err *err);

/** Reads one value by itself as the field would have it in a map; out: what its type says. Not for
 *  SECTION, ITEMS, MAP, KIND, NODE. INPUT "FILE:LINE: KEY: 20 is not in [0, 10]". */
enum fray_status fray_schema_read_value(const struct fray_field *field,
                                        const struct fray_node *value, void *out,
                                        struct fray_arena *arena, struct fray_err *err);

/** The map with every key in table order and defaults filled in: canonical, for scenario.yaml and
 *  for hashes. Keys that are optional and not given are left out, paths are absolute (links
 *  resolved as far as they exist), NODE values stay as they are. Numbers keep their value, not
 * their spelling ("1.0" and "1" for a REAL are equal; an AMOUNT keeps its point). The node must
 * have been read without error before. */
enum fray_status fray_schema_fill(const struct fray_table *table, const struct fray_node *node,
                                  struct fray_arena *arena, struct fray_node **out,
                                  struct fray_err *err);

/** What fray_schema_share has read so far. Zero-initialised is empty; all of it lies in the arena
 *  of the calls, which must be the same one. */
struct fray_schema_store {
  struct fray_shared **slot; /* (room) hash table of values by what they were read from */
  size_t n, room;
};
/** fray_schema_read and fray_schema_fill in one, for thousands of maps that differ in little: a key
 *  of the root whose value, lines included, was met before is not read again. Its part of *out and
 *  of *filled is then that of the first one, and neither may be changed: only the nodes at the root
 *  and directly below are *filled's own. node may go after the call. Not for tables with a KIND or
 * a check. */
enum fray_status fray_schema_share(const struct fray_table *table, const struct fray_node *node,
                                   struct fray_schema_store *store, void *out,
                                   struct fray_node **filled, struct fray_arena *arena,
                                   struct fray_err *err);

/** The values that a section of the table holds, as a map in table order; what was not given and
 *  outer rows are left out. MEMORY. */
enum fray_status fray_schema_values(const struct fray_table *table, const void *section,
                                    struct fray_arena *arena, struct fray_node **out,
                                    struct fray_err *err);
/** True if the dotted path names a key of the table (descends sections, kinds' keys and maps). On
 *  false, *nearest is a valid path that is close (or the part of it that is valid), or NULL (static
 *  or arena memory). nearest may be NULL. */
bool fray_schema_has(const struct fray_table *table, const char *path, struct fray_arena *arena,
                     const char **nearest);

/** "'model.fusion'" for "fusion": the dotted keys below the table's sections that end in `key`, as
 * a message names them; NULL if there is none, or more than three. Arena memory. */
const char *fray_schema_below(const struct fray_table *table, const char *key,
                              struct fray_arena *arena);

/** Field of a table (or of the choice that node selects) by key; NULL if none. */
const struct fray_field *fray_schema_field(const struct fray_table *table,
                                           const struct fray_node *node, const char *key);

/** A choice by name, or NULL. */
const struct fray_choice *fray_choice_find(const struct fray_choices *choices, const char *name);

/** True if the row gives a bound, a finite one. */
bool fray_field_has_min(const struct fray_field *field);
bool fray_field_has_max(const struct fray_field *field);

/** "; 30 % is written 0.3" where a value that should be a share in [0, 1] looks like a percentage,
 *  with its sign or as a number of 2 to 100; else "". For those who read a share by hand. */
const char *fray_share_hint(const struct fray_node *value, char out[64]);

/** The keys of one table as rows of the reference. */
void fray_schema_rows(const struct fray_table *table, struct fray_text *out);
/** Reference of all keys below the table as Markdown: key, type, range, unit, default, meaning. */
void fray_schema_reference(const struct fray_table *table, struct fray_text *out);

#endif
