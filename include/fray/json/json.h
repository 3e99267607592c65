/* JSON, behind one door (Jansson). */
#ifndef FRAY_JSON_JSON_H
#define FRAY_JSON_JSON_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fray_json fray_json; /* a value; borrowed unless it came from read or new */

/** Whole file, at most `limit` bytes. INPUT with line for syntax errors or duplicate keys. */
enum fray_status fray_json_read(const char *path, size_t limit, fray_json **out,
                                struct fray_err *err);
/** The same of a file that was read already. path: for messages. */
enum fray_status fray_json_parse(const char *path, const char *data, size_t size, fray_json **out,
                                 struct fray_err *err);
/** The same of a piece of a file that begins on a line of it, from 1. */
enum fray_status fray_json_parse_line(const char *path, size_t line, const char *data, size_t size,
                                      fray_json **out, struct fray_err *err);
void fray_json_free(fray_json *value); /* of the root only */
bool fray_json_is_object(const fray_json *v);
bool fray_json_is_array(const fray_json *v);
size_t fray_json_size(const fray_json *v);                           /* of an array or object */
const fray_json *fray_json_at(const fray_json *array, size_t index); /* NULL if none */
const fray_json *fray_json_get(const fray_json *object, const char *key);
/** Members in file order: *iterator = NULL starts; false at the end. */
bool fray_json_next(const fray_json *object, void **iterator, const char **key,
                    const fray_json **value);
bool fray_json_int(const fray_json *v, int64_t *out); /* false unless written as an integer */
bool fray_json_real(const fray_json *v, double *out); /* any number */
bool fray_json_bool(const fray_json *v, bool *out);   /* false unless true or false */
const char *fray_json_text(const fray_json *v);       /* NULL unless a string */

/** Writing: appended as valid JSON (escaped UTF-8; not-finite numbers become null). */
void fray_json_put_text(struct fray_text *out, const char *text);
void fray_json_put_real(struct fray_text *out, double value);
/** A further member of an object, on its line: `, "KEY": VALUE`. */
void fray_json_add_text(struct fray_text *out, const char *key, const char *text);
void fray_json_add_real(struct fray_text *out, const char *key, double value);
void fray_json_add_count(struct fray_text *out, const char *key, uint64_t value);

/** A document of objects and arrays, member by member: commas and line breaks are the writer's.
 * Zero but for `text`. A key of NULL makes an element of an array. What is open must be closed. */
struct fray_json_writer {
  struct fray_text *text;
  unsigned depth;
  bool follows; /* something stands before, at this depth */
};
void fray_json_open(struct fray_json_writer *w, const char *key, bool is_array);
void fray_json_close(struct fray_json_writer *w, bool is_array);
/** text NULL: null. */
void fray_json_member_text(struct fray_json_writer *w, const char *key, const char *text);
void fray_json_member_real(struct fray_json_writer *w, const char *key, double value);
void fray_json_member_count(struct fray_json_writer *w, const char *key, uint64_t value);
void fray_json_member_bool(struct fray_json_writer *w, const char *key, bool value);
void fray_json_member_null(struct fray_json_writer *w, const char *key);

#endif
