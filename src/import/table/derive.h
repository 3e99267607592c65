/* Fields worked out from others: `derive` of an input. */
#ifndef FRAY_IMPORT_DERIVE_H
#define FRAY_IMPORT_DERIVE_H

#include "row_fields.h"

enum letters { LETTERS_KEEP, LETTERS_FOLD };
struct derive_config {
  const char *from;
  const struct fray_node *values; /* map text -> text, or text -> list of texts; or NULL */
  const char *otherwise;          /* error, drop, keep, or a template; NULL: error */
  const char *pattern;            /* cuts parts out of the text; or NULL */
  struct fray_ints slice;         /* first and end character; n 0: the whole text */
  int letters;                    /* enum letters */
};
extern const struct fray_table fray_derive_table;

/** What `derive` asks for, and what of it is made already. */
struct derivation {
  const struct fray_named *config; /* struct derive_config by name */
  uint8_t *done;                   /* (config->n) */
};
enum fray_status fray_derive_begin(const struct fray_named *config, struct fray_arena *arena,
                                   struct derivation *out, struct fray_err *err);
/** Makes the field of that name now, if there is none and `derive` says how; and those that it is
 *  made from. */
enum fray_status fray_derive_need(struct rows *rows, struct derivation *d, const char *name,
                                  struct fray_arena *arena, struct fray_err *err);
/** Makes the others, in the order of the YAML. Rows with texts that are not known are refused, left
 *  out or kept, as `otherwise` says, with a line that counts and names them. INPUT: an unknown
 *  field, a text that is not among the values or does not fit, old texts that are one name. */
enum fray_status fray_derive_rest(struct rows *rows, struct derivation *d, struct fray_arena *arena,
                                  struct fray_err *err);

#endif
