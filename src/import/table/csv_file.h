/* CSV files of an import: how one is written, by keys of the YAML, and reading it. */
#ifndef FRAY_IMPORT_CSV_FILE_H
#define FRAY_IMPORT_CSV_FILE_H

#include "fray/base/csv.h"
#include "fray/schema/schema.h"

/* The keys stand beside those of who reads the file. */
struct csv_format {
  const char *separator; /* NULL: a comma */
  int quoting, header;   /* enum quoting, enum fray_csv_header */
  bool quotes;           /* false is as quoting: none */
};
enum quoting { QUOTING_RFC4180, QUOTING_NONE };
extern const char *const csv_quotings[], *const csv_headers[];
#define CSV_FORMAT_FIELDS(STRUCT, MEMBER)                                                          \
  FRAY_FIELD(STRING, "separator", STRUCT, MEMBER.separator, .optional = true,                      \
             .help = "CSV: character between columns; default: a comma"),                          \
      FRAY_FIELD(ENUM, "quoting", STRUCT, MEMBER.quoting, .def_text = "rfc4180",                   \
                 .names = csv_quotings,                                                            \
                 .help = "CSV: none takes quotes as letters, as many TSV files of texts do"),      \
      FRAY_FIELD(BOOL, "quotes", STRUCT, MEMBER.quotes, .def = 1,                                  \
                 .help = "CSV: false is the same as `quoting: none`"),                             \
      FRAY_FIELD(ENUM, "header", STRUCT, MEMBER.header, .def_text = "names", .names = csv_headers, \
                 .help =                                                                           \
                     "CSV: what the first line is: names; names that may all be numbers; none: "   \
                     "a row, columns are named 1, 2, ...")

/** Tables of rows: CSV (and TSV), or JSON Lines, by a key of their own. */
enum table_format { TABLE_AUTO, TABLE_CSV, TABLE_JSON_LINES };
extern const char *const table_formats[];
#define TABLE_FORMAT_FIELD(STRUCT, MEMBER)                                                         \
  FRAY_FIELD(ENUM, "format", STRUCT, MEMBER, .def_text = "auto", .names = table_formats,           \
             .help =                                                                               \
                 "csv; jsonl: JSON Lines, an object a line, keys are columns, a.b is b of the "    \
                 "object a; auto: jsonl if the name ends in .jsonl or .ndjson")

/** INPUT: a separator that is not one character. */
enum fray_status fray_csv_rules_take(const struct csv_format *format, struct fray_csv_rules *out,
                                     struct fray_err *err);
/** A CSV file of at most 1 GiB; all of it in the arena, names of columns in their one form
 *  (fray_name_clean). rules: NULL for the usual. INPUT: it cannot be read, and as fray_csv_parse.
 */
enum fray_status fray_csv_read(const char *path, const struct fray_csv_rules *rules,
                               struct fray_arena *arena, struct fray_csv *out,
                               struct fray_err *err);
/** A table in either form: kind is an enum table_format. INPUT as above, as fray_json_lines_read,
 * and for keys of CSV files where there is none. */
enum fray_status fray_table_read(const char *path, int kind, const struct csv_format *format,
                                 struct fray_arena *arena, struct fray_csv *out,
                                 struct fray_err *err);

#endif
