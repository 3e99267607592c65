/* Ranges of labels. Who annotates recordings by hand writes down where something begins and ends,
 * in a table beside them: experiment, person, activity, first row, last row. */
#include "label_ranges.h"

#include "stream_columns.h"

#include "fray/base/size.h"
#include "fray/codec/names.h"
#include "import/table/faults.h"
#include "import/table/number_files.h"

#include <stdlib.h>
#include <string.h>

/* One row of the table. Its label is the cell as it stands: the cut makes names of labels. */
struct label_range {
  const char *key; /* the file's fields as one text */
  const char *label;
  double from, to;
  size_t line;
  bool used;
};

static const char *const in_names[] = {"rows", "time", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "file", struct ranges_config, file, .optional = true,
               .help = "table below `raw`, a row for each range; its column `label` is that of "
                       "`windows`"),
    FRAY_FIELD(STRINGS, "on", struct ranges_config, on, .optional = true,
               .help = "fields of the pattern that say which file a range is of; default: all "
                       "files have the same ranges"),
    FRAY_FIELD(STRINGS, "key", struct ranges_config, key, .optional = true,
               .help = "the table's columns that hold them; default: those of the same names"),
    FRAY_FIELD(STRING, "from", struct ranges_config, from, .def_text = "from",
               .help = "column with where a range begins"),
    FRAY_FIELD(STRING, "to", struct ranges_config, to, .def_text = "to",
               .help = "column with where it ends"),
    FRAY_FIELD(ENUM, "in", struct ranges_config, in, .def_text = "rows", .names = in_names,
               .help =
                   "rows: numbers of rows, the first is 1, both ends belong to the range; time: "
                   "values of the column `time`, the end does not"),
    FRAY_FIELD(NODE, "names", struct ranges_config, names, .shape = FRAY_SHAPE_TEXTS_OR_LIST,
               .help = "names of columns, as for the recordings"),
    CSV_FORMAT_FIELDS(struct ranges_config, format),
};
/* Both sides of a key must be as many; without a file there is nothing to say of it. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct ranges_config *c = section;
  char where[256];
  FRAY_CHECK(!node || c->file, err, INPUT, "%s: ranges: `file` is missing",
             fray_node_where(node, where));
  FRAY_CHECK(!c->key.n || c->key.n == c->on.n, err, INPUT,
             "%s: ranges: `on` names %zu fields, `key` %zu columns", fray_node_where(node, where),
             c->on.n, c->key.n);
  return FRAY_OK;
}
FRAY_TABLE(fray_ranges_table, "ranges", struct ranges_config, fields,
           .help = "labels that lie in a table of their own", .check = check);

/* "01" is 1, as files are numbered with zeros and tables are not. */
static const char *without_zeros(const char *text) {
  const bool digits = *text && !text[strspn(text, "0123456789")];
  while (digits && text[0] == '0' && text[1])
    text++;
  return text;
}

/* Each text is led by its length, so that no two lists of texts give one key. NULL: out of memory.
 */
static const char *make_key(const char *const *text, size_t n, struct fray_arena *arena) {
  struct fray_text key = {0};
  fray_text_puts(&key, "");
  for (size_t k = 0; k < n; k++) {
    const char *clean = fray_name_clean(text[k], arena);
    clean = clean ? without_zeros(clean) : NULL;
    if (!clean)
      key.failed = true;
    else
      fray_text_printf(&key, "%zu:%s", strlen(clean), clean);
  }
  const char *out = key.failed ? NULL : fray_arena_strdup(arena, key.data);
  fray_text_free(&key);
  return out;
}

/* By file, then by place; the line decides between equals, so that a message names the later one.
 */
static int by_place(const void *a, const void *b) {
  const struct label_range *r = a, *s = b;
  const int order = strcmp(r->key, s->key);
  if (order)
    return order;
  if (r->from != s->from)
    return r->from < s->from ? -1 : 1;
  return (r->line > s->line) - (r->line < s->line);
}

/* Columns of the table, by place. */
struct columns {
  size_t from, to, label, *key;
};

/* By name, after the YAML renamed them. */
static enum fray_status find_columns(const struct source *source,
                                     const struct ranges_config *config, const char *label,
                                     const struct row_stream *s, const char **column,
                                     struct columns *out, struct fray_err *err) {
  struct fray_arena *arena = source->arena;
  const struct fray_strings *key = config->key.n ? &config->key : &config->on;
  FRAY_TRY(fray_columns_rename(config->names, s, column, arena, err));
  FRAY_ALLOC(out->key, arena, config->on.n + 1, err);
  for (size_t k = 0; k < key->n; k++)
    FRAY_TRY(fray_columns_find(s, column, "ranges.on", key->v[k], arena, &out->key[k], err));
  FRAY_TRY(fray_columns_find(s, column, "ranges.from", config->from, arena, &out->from, err));
  FRAY_TRY(fray_columns_find(s, column, "ranges.to", config->to, arena, &out->to, err));
  return fray_columns_find(s, column, "windows.label", label, arena, &out->label, err);
}

/* Of rows as of seconds: a row is a whole number, but that a table says 5.0 is no fault. */
static enum fray_status take_place(const struct row_stream *s, size_t column, const char *what,
                                   double *out, struct fray_err *err) {
  const char *cell = s->cell[column];
  bool good = fray_number_parse(cell, out);
  const char *flaw = fray_number_flaw(good, good ? *out : 0);
  FRAY_CHECK(!flaw, err, INPUT, "%s:%zu: %s: \"%.40s\" %s", s->path, s->line, what, cell, flaw);
  return FRAY_OK;
}

/* Whatever is wrong is said with its line, since such tables are written by hand. */
static enum fray_status take_range(const struct ranges_config *config, const struct row_stream *s,
                                   const struct columns *c, struct fray_arena *arena,
                                   struct label_range *out, struct fray_err *err) {
  const char *text[16];
  FRAY_CHECK(s->n_cells == s->n_columns, err, INPUT, "%s:%zu: %zu cells, the first row has %zu",
             s->path, s->line, s->n_cells, s->n_columns);
  for (size_t k = 0; k < config->on.n; k++)
    text[k] = s->cell[c->key[k]];
  *out = (struct label_range){.key = make_key(text, config->on.n, arena), .line = s->line};
  /* The cell is the stream's, and gone with the next row. */
  out->label = fray_arena_strdup(arena, s->cell[c->label]);
  FRAY_CHECK(out->key && out->label, err, MEMORY, "out of memory");
  FRAY_TRY(take_place(s, c->from, config->from, &out->from, err));
  FRAY_TRY(take_place(s, c->to, config->to, &out->to, err));
  FRAY_CHECK(config->in == IN_ROWS ? out->from <= out->to : out->from < out->to, err, INPUT,
             "%s:%zu: the range ends at %g, before it begins at %g", s->path, s->line, out->to,
             out->from);
  FRAY_CHECK(config->in != IN_ROWS || out->from >= 1, err, INPUT,
             "%s:%zu: row %g: rows are counted from 1", s->path, s->line, out->from);
  return FRAY_OK;
}

/* A row of two labels would be one of none. */
static enum fray_status check_overlaps(const struct label_ranges *r, struct fray_err *err) {
  for (size_t i = 1; i < r->n; i++) {
    const struct label_range *a = &r->range[i - 1], *b = &r->range[i];
    const bool apart = r->in == IN_ROWS ? a->to < b->from : a->to <= b->from;
    FRAY_CHECK(apart || strcmp(a->key, b->key) != 0, err, INPUT,
               "%s:%zu: the range from %g overlaps that of line %zu, which ends at %g", r->path,
               b->line, b->from, a->line, a->to);
  }
  return FRAY_OK;
}

/* Grown by doubling in the arena: such tables are short beside what they are about. */
static enum fray_status read_rows(const struct ranges_config *config, struct row_stream *s,
                                  const struct columns *c, struct fray_arena *arena,
                                  struct label_ranges *out, struct fray_err *err) {
  size_t room = 0;
  for (bool there = true;;) {
    FRAY_TRY(fray_stream_next(s, &there, err));
    if (!there)
      break;
    if (out->n == room) {
      struct label_range *more;
      room = FRAY_MAX(2 * room, (size_t)64);
      FRAY_ALLOC(more, arena, room, err);
      if (out->n)
        memcpy(more, out->range, out->n * sizeof *more);
      out->range = more;
    }
    FRAY_TRY(take_range(config, s, c, arena, &out->range[out->n], err));
    out->n++;
  }
  FRAY_CHECK(out->n > 0, err, INPUT, "%s: no range in it", s->path);
  qsort(out->range, out->n, sizeof *out->range, by_place);
  return check_overlaps(out, err);
}

/* Read before the recordings, so that a wrong table costs no hour of reading. */
enum fray_status fray_ranges_read(const struct source *source, const struct ranges_config *config,
                                  const char *label, struct label_ranges *out,
                                  struct fray_err *err) {
  struct stream_rules rules;
  struct row_stream stream = {0};
  struct columns columns;
  const char **column;
  *out = (struct label_ranges){.in = config->in};
  FRAY_CHECK(config->on.n <= 16, err, INPUT, "ranges.on: %zu fields, at most 16", config->on.n);
  FRAY_TRY(fray_source_path(source, config->file, &out->path, err));
  FRAY_TRY(fray_stream_rules_take(&config->format, NULL, &rules, err));
  enum fray_status status =
      fray_stream_open(out->path, &rules, source->arena, &column, &stream, err);
  if (status == FRAY_OK)
    status = find_columns(source, config, label, &stream, column, &columns, err);
  if (status == FRAY_OK)
    status = read_rows(config, &stream, &columns, source->arena, out, err);
  fray_stream_close(&stream);
  return status;
}

enum fray_status fray_ranges_find(struct label_ranges *r, const char *const *on, size_t n_on,
                                  struct fray_arena *arena, size_t *first, size_t *n,
                                  struct fray_err *err) {
  const char *key = make_key(on, n_on, arena);
  FRAY_CHECK(key, err, MEMORY, "out of memory");
  /* A walk: it happens once for each file. */
  *first = 0;
  while (*first < r->n && strcmp(r->range[*first].key, key) != 0)
    ++*first;
  for (*n = 0; *first + *n < r->n && strcmp(r->range[*first + *n].key, key) == 0; ++*n)
    r->range[*first + *n].used = true;
  return FRAY_OK;
}

/* Asked for every row, so by halving; ranges of one file do not overlap. */
const char *fray_ranges_at(const struct label_ranges *r, size_t first, size_t n, double place) {
  size_t low = first, high = first + n;
  /* The last one that begins at or before the place. */
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (r->range[middle].from <= place)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == first)
    return NULL;
  const struct label_range *range = &r->range[low - 1];
  const bool inside = r->in == IN_ROWS ? place <= range->to : place < range->to;
  return inside ? range->label : NULL;
}

/* A table for more files than there are is no fault: somebody may import a part. */
void fray_ranges_say(const struct label_ranges *r, const char *raw) {
  size_t n = 0, line = 0;
  for (size_t i = 0; i < r->n; i++) {
    if (r->range[i].used)
      continue;
    /* The first by line, not by key: who looks finds it from the top. */
    line = n++ ? FRAY_MIN(line, r->range[i].line) : r->range[i].line;
  }
  if (n)
    fray_import_warn(NULL, "%s: %s of no file, first in line %zu", fray_path_below(raw, r->path),
                     FRAY_N(n, "range"), line);
}
