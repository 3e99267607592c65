/* Joins: for every row the row of another table that has the same key, or the same place. The other
 * table is the smaller one most often (people, recordings), so many rows may share a partner; that
 * a row has two is an error, told with both lines, for a table that lists somebody twice is wrong
 * about one of them. Nothing is sorted: rows keep their order and their places in the file. */
#include "join.h"

#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/codec/names.h"
#include "import/table/faults.h"
#include "import/table/natural_names.h"

#include <stdio.h>
#include <string.h>

static const char *const missing_names[] = {"error", "keep", "drop", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "file", struct join_config, file, .required = true,
               .help = "CSV or JSON Lines file below `raw`"),
    FRAY_FIELD(STRINGS, "on", struct join_config, on, .optional = true,
               .help = "field (or several) whose text is looked for in the file; default: row by "
                       "row, in one order"),
    FRAY_FIELD(STRINGS, "key", struct join_config, key, .optional = true,
               .help = "the file's columns that hold it; default: those of the same names"),
    FRAY_FIELD(STRINGS, "columns", struct join_config, columns, .optional = true,
               .help = "columns that become fields; default: all but the key"),
    FRAY_FIELD(STRING, "prefix", struct join_config, prefix, .def_text = "",
               .help = "stands before their names"),
    FRAY_FIELD(ENUM, "missing", struct join_config, missing, .def_text = "error",
               .names = missing_names,
               .help = "rows without a partner: error; keep them, the fields are empty; drop them"),
    TABLE_FORMAT_FIELD(struct join_config, table),
    CSV_FORMAT_FIELDS(struct join_config, format),
};

static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct join_config *c = section;
  char where[256];
  FRAY_CHECK(!c->key.n || c->key.n == c->on.n, err, INPUT,
             "%s: join: `on` names %zu fields, `key` %zu columns", fray_node_where(node, where),
             c->on.n, c->key.n);
  FRAY_CHECK(c->on.n <= 8, err, INPUT, "%s: join: on: %zu fields, at most 8",
             fray_node_where(node, where), c->on.n);
  FRAY_CHECK(c->on.n || c->missing == MISSING_ERROR, err, INPUT,
             "%s: join: `missing` is of rows without a partner; without `on` every row has one",
             fray_node_where(node, where));
  return FRAY_OK;
}
FRAY_TABLE(fray_join_table, "join", struct join_config, fields, .help = "columns of another file",
           .check = check);

/* One join in the making. */
struct join {
  const struct source *source;
  const struct join_config *config;
  struct rows *rows;
  struct fray_csv csv;
  size_t *key_column;       /* (on.n) of the file */
  const char ***on;         /* (on.n)(rows) */
  struct fray_text scratch; /* of keys */
  const char **key;         /* (csv rows) */
  uint32_t *slot;           /* (n_slots) csv rows by key: index + 1 */
  size_t n_slots;
  size_t *partner; /* (rows) csv row, or n_rows */
};

/* ---- keys ---- */

/* One cell stands for itself in its one form; of several each is led by its length, so that no two
 * lists of cells give one key. NULL when memory is out. */
static const char *make_key(struct join *j, const char *const *cell) {
  size_t n = j->config->on.n;
  if (n == 1)
    return fray_name_clean(cell[0], j->source->arena);
  j->scratch.size = 0;
  for (size_t k = 0; k < n; k++) {
    const char *clean = fray_name_clean(cell[k], j->source->arena);
    if (!clean)
      return NULL;
    fray_text_printf(&j->scratch, "%zu:%s", strlen(clean), clean);
  }
  return j->scratch.failed ? NULL : fray_arena_strdup(j->source->arena, j->scratch.data);
}

/* For a message: "ann, 3". */
/* Cut: a cell may be a whole text. */
static const char *show_key(const struct join *j, const char *const *cell, char out[512]) {
  size_t used = 0;
  out[0] = '\0';
  for (size_t k = 0; k < j->config->on.n && used < 400; k++)
    used += (size_t)snprintf(out + used, 512 - used, "%s%.100s", k ? ", " : "", cell[k]);
  return out;
}

static void row_cells(const struct join *j, size_t row, const char *cell[8]) {
  for (size_t k = 0; k < j->config->on.n; k++)
    cell[k] = j->on[k][row];
}

static void file_cells(const struct join *j, size_t row, const char *cell[8]) {
  for (size_t k = 0; k < j->config->on.n; k++)
    cell[k] = fray_csv_at(&j->csv, row, j->key_column[k]);
}

/* Slot of a key, or the empty one where it would stand. */
static size_t slot_of(const struct join *j, const char *key) {
  size_t at = fray_hash_text(key) & (j->n_slots - 1);
  while (j->slot[at] && strcmp(j->key[j->slot[at] - 1], key) != 0)
    at = (at + 1) & (j->n_slots - 1);
  return at;
}

/* Every row of the file by its key; two rows of one key leave open which is meant. */
static enum fray_status index_file(struct join *j, struct fray_err *err) {
  const char *cell[8];
  char shown[512];
  FRAY_CHECK(j->csv.n_rows < UINT32_MAX / 4, err, INPUT, "%s: %zu rows are too many", j->csv.name,
             j->csv.n_rows);
  /* At most half full; a power of two, so that the mask finds the slot. */
  for (j->n_slots = 16; j->n_slots < 2 * j->csv.n_rows;)
    j->n_slots *= 2;
  FRAY_ALLOC_ZERO(j->slot, j->source->arena, j->n_slots, err);
  FRAY_ALLOC(j->key, j->source->arena, j->csv.n_rows, err);
  for (size_t r = 0; r < j->csv.n_rows; r++) {
    file_cells(j, r, cell);
    j->key[r] = make_key(j, cell);
    FRAY_CHECK(j->key[r], err, MEMORY, "out of memory");
    size_t at = slot_of(j, j->key[r]);
    FRAY_CHECK(!j->slot[at], err, INPUT, "%s:%zu: %s \"%s\" is there twice, first in line %zu",
               j->csv.name, j->csv.line[r], j->csv.column[j->key_column[0]],
               show_key(j, cell, shown), j->csv.line[j->slot[at] - 1]);
    j->slot[at] = (uint32_t)r + 1;
  }
  return FRAY_OK;
}

/* Fields of the rows and columns of the file that must say the same. */
/* Derived fields that a key needs are made now, from columns that are there already. */
static enum fray_status find_keys(struct join *j, struct derivation *derivation,
                                  struct fray_err *err) {
  const struct join_config *c = j->config;
  /* One name for both sides where they agree, which is most often. */
  const struct fray_strings *key = c->key.n ? &c->key : &c->on;
  FRAY_ALLOC(j->key_column, j->source->arena, c->on.n, err);
  FRAY_ALLOC(j->on, j->source->arena, c->on.n, err);
  FRAY_TRY(fray_names_clean(c->on.v, c->on.n, j->source->arena, err));
  FRAY_TRY(fray_names_clean(c->key.v, c->key.n, j->source->arena, err));
  for (size_t k = 0; k < c->on.n; k++) {
    FRAY_TRY(fray_derive_need(j->rows, derivation, c->on.v[k], j->source->arena, err));
    FRAY_TRY(fray_rows_need(j->rows, "join.on", c->on.v[k], j->source->arena, &j->on[k], err));
    FRAY_TRY(fray_csv_need(&j->csv, key->v[k], &j->key_column[k], err));
  }
  return FRAY_OK;
}

/* ---- partners ---- */

static enum fray_status find_partner(struct join *j, size_t i, struct unknown *unknown,
                                     struct fray_err *err) {
  const char *cell[8];
  char where[512], shown[512], list[600];
  row_cells(j, i, cell);
  /* In the same form as those of the file: " 7" finds "7". */
  const char *key = make_key(j, cell);
  FRAY_CHECK(key, err, MEMORY, "out of memory");
  size_t at = slot_of(j, key);
  j->partner[i] = j->slot[at] ? j->slot[at] - 1 : j->csv.n_rows;
  if (j->slot[at])
    return FRAY_OK;
  /* The nearest key is named, but of single keys only: of several it would be a riddle. */
  show_key(j, cell, shown);
  FRAY_CHECK(j->config->missing != MISSING_ERROR, err, INPUT,
             "%s: %s \"%s\" is not in %s%s%s (`missing: keep` or `drop` takes such rows)",
             fray_rows_place(j->rows, i, where), j->config->on.v[0], shown, j->csv.name,
             j->config->on.n == 1 ? "; " : "",
             j->config->on.n == 1 ? fray_there_are(key, j->key, j->csv.n_rows, list, sizeof list)
                                  : "");
  fray_unknown_add(unknown, fray_arena_strdup(j->source->arena, shown));
  return j->config->missing == MISSING_DROP ? fray_rows_leave_out(j->rows, i, j->source->arena, err)
                                            : FRAY_OK;
}

/* Row by row: the two files must tell of the same things in the same order. */
static enum fray_status pair_by_row(struct join *j, struct fray_err *err) {
  /* Rows that are left out count: both files are as they were written. */
  FRAY_CHECK(j->csv.n_rows == j->rows->n, err, INPUT,
             "%s: %zu rows, but %s has %zu; `on` joins by a key", j->csv.name, j->csv.n_rows,
             j->rows->file, j->rows->n);
  for (size_t i = 0; i < j->rows->n; i++)
    j->partner[i] = i;
  return FRAY_OK;
}

/* All rows before any column: what drops rows is said once for the whole file. */
static enum fray_status pair_by_key(struct join *j, struct derivation *derivation,
                                    struct fray_err *err) {
  struct unknown unknown = {0};
  FRAY_TRY(find_keys(j, derivation, err));
  FRAY_TRY(index_file(j, err));
  for (size_t i = 0; i < j->rows->n; i++) {
    j->partner[i] = j->csv.n_rows;
    if (!fray_rows_left_out(j->rows, i))
      FRAY_TRY(find_partner(j, i, &unknown, err));
  }
  /* The file is named below the raw folder, as the YAML names it. */
  if (unknown.n) {
    const char *what = fray_arena_printf(j->source->arena, "%s in %s", j->config->on.v[0],
                                         fray_path_below(j->source->raw, j->csv.name));
    FRAY_CHECK(what, err, MEMORY, "out of memory");
    fray_unknown_say(&unknown, j->rows->file, what, j->config->missing == MISSING_DROP, j->rows->n);
  }
  return FRAY_OK;
}

/* ---- columns ---- */

static enum fray_status add_column(struct join *j, size_t c, struct fray_err *err) {
  const char **text, *name = j->csv.column[c];
  if (j->config->prefix[0]) {
    name = fray_arena_printf(j->source->arena, "%s%s", j->config->prefix, name);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    FRAY_TRY(fray_names_clean(&name, 1, j->source->arena, err));
  }
  FRAY_CHECK(
      !fray_rows_find(j->rows, name), err, INPUT,
      "%s: join: column \"%s\" of %s is a field already; `columns` chooses, `prefix` renames",
      j->rows->file, name, j->csv.name);
  FRAY_ALLOC(text, j->source->arena, j->rows->n, err);
  /* Texts of the file, shared by all rows with this partner: eight bytes a row. */
  for (size_t i = 0; i < j->rows->n; i++)
    text[i] = j->partner[i] < j->csv.n_rows ? fray_csv_at(&j->csv, j->partner[i], c) : "";
  return fray_rows_add(j->rows, name, text, j->source->arena, err);
}

static bool is_key(const struct join *j, size_t column) {
  /* Keys say nothing that the row does not know already. */
  bool key = false;
  for (size_t k = 0; k < j->config->on.n; k++)
    key = key || j->key_column[k] == column;
  return key;
}

static enum fray_status add_columns(struct join *j, struct fray_err *err) {
  /* In the order of the YAML, or of the file. */
  const struct fray_strings *wanted = &j->config->columns;
  FRAY_TRY(fray_names_clean(wanted->v, wanted->n, j->source->arena, err));
  for (size_t k = 0; k < wanted->n; k++) {
    size_t column;
    FRAY_TRY(fray_csv_need(&j->csv, wanted->v[k], &column, err));
    FRAY_TRY(add_column(j, column, err));
  }
  for (size_t c = 0; c < j->csv.n_columns && !wanted->n; c++)
    if (!is_key(j, c))
      FRAY_TRY(add_column(j, c, err));
  return FRAY_OK;
}

static enum fray_status join_file(struct join *j, struct derivation *derivation,
                                  struct fray_err *err) {
  const struct join_config *c = j->config;
  const char *path;
  FRAY_TRY(fray_source_path(j->source, c->file, &path, err));
  FRAY_TRY(fray_table_read(path, c->table, &c->format, j->source->arena, &j->csv, err));
  FRAY_ALLOC(j->partner, j->source->arena, j->rows->n, err);
  FRAY_TRY(c->on.n ? pair_by_key(j, derivation, err) : pair_by_row(j, err));
  return add_columns(j, err);
}

enum fray_status fray_join_all(const struct source *source, const struct fray_items *joins,
                               struct derivation *derivation, struct rows *rows,
                               struct fray_err *err) {
  const struct join_config *config = joins->v;
  for (size_t k = 0; k < joins->n; k++) {
    /* Each file is read whole, and stays: its cells are the texts of fields. */
    struct join join = {.source = source, .config = &config[k], .rows = rows};
    enum fray_status status = join_file(&join, derivation, err);
    fray_text_free(&join.scratch);
    FRAY_TRY(status);
  }
  return FRAY_OK;
}
