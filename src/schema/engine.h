/* Private parts of the schema engine. */
#ifndef FRAY_SCHEMA_ENGINE_H
#define FRAY_SCHEMA_ENGINE_H

#include "fray/schema/schema.h"

/** A place in the scenario, for messages: a chain on the stack, from the root down. */
struct fray_spot {
  const struct fray_spot *up;
  const char *name; /* key; NULL: entry `index` of a list */
  size_t index;
  const struct fray_node *node; /* NULL when absent; then the next one up gives the line */
};

struct fray_reader {
  const char *where; /* dotted prefix of the root, or "" */
  struct fray_arena *arena;
  struct fray_err *err;
};

/** Records "FILE:LINE: dotted.key: message" as INPUT. */
enum fray_status fray_spot_fail(const struct fray_reader *r, const struct fray_spot *spot,
                                const char *format, ...) __attribute__((format(printf, 3, 4)));
/** "unknown WHAT 'name'; there are 'x', 'y' (did you mean 'x'?)". */
enum fray_status fray_spot_unknown(const struct fray_reader *r, const struct fray_spot *spot,
                                   const char *what, const char *name, const char *const *known,
                                   size_t n);

/** Reads a scalar or list value into *out; types BOOL .. STRINGS. value is not NULL or null. */
enum fray_status fray_read_value(const struct fray_reader *r, const struct fray_field *field,
                                 const struct fray_node *value, const struct fray_spot *spot,
                                 void *out);

/** Reads the field from the map at spot->node into the member *out. Not for KIND. */
enum fray_status fray_read_field(const struct fray_reader *r, const struct fray_field *field,
                                 const struct fray_spot *spot, void *out);
/** Refuses keys of the map at spot->node that the table does not know. */
enum fray_status fray_check_keys(const struct fray_reader *r, const struct fray_table *table,
                                 const struct fray_spot *spot);
/** The filled value of a member that was read from `from` (NULL: not given); *out NULL: none is to
 *  be written. Not for KIND. */
enum fray_status fray_fill_field(const struct fray_field *field, const void *member,
                                 const struct fray_node *from, struct fray_arena *arena,
                                 struct fray_node **out, struct fray_err *err);
/** Bytes of the member of a field. */
size_t fray_field_size(const struct fray_field *field);

/** "[0, 1]", "(0, 10]", "at least 1", or "" without bounds. */
void fray_field_bounds(const struct fray_field *field, char out[96]);

/** A bare scalar in place of a map names the choice of the table's first KIND, or is the value of
 * the table's key `bare`: gives the map that it stands for, made of the caller's two nodes, or node
 * itself. */
const struct fray_node *fray_expand_kind(const struct fray_table *table,
                                         const struct fray_node *node, struct fray_node *map,
                                         struct fray_node *entry);
/** Name that the map chooses for a KIND field, its default, or NULL. */
const char *fray_kind_name(const struct fray_field *field, const struct fray_node *node);
/** The row of the key in the table or a choice below it, the first there is; or NULL. */
const struct fray_field *fray_table_mentions(const struct fray_table *table, const char *key);

/** Calls visit for each field of the table, and, for each KIND, of the choice that node selects
 *  (every choice when all is true). Stops when visit returns false. */
typedef bool fray_visit(const struct fray_field *field, void *context);
bool fray_table_visit(const struct fray_table *table, const struct fray_node *node, bool all,
                      fray_visit *visit, void *context);

/** Keys that fray_table_visit sees, in arena memory. NULL when memory is out. */
const char **fray_table_keys(const struct fray_table *table, const struct fray_node *node, bool all,
                             struct fray_arena *arena, size_t *n);

#endif
