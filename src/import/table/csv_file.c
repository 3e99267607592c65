/* CSV files of an import: the file, the reader of all layers, the keys that change how it reads. No
 * other file of the import knows how a line is cut. */
#include "csv_file.h"
#include "json_lines.h"

#include "fray/base/file.h"
#include "fray/codec/names.h"
#include "fray/import/import.h"

#include <string.h>

enum { LARGEST = 1 << 30 };

const char *const table_formats[] = {"auto", "csv", "jsonl", NULL}; /* enum table_format */
const char *const csv_quotings[] = {"rfc4180", "none", NULL};
const char *const csv_headers[] = {"names", "numbers", "none", NULL}; /* enum fray_csv_header */

/* Two keys say the same: `quotes: false` and `quoting: none`. A header of enum fray_csv_header is a
 * name of csv_headers. */
enum fray_status fray_csv_rules_take(const struct csv_format *format, struct fray_csv_rules *out,
                                     struct fray_err *err) {
  const char *separator = format->separator;
  *out = (struct fray_csv_rules){.plain_quotes = format->quoting == QUOTING_NONE || !format->quotes,
                                 .header = (enum fray_csv_header)format->header,
                                 .has_keys = true};
  if (!separator)
    return FRAY_OK;
  if (strcmp(separator, "\\t") == 0) /* a plain YAML scalar keeps the backslash */
    separator = "\t";
  FRAY_CHECK(strlen(separator) == 1 && !strchr("\"\r\n", separator[0]), err, INPUT,
             "separator \"%s\": expected one character", separator);
  out->separator = separator[0];
  return FRAY_OK;
}

enum fray_status fray_csv_read(const char *path, const struct fray_csv_rules *rules,
                               struct fray_arena *arena, struct fray_csv *out,
                               struct fray_err *err) {
  struct fray_text file = {0};
  FRAY_TRY(fray_file_read(path, LARGEST, &file, err));
  /* Into the arena: fields point into the text, which is cut in place and lives as long as they. */
  char *copy = fray_arena_alloc(arena, file.size + 1, 1);
  size_t size = file.size;
  if (copy && size)
    memcpy(copy, file.data, size);
  if (copy)
    copy[size] = '\0';
  fray_text_free(&file);
  FRAY_CHECK(copy, err, MEMORY, "out of memory (%zu bytes)", size);
  FRAY_TRY(fray_csv_parse(path, copy, size, rules, arena, out, err));
  /* Headers from different programs write the same name in different Unicode forms. */
  for (size_t c = 0; c < out->n_columns; c++) {
    out->column[c] = fray_name_clean(out->column[c], arena);
    FRAY_CHECK(out->column[c], err, MEMORY, "out of memory");
  }
  return fray_csv_index(out, err);
}

static bool ends_in(const char *path, const char *end) {
  size_t n = strlen(path), m = strlen(end);
  return n > m && strcmp(path + n - m, end) == 0;
}

enum fray_status fray_table_read(const char *path, int kind, const struct csv_format *format,
                                 struct fray_arena *arena, struct fray_csv *out,
                                 struct fray_err *err) {
  struct fray_csv_rules rules;
  /* By the ending unless the YAML says: JSON Lines read as CSV would be one odd column. */
  bool lines = kind == TABLE_JSON_LINES ||
               (kind == TABLE_AUTO && (ends_in(path, ".jsonl") || ends_in(path, ".ndjson")));
  if (!lines) {
    FRAY_TRY(fray_csv_rules_take(format, &rules, err));
    return fray_csv_read(path, &rules, arena, out, err);
  }
  /* A key without effect would be believed to work. */
  /* All four at their defaults: the tables cannot say which of them was written. */
  FRAY_CHECK(!format->separator && format->quoting == QUOTING_RFC4180 && format->quotes &&
                 format->header == FRAY_CSV_NAMES,
             err, INPUT,
             "%s: separator, quoting, quotes and header are of CSV files, and this is read as JSON "
             "Lines",
             path);
  return fray_json_lines_read(path, arena, out, err);
}

enum fray_status fray_import_table_read(const char *path, char separator, struct fray_arena *arena,
                                        struct fray_csv *out, struct fray_err *err) {
  const char text[2] = {separator, '\0'};
  const struct csv_format format = {.separator = separator ? text : NULL, .quotes = true};
  return fray_table_read(path, TABLE_AUTO, &format, arena, out, err);
}
