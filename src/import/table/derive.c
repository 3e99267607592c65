/* Derived fields: a part is cut out of a text, by a pattern or by places, and looked up in a map.
 * What the map does not know is an error unless the YAML says what becomes of it, since a class
 * that nobody named is found much later, if at all. */
#include "derive.h"

#include "faults.h"
#include "name_pattern.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/base/utf8.h"
#include "fray/codec/names.h"

#include <string.h>

static const char *const letters_names[] = {"keep", "fold", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "from", struct derive_config, from, .required = true,
               .help = "field whose text is looked up or cut"),
    FRAY_FIELD(STRING, "pattern", struct derive_config, pattern, .optional = true,
               .help = "cuts the whole text into fields: {NAME} (no /), {NAME:any}, {NAME:2} "
                       "characters, {NAME:letters}, {NAME:letter}, {NAME:digits}, {NAME:digit}; "
                       "{:2} is not kept"),
    FRAY_FIELD(
        INTS, "slice", struct derive_config, slice, .optional = true, .min = -10000, .max = 10000,
        .help = "characters of the text: [first, end] from 0, end excluded; below 0 from the "
                "end; [first] to the end"),
    FRAY_FIELD(NODE, "values", struct derive_config, values, .shape = FRAY_SHAPE_TEXTS_OR_LISTS,
               .help = "map from that text to the new one, which may hold {FIELD}; or from a new "
                       "text to a list of old ones"),
    FRAY_FIELD(ENUM, "case", struct derive_config, letters, .def_text = "keep",
               .names = letters_names,
               .help = "fold: capital and small letters of `values` are the same"),
    FRAY_FIELD(STRING, "otherwise", struct derive_config, otherwise, .optional = true,
               .help = "texts that `values` does not list or that do not fit: error (default), "
                       "drop the row, keep the text; or another text, which may hold {FIELD}"),
};

static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct derive_config *c = section;
  char where[256];
  FRAY_CHECK(c->values || c->pattern || c->slice.n, err, INPUT,
             "%s: derive: `values`, `pattern` or `slice` is missing", fray_node_where(node, where));
  FRAY_CHECK(!c->pattern || !c->slice.n, err, INPUT, "%s: derive: give either `pattern` or `slice`",
             fray_node_where(node, where));
  FRAY_CHECK(c->slice.n <= 2, err, INPUT, "%s: derive: slice: expected [first, end]",
             fray_node_where(node, where));
  FRAY_CHECK(c->values || c->letters == LETTERS_KEEP, err, INPUT,
             "%s: derive: `case` is of `values`, which is missing", fray_node_where(node, where));
  return FRAY_OK;
}
FRAY_TABLE(fray_derive_table, "derive", struct derive_config, fields,
           .help = "a field worked out from another", .check = check);

/* The map of a derived field: old texts, to be found by what they look like, and a template for
 * each. */
struct mapping {
  struct fray_name_table old;
  struct row_template *to;
};

enum unknown_rule { UNKNOWN_ERROR, UNKNOWN_DROP, UNKNOWN_KEEP, UNKNOWN_TEXT };

/* One derived field in the making. */
struct work {
  struct rows *rows;
  const char *name;
  const struct derive_config *config;
  struct fray_arena *arena;
  const char **from;
  const char **cut; /* (n) what is looked up; NULL: the text does not fit */
  bool has_part;    /* the pattern names this very field, or there is no pattern */
  enum unknown_rule rule;
  struct row_template otherwise; /* of UNKNOWN_TEXT */
  struct unknown unknown;
};

/* ---- cutting ---- */

/* What is cut are names, in their one form: a blank at an end would be a character of the slice,
 * and keep a pattern from fitting. */
static enum fray_status name_of_row(const struct work *w, size_t i, const char **out,
                                    struct fray_err *err) {
  *out = fray_name_clean(w->from[i], w->arena);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Columns for the parts that have names, each once. */
static enum fray_status open_parts(const struct work *w, const struct name_pattern *p,
                                   const char **column[PATTERN_PARTS], struct fray_err *err) {
  for (size_t f = 0; f < p->n; f++) {
    column[f] = NULL;
    if (p->part[f].twin == f && p->part[f].name[0])
      FRAY_ALLOC(column[f], w->arena, w->rows->n, err);
  }
  return FRAY_OK;
}

static enum fray_status cut_row(struct work *w, struct name_pattern *p, size_t i,
                                const char **column[PATTERN_PARTS], struct fray_err *err) {
  const char *text;
  bool fits = false;
  FRAY_TRY(name_of_row(w, i, &text, err));
  if (!fray_rows_left_out(w->rows, i))
    FRAY_TRY(fray_pattern_match(p, text, false, &fits, err));
  /* A text that does not fit has no parts. */
  w->cut[i] = fits ? text : NULL;
  for (size_t f = 0; f < p->n; f++) {
    /* Offsets are those of the last match, which is of this row. */
    const struct pattern_part *part = &p->part[f];
    if (!column[f])
      continue;
    column[f][i] = fits ? fray_arena_strndup(w->arena, text + part->start, part->length) : "";
    FRAY_CHECK(column[f][i], err, MEMORY, "out of memory");
    if (fits && strcmp(part->name, w->name) == 0)
      w->cut[i] = column[f][i];
  }
  return FRAY_OK;
}

/* Each part but that of the field's own name is a field at once. */
static enum fray_status cut_all(struct work *w, struct name_pattern *p, struct fray_err *err) {
  const char **column[PATTERN_PARTS];
  FRAY_TRY(open_parts(w, p, column, err));
  w->has_part = false;
  for (size_t i = 0; i < w->rows->n; i++)
    FRAY_TRY(cut_row(w, p, i, column, err));
  for (size_t f = 0; f < p->n; f++) {
    bool own = column[f] && strcmp(p->part[f].name, w->name) == 0;
    w->has_part = w->has_part || own;
    if (column[f] && !own)
      FRAY_TRY(fray_rows_add(w->rows, p->part[f].name, column[f], w->arena, err));
  }
  return FRAY_OK;
}

/* The pattern's scratch lies outside the arena: one place releases it. */
static enum fray_status cut_by_pattern(struct work *w, struct fray_err *err) {
  struct name_pattern pattern;
  if (fray_pattern_parse(w->config->pattern, w->arena, &pattern, err) != FRAY_OK)
    return fray_at(err, "%s: derive.%s", w->rows->file, w->name);
  enum fray_status status = cut_all(w, &pattern, err);
  fray_pattern_free(&pattern);
  return status;
}

/* Byte where a character begins, for characters 0 .. n. */
/* Ill-formed bytes count as a character each; texts of tables have none, names of files may. */
static const char *character(const char *text, size_t k) {
  for (; k > 0; k--) {
    size_t n = fray_utf8_length(text, SIZE_MAX);
    text += n ? n : 1;
  }
  return text;
}

/* By characters, not bytes: a slice never cuts one in two. */
static enum fray_status slice_row(struct work *w, size_t i, struct fray_err *err) {
  const struct fray_ints *slice = &w->config->slice;
  const char *text;
  int64_t n = 0;
  FRAY_TRY(name_of_row(w, i, &text, err));
  for (const char *p = text; *p; p = character(p, 1))
    n++;
  /* Below 0 counts from the end, as in Python; what is out of reach does not fit, where Python
   * would give a shorter text. */
  int64_t first = slice->v[0] + (slice->v[0] < 0 ? n : 0);
  int64_t end = slice->n < 2 ? n : slice->v[1] + (slice->v[1] < 0 ? n : 0);
  w->cut[i] = NULL;
  if (first < 0 || end > n || first >= end)
    return FRAY_OK;
  const char *start = character(text, (size_t)first);
  size_t size = (size_t)(character(start, (size_t)(end - first)) - start);
  w->cut[i] = fray_arena_strndup(w->arena, start, size);
  FRAY_CHECK(w->cut[i], err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Without a pattern or a slice the whole text is looked up, and nothing is copied. */
static enum fray_status cut_texts(struct work *w, struct fray_err *err) {
  w->has_part = true;
  w->cut = w->from;
  if (!w->config->pattern && !w->config->slice.n)
    return FRAY_OK;
  FRAY_ALLOC(w->cut, w->arena, w->rows->n, err);
  if (w->config->pattern)
    return cut_by_pattern(w, err);
  for (size_t i = 0; i < w->rows->n; i++)
    if (!fray_rows_left_out(w->rows, i))
      FRAY_TRY(slice_row(w, i, err));
  return FRAY_OK;
}

/* ---- the map ---- */

/* How many old texts there are; a map is of one sort throughout, or it could not be read. */
static enum fray_status count_values(const struct work *w, size_t *n, struct fray_err *err) {
  const struct fray_node *values = w->config->values;
  char where[256];
  size_t lists = 0;
  FRAY_CHECK(values->kind == FRAY_NODE_MAP, err, INPUT, "%s: derive.%s.values: expected a map",
             fray_node_where(values, where), w->name);
  *n = 0;
  for (const struct fray_node *v = values->child; v; v = v->next) {
    lists += v->kind == FRAY_NODE_LIST;
    *n += v->kind == FRAY_NODE_LIST ? v->n : 1;
  }
  FRAY_CHECK(lists == 0 || lists == values->n, err, INPUT,
             "%s: derive.%s.values: either all are `old: new`, or all are `new: [old, ...]`",
             fray_node_where(values, where), w->name);
  return FRAY_OK;
}

/* In the form in which texts are compared. */
static enum fray_status to_look_up(const struct work *w, const char *text, const char **out,
                                   struct fray_err *err) {
  *out = w->config->letters == LETTERS_FOLD ? fray_name_fold(text, w->arena) : text;
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* One line of the map: `old: new`, or `new: [old, ...]`. */
/* In a list each old text has its own copy of the template: there are few of them, and they are
 * found by the index of the old text. */
static enum fray_status add_value(const struct work *w, const struct fray_node *v, const char **old,
                                  size_t *n, struct mapping *out, struct fray_err *err) {
  const char *text;
  if (v->kind == FRAY_NODE_LIST) {
    for (const struct fray_node *o = v->child; o; o = o->next) {
      FRAY_TRY(fray_import_scalar(o, w->name, &text, err));
      FRAY_TRY(fray_template_parse(w->rows, w->name, v->key, w->arena, &out->to[*n], err));
      FRAY_TRY(to_look_up(w, text, &old[(*n)++], err));
    }
    return FRAY_OK;
  }
  FRAY_TRY(fray_import_scalar(v, w->name, &text, err));
  FRAY_TRY(fray_template_parse(w->rows, w->name, text, w->arena, &out->to[*n], err));
  return to_look_up(w, v->key, &old[(*n)++], err);
}

/* Old texts are looked up in their one form, so two that look alike cannot both be keys. */
static enum fray_status read_mapping(const struct work *w, struct mapping *out,
                                     struct fray_err *err) {
  char where[256];
  const struct fray_node *values = w->config->values;
  const char **old;
  size_t n = 0, room = 0, other;
  FRAY_TRY(count_values(w, &room, err));
  FRAY_ALLOC(old, w->arena, room, err);
  FRAY_ALLOC(out->to, w->arena, room, err);
  for (const struct fray_node *v = values->child; v; v = v->next)
    FRAY_TRY(add_value(w, v, old, &n, out, err));
  FRAY_TRY(fray_name_table_make(old, n, w->arena, &out->old, err));
  size_t twin = fray_name_twin(&out->old, &other);
  FRAY_CHECK(twin == n, err, INPUT, "%s: derive.%s.values: \"%s\" and \"%s\" are the same name",
             fray_node_where(values, where), w->name, old[other], old[twin]);
  return FRAY_OK;
}

/* ---- rows ---- */

/* A word of the three, or a text of the user's own. */
static enum fray_status read_rule(struct work *w, struct fray_err *err) {
  static const char *const words[] = {"error", "drop", "keep"}; /* enum unknown_rule */
  const char *text = w->config->otherwise;
  w->rule = text ? UNKNOWN_TEXT : UNKNOWN_ERROR;
  for (size_t k = 0; text && k < FRAY_COUNT(words); k++)
    if (strcmp(text, words[k]) == 0)
      w->rule = (enum unknown_rule)k;
  if (w->rule == UNKNOWN_TEXT)
    return fray_template_parse(w->rows, w->name, text, w->arena, &w->otherwise, err);
  return FRAY_OK;
}

/* Three ways not to be known; the message says which, with what would have been. */
static enum fray_status refuse(const struct work *w, size_t i, const struct mapping *map,
                               struct fray_err *err) {
  char where[512], list[700];
  const struct derive_config *c = w->config;
  fray_rows_place(w->rows, i, where);
  if (!w->cut[i] && c->pattern)
    return fray_fail(err, FRAY_INPUT,
                     "%s: %s \"%.200s\" does not fit the pattern \"%s\" of derive.%s", where,
                     c->from, w->from[i], c->pattern, w->name);
  if (!w->cut[i])
    return fray_fail(err, FRAY_INPUT, "%s: %s \"%.200s\" is too short for the slice of derive.%s",
                     where, c->from, w->from[i], w->name);
  return fray_fail(err, FRAY_INPUT, "%s: %s \"%.200s\" is not among the values of derive.%s; %s",
                   where, c->from, w->cut[i], w->name,
                   fray_there_are(w->cut[i], map->old.name, map->old.n, list, sizeof list));
}

/* What becomes of a row whose text is not known. */
static enum fray_status settle_unknown(struct work *w, size_t i, const struct mapping *map,
                                       struct fray_text *scratch, const char **out,
                                       struct fray_err *err) {
  if (w->rule == UNKNOWN_ERROR)
    return refuse(w, i, map, err);
  /* What is kept is what would have been looked up, if that could be cut at all. */
  const char *text = w->cut[i] ? w->cut[i] : w->from[i];
  *out = text;
  if (w->rule == UNKNOWN_TEXT)
    return fray_template_fill(&w->otherwise, i, scratch, w->arena, out, err);
  fray_unknown_add(&w->unknown, text);
  return w->rule == UNKNOWN_DROP ? fray_rows_leave_out(w->rows, i, w->arena, err) : FRAY_OK;
}

/* A row that is left out has an empty text: nothing looks at it, but it must not be NULL. */
static enum fray_status settle_row(struct work *w, size_t i, const struct mapping *map,
                                   struct fray_text *scratch, const char **out,
                                   struct fray_err *err) {
  *out = "";
  if (fray_rows_left_out(w->rows, i))
    return FRAY_OK;
  if (!w->cut[i])
    return settle_unknown(w, i, map, scratch, out, err);
  *out = w->cut[i];
  if (!w->config->values)
    return FRAY_OK;
  const char *text;
  FRAY_TRY(to_look_up(w, w->cut[i], &text, err));
  size_t v = fray_name_find(&map->old, text);
  return v < map->old.n ? fray_template_fill(&map->to[v], i, scratch, w->arena, out, err)
                        : settle_unknown(w, i, map, scratch, out, err);
}

/* Later fields may be made from this one: they are added in the order of the YAML. */
/* A field's texts are pointers, so a derived column costs eight bytes a row where texts recur. */
static enum fray_status derive_field(struct work *w, struct fray_err *err) {
  const char **to;
  struct mapping map = {0};
  struct fray_text scratch = {0};
  FRAY_TRY(fray_rows_need(w->rows, w->name, w->config->from, w->arena, &w->from, err));
  FRAY_TRY(cut_texts(w, err));
  FRAY_TRY(read_rule(w, err));
  /* A key that has no effect is refused: whoever wrote it believes in it. */
  bool own = w->config->values || w->rule == UNKNOWN_KEEP || w->rule == UNKNOWN_TEXT;
  FRAY_CHECK(w->has_part || !own, err, INPUT,
             "%s: derive.%s: no part of the pattern \"%s\" is called %s, so `%s` has no use",
             w->rows->file, w->name, w->config->pattern, w->name,
             w->config->values ? "values" : "otherwise");
  if (w->config->values)
    FRAY_TRY(read_mapping(w, &map, err));
  FRAY_ALLOC(to, w->arena, w->rows->n, err);
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; i < w->rows->n && status == FRAY_OK; i++)
    status = settle_row(w, i, &map, &scratch, &to[i], err);
  fray_text_free(&scratch);
  FRAY_TRY(status);
  if (w->unknown.n)
    fray_unknown_say(&w->unknown, w->rows->file, w->name, w->rule == UNKNOWN_DROP, w->rows->n);
  return w->has_part ? fray_rows_add(w->rows, w->name, to, w->arena, err) : FRAY_OK;
}

/* ---- the order of fields ---- */

/* Zeroed: nothing is made yet. */
enum fray_status fray_derive_begin(const struct fray_named *config, struct fray_arena *arena,
                                   struct derivation *out, struct fray_err *err) {
  out->config = config;
  FRAY_ALLOC_ZERO(out->done, arena, config->n, err);
  return FRAY_OK;
}

/* Marked first: whatever becomes of it, it is not made twice. */
static enum fray_status make_field(struct rows *rows, struct derivation *d, size_t k,
                                   struct fray_arena *arena, struct fray_err *err) {
  const struct derive_config *config = d->config->v;
  struct work work = {
      .rows = rows, .name = d->config->name[k], .config = &config[k], .arena = arena};
  d->done[k] = 1;
  return derive_field(&work, err);
}

/* Whether a derived field gives a field of that name: its own, or a part of its pattern. */
static enum fray_status gives(const struct derivation *d, size_t k, const char *name,
                              struct fray_arena *arena, bool *out, struct fray_err *err) {
  const struct derive_config *config = d->config->v;
  struct name_pattern pattern;
  *out = strcmp(d->config->name[k], name) == 0;
  if (*out || !config[k].pattern)
    return FRAY_OK;
  FRAY_TRY(fray_pattern_parse(config[k].pattern, arena, &pattern, err));
  for (size_t f = 0; f < pattern.n; f++)
    *out = *out || strcmp(pattern.part[f].name, name) == 0;
  return FRAY_OK;
}

/* Marked as done before what it is made from, so that a ring of fields ends. */
enum fray_status fray_derive_need(struct rows *rows, struct derivation *d, const char *name,
                                  struct fray_arena *arena, struct fray_err *err) {
  const struct derive_config *config = d->config->v;
  /* More than one may give it: the first wins, the second is refused as a name that is taken. */
  for (size_t k = 0; k < d->config->n; k++) {
    bool given;
    if (d->done[k] || fray_rows_find(rows, name))
      continue;
    FRAY_TRY(gives(d, k, name, arena, &given, err));
    if (!given)
      continue;
    /* What it is made from may be derived as well, from whatever order of the YAML. */
    d->done[k] = 1;
    FRAY_TRY(fray_derive_need(rows, d, config[k].from, arena, err));
    FRAY_TRY(make_field(rows, d, k, arena, err));
  }
  return FRAY_OK;
}

enum fray_status fray_derive_rest(struct rows *rows, struct derivation *d, struct fray_arena *arena,
                                  struct fray_err *err) {
  for (size_t k = 0; k < d->config->n; k++)
    if (!d->done[k])
      FRAY_TRY(make_field(rows, d, k, arena, err));
  return FRAY_OK;
}
