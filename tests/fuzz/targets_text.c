/* Texts of others: YAML, JSON, CSV, JSON Lines, words, and the two little languages of an import.
 * What was read is also written and read again, where fray can do both. */
#include "fuzz.h"

#include "codec/decode.h"
#include "fray/base/csv.h"
#include "fray/base/utf8.h"
#include "fray/codec/words.h"
#include "fray/import/import.h"
#include "fray/json/json.h"
#include "fray/schema/node.h"
#include "import/table/expression.h"
#include "import/table/name_pattern.h"
#include "import/table/row_stream.h"

#include <stdlib.h>
#include <string.h>

void fuzz_yaml(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *root, *again;
  char *text = fuzz_text(data, size);
  const enum fray_status status = fray_yaml_parse(text, "x.yaml", &arena, &root, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK) {
    struct fray_text out = {0};
    struct fray_hash128 hash;
    fray_node_emit(root, &out);
    fuzz_must(fray_yaml_parse(out.data ? out.data : "", "y.yaml", &arena, &again, &err) == FRAY_OK,
              "what was written of a YAML is YAML");
    fuzz_must(fray_node_equal(root, again), "a YAML that was written reads back equal");
    fuzz_must(fray_node_hash(root, &hash, &err) == FRAY_OK, "a node has a hash");
    fray_text_free(&out);
  }
  fray_arena_free(&arena);
  free(text);
}

/* ---- JSON ---- */

/* All that can be asked of a value. Depth is the parser's to bound. */
static size_t walk(const fray_json *v) {
  int64_t whole;
  double real;
  bool truth;
  size_t n = 1;
  fray_json_int(v, &whole);
  fray_json_real(v, &real);
  fray_json_bool(v, &truth);
  if (fray_json_text(v))
    n += strlen(fray_json_text(v));
  for (size_t i = 0; fray_json_is_array(v) && i < fray_json_size(v); i++)
    n += walk(fray_json_at(v, i));
  if (fray_json_is_object(v)) {
    void *at = NULL;
    const char *key;
    const fray_json *value;
    while (fray_json_next(v, &at, &key, &value))
      n += strlen(key) + walk(value);
  }
  return n;
}

void fuzz_json(const uint8_t *data, size_t size) {
  fray_json *root = NULL;
  struct fray_err err = {0};
  const enum fray_status status = fray_json_parse("x.json", (const char *)data, size, &root, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK) {
    walk(root);
    fray_json_free(root);
  }
}

/* ---- tables ---- */

static bool is_text(const char *cell) {
  const size_t n = strlen(cell);
  return fray_utf8_valid(cell, n) == n;
}

/* The first byte says how the table is cut, as keys of the YAML would. */
void fuzz_csv(const uint8_t *data, size_t size) {
  static const char separators[] = {0, ';', '\t', ' '};
  const uint8_t how = size ? data[0] : 0;
  const struct fray_csv_rules rules = {.separator = separators[how & 3],
                                       .plain_quotes = how & 4,
                                       .header = (enum fray_csv_header)((how >> 3) % 3),
                                       .has_keys = how & 64};
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_csv csv;
  const size_t n = size ? size - 1 : 0;
  char *text = fuzz_text(data + (size ? 1 : 0), n);
  const enum fray_status status = fray_csv_parse("x.csv", text, n, &rules, &arena, &csv, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK) {
    for (size_t i = 0; i < csv.n_rows; i++)
      for (size_t c = 0; c < csv.n_columns; c++)
        fuzz_must(is_text(fray_csv_at(&csv, i, c)), "a cell is text");
    for (size_t c = 0; c < csv.n_columns; c++)
      fuzz_must(fray_csv_find(&csv, csv.column[c]) == c, "a column is found by its name");
  }
  fray_arena_free(&arena);
  free(text);
}

static void table(const char *name, const uint8_t *data, size_t size, char separator) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_csv csv;
  const enum fray_status status =
      fray_import_table_read(fuzz_file(name, data, size), separator, &arena, &csv, &err);
  fuzz_answered(status, &err);
  for (size_t i = 0; status == FRAY_OK && i < csv.n_rows * csv.n_columns; i++)
    fuzz_must(csv.field[i] != NULL, "a table has all its cells");
  fray_arena_free(&arena);
}

void fuzz_manifest(const uint8_t *data, size_t size) {
  table("manifest.csv", data, size, 0);
}

void fuzz_json_lines(const uint8_t *data, size_t size) {
  table("manifest.jsonl", data, size, 0);
}

/* A long recording: read row by row, then again from a row in the middle. */
void fuzz_recording(const uint8_t *data, size_t size) {
  static const char separators[] = {',', ';', STREAM_BLANKS, '\t'};
  const uint8_t how = size ? data[0] : 0;
  const struct stream_rules rules = {.separator = separators[how & 3],
                                     .row_end = how & 4 ? ';' : 0,
                                     .plain_quotes = how & 8,
                                     .header = (enum fray_csv_header)((how >> 4) % 3)};
  const char *path = fuzz_file("recording.csv", data + (size ? 1 : 0), size ? size - 1 : 0);
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct row_stream s = {0}, later = {0};
  const char **column;
  uint64_t offset = 0;
  size_t line = 0, cells = 0, rows = 0;
  bool there = true;
  enum fray_status status = fray_stream_open(path, &rules, &arena, &column, &s, &err);
  while (status == FRAY_OK && there) {
    status = fray_stream_next(&s, &there, &err);
    if (status == FRAY_OK && there && ++rows % 4 == 2)
      offset = s.offset, line = s.line, cells = s.n_cells;
  }
  fuzz_answered(status, &err);
  if (line && fray_stream_open_at(path, &rules, offset, line, &later, &err) == FRAY_OK) {
    fuzz_must(fray_stream_next(&later, &there, &err) == FRAY_OK && there,
              "a row that was read is there again");
    fuzz_must(later.line == line && later.n_cells == cells, "it is the same row");
  }
  fray_stream_close(&later);
  fray_stream_close(&s);
  fray_arena_free(&arena);
}

/* ---- words ---- */

void fuzz_words(const uint8_t *data, size_t size) {
  static struct fray_words words;
  for (int fold = 0; fold < 2; fold++) {
    size_t n = 0;
    fray_words_begin(&words, data, size, fold);
    while (fray_words_next(&words)) {
      fuzz_must(words.length > 0 && words.length <= FRAY_WORD_MAX, "a word has letters");
      n++;
    }
    fuzz_must(n <= size * FRAY_WORDS_EXPAND, "there are no more words than letters");
  }
}

/* Texts may be packed, and what is unpacked is bounded. */
void fuzz_gzip(const uint8_t *data, size_t size) {
  enum { LIMIT = 1 << 16 };
  struct fray_text text = {0};
  struct fray_err err = {0};
  const struct codec_bytes file = {.data = data, .size = size};
  const enum fray_status status = gzip_here(&file, LIMIT, false, &text, &err);
  fuzz_answered(status, &err);
  fuzz_must(text.size <= LIMIT, "no more is unpacked than was allowed");
  fray_text_free(&text);
}

/* ---- the languages of an import ---- */

/* An expression, a NUL, a text. */
void fuzz_expression(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct expression *e;
  char *text = fuzz_text(data, size);
  const size_t first = strlen(text);
  const enum fray_status status = fray_expression_make(text, &arena, &e, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK)
    fray_expression_found(e, first < size ? text + first + 1 : "");
  fray_arena_free(&arena);
  free(text);
}

/* A pattern, a NUL, a name. */
void fuzz_name_pattern(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct name_pattern p = {0};
  char *text = fuzz_text(data, size);
  const size_t first = strlen(text);
  const char *name = first < size ? text + first + 1 : "";
  bool fits = false;
  enum fray_status status = fray_pattern_parse(text, &arena, &p, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK) {
    fuzz_answered(fray_pattern_match(&p, name, data[0] & 1, &fits, &err), &err);
    for (size_t i = 0; fits && i < p.n; i++)
      fuzz_must(p.part[i].start + p.part[i].length <= strlen(name), "a part lies in the name");
  }
  fray_pattern_free(&p);
  fray_arena_free(&arena);
  free(text);
}
