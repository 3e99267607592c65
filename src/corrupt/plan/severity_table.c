/* Tables of severities that a user brings: read, checked as if each number stood in a scenario, and
 * written. Levels of one's own make kinds comparable that were published with severities of very
 * different damage. */
#include "fray/corrupt/severity_table.h"

#include "fray/base/csv.h"
#include "fray/base/side.h"
#include "fray/base/size.h"
#include "fray/corrupt/signal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A row takes about a hundred bytes; what is larger is another file. */
static const size_t largest_table = (size_t)1 << 20;

/* Read by the schema, as an entry is: columns, ranges and nearest names are said once. The columns
 * of a file may stand in any order, and those that are optional may be missing. */
#define ROW struct fray_severity_row
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "kind", ROW, kind, .required = true, .choices = &fray_corruptions,
               .help = "What is done."),
    FRAY_FIELD(STRING, "medium", ROW, medium, .required = true, .names = fray_modality_kind_names,
               .help = "Kind of the modality."),
    FRAY_FIELD(STRING, "modality", ROW, modality, .optional = true,
               .help = "Its name; default: every one of the medium."),
    FRAY_FIELD(STRING, "data_set", ROW, data_set, .optional = true,
               .help = "Name of the data set; default: any."),
    FRAY_FIELD(INT, "severity", ROW, severity, .optional = true, .min = 1,
               .max = FRAY_SEVERITY_LEVELS, .help = "Level; default: by the order of losses."),
    FRAY_FIELD(REAL, "loss", ROW, loss, .optional = true, .open_min = true, .max = 100, .unit = "%",
               .help = "Share of the above-chance score that is lost."),
    FRAY_FIELD(STRING, "key", ROW, key, .required = true, .help = "Key that says how strong."),
    FRAY_FIELD(STRING, "unit", ROW, unit, .optional = true, .help = "Unit of the value."),
    FRAY_FIELD(REAL, "value", ROW, value, .optional = true, .help = "Value of the key."),
    FRAY_FIELD(REAL, "low", ROW, low, .optional = true, .infinite = true,
               .help = "Weakest value that the interval holds."),
    FRAY_FIELD(REAL, "high", ROW, high, .optional = true, .infinite = true,
               .help = "Strongest value that the interval holds."),
    FRAY_FIELD(REAL, "realised", ROW, realised, .optional = true, .unit = "%",
               .help = "Share that is lost at the value."),
    FRAY_FIELD(REAL, "low_loss", ROW, low_loss, .optional = true, .unit = "%",
               .help = "Interval of the share."),
    FRAY_FIELD(REAL, "high_loss", ROW, high_loss, .optional = true, .unit = "%",
               .help = "Interval of the share."),
    FRAY_FIELD(STRING, "note", ROW, note, .optional = true, .help = "Why there is no value."),
};
static FRAY_TABLE(row_table, "severity_table", ROW, fields,
                  .help = "Table of severities that a user brings.");

/* ---- writing ---- */

/* What was not given is empty; an infinite end of an interval is .inf, as scenarios write it. */
static void put_number(struct fray_text *out, double value) {
  char number[32];
  if (isnan(value))
    return;
  fray_format_double(value, number);
  fray_text_puts(out, isinf(value) ? value < 0 ? "-.inf" : ".inf" : number);
}

/* In the order of the rows above, whatever type a field has: there is no second list of columns. */
static void put_row(struct fray_text *out, const struct fray_severity_row *row) {
  for (size_t k = 0; k < FRAY_COUNT(fields); k++) {
    const void *member = (const char *)row + fields[k].offset;
    fray_text_puts(out, k ? "," : "");
    if (fields[k].type == FRAY_REAL)
      put_number(out, *(const double *)member);
    else if (fields[k].type == FRAY_STRING && *(const char *const *)member)
      fray_text_csv(out, *(const char *const *)member);
    else if (fields[k].type == FRAY_INT && *(const int64_t *)member != INT64_MIN)
      fray_text_printf(out, "%" PRId64, *(const int64_t *)member);
  }
  fray_text_puts(out, "\n");
}

void fray_severity_rows_text(const struct fray_severity_row *row, size_t n, struct fray_text *out) {
  for (size_t k = 0; k < FRAY_COUNT(fields); k++)
    fray_text_printf(out, "%s%s", k ? "," : "", fields[k].key);
  fray_text_puts(out, "\n");
  for (size_t i = 0; i < n; i++)
    put_row(out, &row[i]);
}

/* ---- reading ---- */

/* Rows and the node that each was read from, which knows its line. */
struct rows {
  struct fray_severity_row *v;
  const struct fray_node **node;
  size_t n;
};

/* The first line of a CSV file gives the keys, as a YAML map would have them; an empty cell is a
 * key that was not given. */
static enum fray_status csv_rows(const char *name, char *text, size_t size,
                                 struct fray_arena *arena, struct rows *rows,
                                 struct fray_err *err) {
  struct fray_csv csv;
  FRAY_TRY(fray_csv_parse(name, text, size, NULL, arena, &csv, err));
  FRAY_ALLOC(rows->node, arena, csv.n_rows + 1, err);
  rows->n = csv.n_rows;
  for (size_t r = 0; r < csv.n_rows; r++) {
    const int line = (int)csv.line[r];
    struct fray_node *map = fray_node_map(name, line, arena);
    FRAY_CHECK(map, err, MEMORY, "out of memory");
    for (size_t c = 0; c < csv.n_columns; c++) {
      const char *cell = fray_arena_strdup(arena, fray_csv_plain(fray_csv_at(&csv, r, c)));
      struct fray_node *value = cell ? fray_node_scalar(cell, name, line, arena) : NULL;
      FRAY_CHECK(value, err, MEMORY, "out of memory");
      if (*cell)
        FRAY_TRY(fray_node_put(map, csv.column[c], value, arena, err));
    }
    rows->node[r] = map;
  }
  return FRAY_OK;
}

static enum fray_status yaml_rows(const char *name, const char *text, struct fray_arena *arena,
                                  struct rows *rows, struct fray_err *err) {
  struct fray_node *list;
  FRAY_TRY(fray_yaml_parse(text, name, arena, &list, err));
  FRAY_CHECK(list && list->kind == FRAY_NODE_LIST, err, INPUT,
             "%s: a list of rows is expected, as [{kind: noise, medium: audio, severity: 1, "
             "key: snr_db, value: 12}]",
             name);
  FRAY_ALLOC(rows->node, arena, list->n + 1, err);
  for (const struct fray_node *node = list->child; node; node = node->next)
    rows->node[rows->n++] = node;
  return FRAY_OK;
}

static bool is_yaml(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* The value as the kind's own key would have it in an entry: its type, its range. */
static enum fray_status check_value(const struct fray_severity_row *row,
                                    const struct fray_choice *kind, const struct fray_node *node,
                                    struct fray_arena *arena, struct fray_err *err) {
  const struct fray_field *field = fray_schema_field(kind->table, NULL, row->key);
  const struct fray_node *value = fray_node_get(node, "value");
  union {
    int64_t whole;
    double real;
  } read;
  if (isnan(row->value))
    return FRAY_OK;
  return fray_schema_read_value(field, value, &read, arena, err);
}

/* What one row says by itself: a kind that can be calibrated at all, of this medium, by this key.
 */
static enum fray_status check_row(const struct fray_severity_row *row, const struct fray_node *node,
                                  struct fray_arena *arena, struct fray_err *err) {
  const struct fray_choice *kind = fray_choice_find(&fray_corruptions, row->kind);
  const char *key = fray_corruption_strength(kind).key;
  char where[256];
  size_t medium = 0;
  fray_node_where(node, where);
  FRAY_CHECK(key && fray_corruption_fits_test(kind), err, INPUT,
             "%s: kind: %s has no strength that could be looked up at test", where, row->kind);
  while (strcmp(fray_modality_kind_names[medium], row->medium) != 0)
    medium++;
  FRAY_CHECK(fray_corruption_fits_modality(kind, (enum fray_modality_kind)medium), err, INPUT,
             "%s: medium: %s does not damage %s", where, row->kind, row->medium);
  FRAY_CHECK(strcmp(row->key, key) == 0, err, INPUT,
             "%s: key: '%.80s' is not how strong %s is; that is %s", where, row->key, row->kind,
             key);
  FRAY_CHECK(row->severity != INT64_MIN || !isnan(row->loss), err, INPUT,
             "%s: severity: it or a loss is needed", where);
  return check_value(row, kind, node, arena, err);
}

/* Two rows of one curve: the same kind on the same modality. */
static bool are_of_one(const struct fray_severity_row *a, const struct fray_severity_row *b) {
  const char *one = a->modality ? a->modality : "", *other = b->modality ? b->modality : "";
  return strcmp(a->kind, b->kind) == 0 && strcmp(a->medium, b->medium) == 0 &&
         strcmp(one, other) == 0;
}

/* Losses become levels by their order; a fixed table has five of them at most. The other rows of
 * the curve are those as they were read, so that the order in the file does not matter. */
static enum fray_status give_levels(struct rows *rows, struct fray_arena *arena,
                                    struct fray_err *err) {
  int64_t *level;
  char where[256];
  FRAY_ALLOC(level, arena, rows->n + 1, err);
  for (size_t i = 0; i < rows->n; i++) {
    level[i] = rows->v[i].severity;
    for (size_t k = 0; level[i] == INT64_MIN && k < rows->n; k++)
      FRAY_CHECK(!are_of_one(&rows->v[i], &rows->v[k]) || rows->v[k].severity == INT64_MIN, err,
                 INPUT, "%s: severity: other rows of %s have one, this row has not",
                 fray_node_where(rows->node[i], where), rows->v[i].kind);
    if (level[i] != INT64_MIN)
      continue;
    level[i] = 1;
    for (size_t k = 0; k < rows->n; k++)
      level[i] += are_of_one(&rows->v[i], &rows->v[k]) && rows->v[k].loss < rows->v[i].loss;
    FRAY_CHECK(level[i] <= FRAY_SEVERITY_LEVELS, err, INPUT,
               "%s: loss: %g is the %" PRId64 "th of %s; a table has %d severities at most",
               fray_node_where(rows->node[i], where), rows->v[i].loss, level[i], rows->v[i].kind,
               FRAY_SEVERITY_LEVELS);
  }
  for (size_t i = 0; i < rows->n; i++)
    rows->v[i].severity = level[i];
  return FRAY_OK;
}

/* Quadratic, as tables have some hundred rows. */
static enum fray_status check_curves(const struct rows *rows, struct fray_err *err) {
  char where[256], other[256];
  for (size_t i = 0; i < rows->n; i++)
    for (size_t k = 0; k < i; k++) {
      const struct fray_severity_row *a = &rows->v[k], *b = &rows->v[i];
      if (!are_of_one(a, b))
        continue;
      fray_node_where(rows->node[i], where);
      fray_node_where(rows->node[k], other);
      FRAY_CHECK(a->severity != b->severity, err, INPUT,
                 "%s: severity: %s has %" PRId64 " already, at %s", where, b->kind, b->severity,
                 other);
      /* False of losses that were not given. */
      FRAY_CHECK(!(a->severity < b->severity ? a->loss >= b->loss : a->loss <= b->loss), err, INPUT,
                 "%s: loss: %g %% at severity %" PRId64
                 " does not follow %g %% at severity %" PRId64 " (%s)",
                 where, b->loss, b->severity, a->loss, a->severity, other);
    }
  return FRAY_OK;
}

enum fray_status fray_severity_rows_read(const char *name, const char *data, size_t size,
                                         struct fray_arena *arena, struct fray_severity_row **out,
                                         size_t *n, struct fray_err *err) {
  struct rows rows = {0};
  char *text = fray_arena_strndup(arena, data, size); /* parsed in place */
  FRAY_CHECK(text, err, MEMORY, "out of memory");
  FRAY_TRY(is_yaml(name) ? yaml_rows(name, text, arena, &rows, err)
                         : csv_rows(name, text, size, arena, &rows, err));
  FRAY_ALLOC(rows.v, arena, rows.n + 1, err);
  for (size_t i = 0; i < rows.n; i++) {
    FRAY_TRY(fray_schema_read(&row_table, rows.node[i], "", &rows.v[i], arena, err));
    FRAY_TRY(check_row(&rows.v[i], rows.node[i], arena, err));
  }
  FRAY_TRY(give_levels(&rows, arena, err));
  FRAY_TRY(check_curves(&rows, err));
  *out = rows.v;
  *n = rows.n;
  return FRAY_OK;
}

/* ---- looking up ---- */

/* The row of a level: that of the modality by its name, else that of all of its medium. */
static const struct fray_severity_row *find_row(const struct fray_severity_row *row, size_t n,
                                                const struct fray_corruption_config *entry,
                                                const struct fray_modality *m, int64_t severity) {
  const struct fray_severity_row *found = NULL;
  for (size_t i = 0; i < n; i++)
    if (strcmp(row[i].kind, entry->kind.choice->name) == 0 && row[i].severity == severity &&
        strcmp(row[i].medium, fray_modality_kind_names[m->kind]) == 0 &&
        (row[i].modality ? strcmp(row[i].modality, m->name) == 0 : !found))
      found = &row[i];
  return found;
}

/* What a table that lacks the level has instead, as "1, 2". */
static void list_levels(const struct fray_severity_row *row, size_t n,
                        const struct fray_corruption_config *entry, const struct fray_modality *m,
                        char out[64]) {
  int used = 0;
  strcpy(out, "none");
  for (int64_t s = 1; s <= FRAY_SEVERITY_LEVELS; s++) {
    const struct fray_severity_row *found = find_row(row, n, entry, m, s);
    if (found && !isnan(found->value))
      used += snprintf(out + used, 64 - (size_t)used, "%s%d", used ? ", " : "", (int)s);
  }
}

/* The data set is held against the table by its name and not by what it holds: a study of one of
 * its modalities, or of fewer people, is still of that set. A level that the calibration did not
 * reach has a row without a value: no strength is invented for it here either. */
static enum fray_status look_up(const struct fray_severity_row *row, size_t n,
                                const struct fray_corruption_config *entry,
                                const struct fray_dataset *dataset, size_t m, double *out,
                                struct fray_err *err) {
  const struct fray_modality *modality = &dataset->modality[m];
  const struct fray_severity_row *found = find_row(row, n, entry, modality, entry->severity);
  const char *kind = entry->kind.choice->name;
  char levels[64];
  list_levels(row, n, entry, modality, levels);
  FRAY_CHECK(found && !isnan(found->value), err, INPUT,
             "severity_table: %s: no severity %d of %s for modality %s (%s); there are: %s",
             entry->severity_table, (int)entry->severity, kind, modality->name,
             fray_modality_kind_names[modality->kind], levels);
  FRAY_CHECK(!found->data_set || strcmp(found->data_set, dataset->name) == 0, err, INPUT,
             "severity_table: %s: %s was measured on the data set '%.80s', and these are "
             "'%.80s'; an empty data_set fits any",
             entry->severity_table, kind, found->data_set, dataset->name);
  *out = found->value;
  return FRAY_OK;
}

/* No folder, as a kind with files of its own may name: one table. */
enum fray_status fray_severity_levels(const struct fray_corruption_config *entry,
                                      const struct fray_dataset *dataset, unsigned modalities,
                                      double *out, struct fray_err *err) {
  const char *path = entry->severity_table;
  const struct fray_choice *kind = entry->kind.choice;
  struct fray_severity_row *row;
  size_t n;
  struct fray_arena arena = {0};
  struct fray_text text = {0};
  FRAY_TRY(fray_side_read(path, largest_table, &text, err));
  enum fray_status status =
      fray_severity_rows_read(path, text.data, text.size, &arena, &row, &n, err);
  for (size_t m = 0; status == FRAY_OK && m < dataset->n_modalities; m++) {
    out[m] = fray_corruption_strength(kind).none;
    /* Severity 0 is in no table. */
    if (modalities >> m & 1 && entry->severity > 0 &&
        fray_corruption_fits_modality(kind, dataset->modality[m].kind))
      status = look_up(row, n, entry, dataset, m, &out[m], err);
  }
  fray_text_free(&text);
  fray_arena_free(&arena);
  return status;
}
