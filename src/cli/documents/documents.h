/* What commands print as JSON, for programs: docs/results-format.md describes the keys, which stay.
 */
#ifndef FRAY_CLI_DOCUMENTS_DOCUMENTS_H
#define FRAY_CLI_DOCUMENTS_DOCUMENTS_H

#include "fray/data/dataset.h"
#include "fray/json/json.h"
#include "fray/schema/schema.h"

/** One data set as an element of an array that is open; whole, where the text for people is cut.
 *  MEMORY. */
enum fray_status cli_put_dataset(struct fray_json_writer *w, const struct fray_dataset *d,
                                 const char *path, struct fray_err *err);
/** Methods of one kind, likewise. */
void cli_put_methods(struct fray_json_writer *w, const struct fray_choices *kind);

/** {"fray": VERSION, KEY: [ ... : what is open for elements; and the end of it, printed. MEMORY. */
void cli_document_begin(struct fray_json_writer *w, const char *key);
enum fray_status cli_document_end(struct fray_json_writer *w, struct fray_err *err);

/** The page of a table as `fray COMMAND --reference` prints it, and as docs/ has it. MEMORY. */
enum fray_status cli_print_reference(const struct fray_table *table, const char *command,
                                     struct fray_err *err);

/** A table whose map may be left out for the value of one of its keys, which its owner puts right
 *  before the table is read. */
struct cli_short {
  const struct fray_table *table;
  const char *key;
};
/** JSON Schema (2020-12) of what the table reads: types, ranges, names, defaults, meanings, methods
 * by the key that chooses them; unknown keys are refused. A value that the table leaves to its
 * owner (NODE) may be anything. shorter: or NULL. Appended to out. MEMORY, and INTERNAL for a
 * default that is no YAML. */
enum fray_status cli_put_schema(struct fray_text *out, const struct fray_table *table,
                                const struct cli_short *shorter, struct fray_err *err);
enum fray_status cli_print_schema(const struct fray_table *table, const struct cli_short *shorter,
                                  struct fray_err *err);

/** Kinds of damage by what they damage: the word for a group ("image"; "labels": what acts before
 *  values are read; "any": what damages every medium) and its title, or NULL beyond the last;
 *  whether a kind is of it, and whether none is. A kind of two media is of both. */
const char *cli_damage_group(size_t group, const char **title);
bool cli_damage_is_of(const struct fray_choice *kind, size_t group);
bool cli_damage_is_empty(size_t group);

/** Kinds of damage that can be aimed at test, by category; NULL: all of them. */
void cli_put_techniques(const char *category, struct fray_text *out);

/** docs/corruptions.md: every kind of damage, by what it damages. */
void cli_put_damage(struct fray_text *out);
/** docs/algorithms.md: every algorithm of a federation, with its rounds, bytes, state and keys. */
void cli_put_algorithms(struct fray_text *out);

#endif
