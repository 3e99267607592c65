/* YAML as a tree that remembers its lines. libyaml parses; nothing here knows a key. */
#ifndef FRAY_SCHEMA_NODE_H
#define FRAY_SCHEMA_NODE_H

#include "fray/base/arena.h"
#include "fray/base/hash.h"
#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>

enum fray_node_kind { FRAY_NODE_NULL, FRAY_NODE_SCALAR, FRAY_NODE_LIST, FRAY_NODE_MAP };

/** One value. Lists and maps chain their entries through child/next; a map's entries have a key.
 *  All memory belongs to the arena given at creation. */
struct fray_node {
  enum fray_node_kind kind;
  int line;           /* 1-based; 0 if it has none */
  const char *source; /* file name, or "--set", "sweep", ... */
  const char *key;    /* NULL unless an entry of a map */
  const char *scalar; /* text of a SCALAR */
  struct fray_node *child, *next;
  size_t n;    /* entries of a LIST or MAP */
  bool quoted; /* written in quotes, so never a number or bool */
};             /* 64 bytes: a study has very many of them */

/** Parses a file (at most 16 MiB) / a text. INPUT with file and line for syntax errors, duplicate
 *  keys, anchors that loop, several documents, non-UTF-8. An empty document is an empty map. */
enum fray_status fray_yaml_load(const char *path, struct fray_arena *arena, struct fray_node **out,
                                struct fray_err *err);
enum fray_status fray_yaml_parse(const char *text, const char *source, struct fray_arena *arena,
                                 struct fray_node **out, struct fray_err *err);

/** Entry of a map by key, or NULL (also when map is NULL or no map). Does not follow dots. */
struct fray_node *fray_node_get(const struct fray_node *map, const char *key);
/** Value at a dotted path below a map ("training.server.algorithm"), or NULL. */
struct fray_node *fray_node_at(const struct fray_node *root, const char *path);
/** Deep copy. NULL only when memory is out (also for the two below). */
struct fray_node *fray_node_copy(const struct fray_node *node, struct fray_arena *arena);
struct fray_node *fray_node_scalar(const char *text, const char *source, int line,
                                   struct fray_arena *arena);
struct fray_node *fray_node_map(const char *source, int line, struct fray_arena *arena);
/** Appends to a list or sets (replacing in place) an entry of a map. `value` becomes part of it. */
enum fray_status fray_node_put(struct fray_node *parent, const char *key, struct fray_node *value,
                               struct fray_arena *arena, struct fray_err *err);
/** Sets the value at a dotted path, making the maps on the way. A map value replaces the whole map
 *  there. INPUT when the path runs through something that is no map. */
enum fray_status fray_node_set_path(struct fray_node *root, const char *path,
                                    struct fray_node *value, struct fray_arena *arena,
                                    struct fray_err *err);
bool fray_node_equal(const struct fray_node *a, const struct fray_node *b);
/** Equal for equal nodes, and for others practically never. MEMORY. */
enum fray_status fray_node_hash(const struct fray_node *node, struct fray_hash128 *out,
                                struct fray_err *err);

/** Strict readings of a scalar; false when the text is no such value. Numbers: decimal, no hex. */
bool fray_node_real(const struct fray_node *node, double *out); /* also .nan .inf nan inf */
bool fray_node_int(const struct fray_node *node, long long *out);
bool fray_node_bool(const struct fray_node *node, bool *out); /* true false */

/** Writes block YAML (flow style for lists of scalars) that fray_yaml_parse reads back equal. */
void fray_node_emit(const struct fray_node *node, struct fray_text *out);
/** The same in one line, without an end of line: "{f0: 800, bands: [1, 2]}". */
void fray_node_flow(const struct fray_node *node, struct fray_text *out);
/** "FILE:LINE" of a node for messages, into out (at least 256). */
const char *fray_node_where(const struct fray_node *node, char out[256]);

#endif
