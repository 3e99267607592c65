/* Jansson behind our own names. fray_json is json_t; the type is never complete outside, so this
 * room is the one door to the library. */
#include "fray/base/file.h"
#include "fray/json/json.h"

#include <jansson.h>
#include <stdlib.h>

/* fray_json is never defined: its pointers are json_t's under another name, and nothing outside can
 * look into one. */
static const json_t *in(const fray_json *v) {
  return (const json_t *)v;
}

static const fray_json *out_of(const json_t *v) {
  return (const fray_json *)v;
}

enum fray_status fray_json_parse_line(const char *path, size_t line, const char *data, size_t size,
                                      fray_json **out, struct fray_err *err) {
  json_error_t problem;
  /* A key that is given twice would be lost without a word: Jansson keeps the last. */
  json_set_alloc_funcs(malloc, free); /* so that what it lacks is noted: readers drop what fails */
  json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &problem);
  if (root) {
    *out = (fray_json *)root;
    return FRAY_OK;
  }
  FRAY_CHECK(json_error_code(&problem) != json_error_out_of_memory, err, MEMORY,
             "%s: out of memory", path);
  /* Jansson counts lines of the piece; the file is what the user can look at. */
  line += problem.line > 0 ? (size_t)problem.line - 1 : 0;
  FRAY_CHECK(json_error_code(&problem) != json_error_stack_overflow, err, INPUT,
             "%s:%zu: JSON: lists and objects in one another deeper than %d", path, line,
             JSON_PARSER_MAX_DEPTH);
  return fray_fail(err, FRAY_INPUT, "%s:%zu: JSON: %s", path, line, problem.text);
}

enum fray_status fray_json_parse(const char *path, const char *data, size_t size, fray_json **out,
                                 struct fray_err *err) {
  return fray_json_parse_line(path, 1, data, size, out, err);
}

enum fray_status fray_json_read(const char *path, size_t limit, fray_json **out,
                                struct fray_err *err) {
  struct fray_text text = {0};
  FRAY_TRY(fray_file_read(path, limit, &text, err));
  enum fray_status status = fray_json_parse(path, text.data, text.size, out, err);
  fray_text_free(&text);
  return status;
}

/* Of the root: everything below goes with it. */
void fray_json_free(fray_json *value) {
  json_decref((json_t *)value);
}

bool fray_json_is_object(const fray_json *v) {
  return json_is_object(in(v));
}

bool fray_json_is_array(const fray_json *v) {
  return json_is_array(in(v));
}

/* Entries of either kind of collection. */
size_t fray_json_size(const fray_json *v) {
  return json_is_array(in(v)) ? json_array_size(in(v)) : json_object_size(in(v));
}

const fray_json *fray_json_at(const fray_json *array, size_t index) {
  return out_of(json_array_get(in(array), index));
}

const fray_json *fray_json_get(const fray_json *object, const char *key) {
  return out_of(json_object_get(in(object), key));
}

/* NULL begins; the iterator is Jansson's own and needs no end. */
bool fray_json_next(const fray_json *object, void **iterator, const char **key,
                    const fray_json **value) {
  json_t *o = (json_t *)object; /* Jansson's iterators change nothing, but are not const */
  *iterator = *iterator ? json_object_iter_next(o, *iterator) : json_object_iter(o);
  if (!*iterator)
    return false;
  *key = json_object_iter_key(*iterator);
  *value = out_of(json_object_iter_value(*iterator));
  return true;
}

/* A real that happens to be whole is none: who writes 3.0 means a measure. */
bool fray_json_int(const fray_json *v, int64_t *out) {
  if (!json_is_integer(in(v)))
    return false;
  *out = json_integer_value(in(v));
  return true;
}

/* An integer is a number as well: JSON has one kind of them. */
bool fray_json_real(const fray_json *v, double *out) {
  if (!json_is_number(in(v)))
    return false;
  *out = json_number_value(in(v));
  return true;
}

bool fray_json_bool(const fray_json *v, bool *out) {
  if (!json_is_boolean(in(v)))
    return false;
  *out = json_is_true(in(v));
  return true;
}

/* NULL for whatever is no text; Jansson answers so. */
const char *fray_json_text(const fray_json *v) {
  return json_string_value(in(v));
}
