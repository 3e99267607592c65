/* Rows that are wanted: conditions on fields. Which condition left out how many rows is said, since
 * a filter that takes away too much looks like a smaller data set. Expressions are the user's, and
 * data sets are downloaded with their YAMLs: what one can cost is bounded before it is compiled. */
#include "where.h"

#include "expression.h"
#include "faults.h"
#include "number_files.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/codec/names.h"
#include "fray/import/import.h"

#include <string.h>

enum { SEARCHED = 65536 }; /* bytes of a text in which an expression is looked for */

static const char *const otherwise_names[] = {"error", "drop", "keep", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(STRINGS, "in", struct where_config, in, .optional = true,
               .help = "texts that the field may have; `FIELD: [a, b]` is short for it"),
    FRAY_FIELD(STRINGS, "not_in", struct where_config, not_in, .optional = true,
               .help = "texts that it may not have"),
    FRAY_FIELD(REALS, "range", struct where_config, range, .optional = true, .infinite = true,
               .help = "[least, most], both included; .inf and -.inf leave a side open"),
    FRAY_FIELD(BOOL, "not_empty", struct where_config, not_empty, .def = 0,
               .help = "true: rows without a text are left out"),
    FRAY_FIELD(STRING, "matches", struct where_config, matches, .optional = true,
               .help = "POSIX extended regular expression, found anywhere in the text unless ^ and "
                       "$ say where"),
    FRAY_FIELD(ENUM, "otherwise", struct where_config, otherwise, .def_text = "error",
               .names = otherwise_names,
               .help = "texts that are no number (range), or in neither list (in and not_in): "
                       "error, drop the row, keep it"),
};

static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct where_config *c = section;
  char where[256];
  FRAY_CHECK(c->in.n || c->not_in.n || c->range.n || c->not_empty || c->matches, err, INPUT,
             "%s: where: no condition is given", fray_node_where(node, where));
  FRAY_CHECK(c->range.n == 0 || (c->range.n == 2 && c->range.v[0] <= c->range.v[1]), err, INPUT,
             "%s: where: range: expected [least, most]", fray_node_where(node, where));
  return FRAY_OK;
}
FRAY_TABLE(fray_where_table, "where", struct where_config, fields,
           .help = "which rows become samples", .check = check);

/* ---- the short form ---- */

/* The list stays where it is in the YAML: messages about it name its line. */
static enum fray_status spell_out_field(struct fray_node *where, const struct fray_node *value,
                                        struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *map = fray_node_map(value->source, value->line, arena);
  struct fray_node *copy = fray_node_copy(value, arena);
  FRAY_CHECK(map && copy, err, MEMORY, "out of memory");
  FRAY_TRY(fray_node_put(map, "in", copy, arena, err));
  return fray_node_put(where, value->key, map, arena, err);
}

enum fray_status fray_where_spell_out(struct fray_node *dataset, struct fray_arena *arena,
                                      struct fray_err *err) {
  const struct fray_node *inputs = fray_node_get(dataset, "inputs");
  if (!inputs || inputs->kind != FRAY_NODE_LIST)
    return FRAY_OK;
  for (struct fray_node *input = inputs->child; input; input = input->next) {
    struct fray_node *where = fray_node_get(input, "where");
    if (!where || where->kind != FRAY_NODE_MAP)
      continue;
    for (struct fray_node *v = where->child, *next; v; v = next) {
      next = v->next;
      if (v->kind == FRAY_NODE_LIST || v->kind == FRAY_NODE_SCALAR)
        FRAY_TRY(spell_out_field(where, v, arena, err));
    }
  }
  return FRAY_OK;
}

/* Conditions are looked at one after the other over all rows, so that each is opened once. */
/* ---- one condition ---- */

struct condition {
  const char *field;
  const struct where_config *config;
  const char **text;
  struct fray_name_table in, not_in;
  uint8_t *met;                  /* (in.n) texts of `in` that a row has */
  struct expression *expression; /* NULL: none */
  size_t n_out;
  struct unknown unknown;
};

/* Fields are found by name once; the lists become tables, for they may be long. */
static enum fray_status open_condition(struct rows *rows, const char *field,
                                       const struct where_config *config, struct fray_arena *arena,
                                       struct condition *out, struct fray_err *err) {
  *out = (struct condition){.field = field, .config = config};
  FRAY_TRY(fray_rows_need(rows, "where", field, arena, &out->text, err));
  FRAY_TRY(fray_name_table_make(config->in.v, config->in.n, arena, &out->in, err));
  FRAY_TRY(fray_name_table_make(config->not_in.v, config->not_in.n, arena, &out->not_in, err));
  FRAY_ALLOC_ZERO(out->met, arena, config->in.n, err);
  if (config->matches && fray_expression_make(config->matches, arena, &out->expression, err))
    return fray_at(err, "where.%s.matches", field);
  return FRAY_OK;
}

enum verdict { STAYS, GOES, NOBODY_KNOWS };

/* Names are compared as everywhere in an import, without blanks and in one Unicode form. */
static enum verdict judge_lists(struct condition *c, const char *text) {
  size_t k = fray_name_find(&c->in, text);
  bool listed = k < c->in.n, barred = fray_name_find(&c->not_in, text) < c->not_in.n;
  if (listed)
    c->met[k] = 1;
  if (barred)
    return GOES;
  if (!c->in.n || listed)
    return STAYS;
  /* With both lists given, a text in neither is one that nobody thought of. */
  return c->not_in.n ? NOBODY_KNOWS : GOES;
}

/* In its one form, as the lists do it: a blank that nobody sees decides nothing. */
static enum fray_status search(const struct condition *c, const char *text, bool *found,
                               struct fray_err *err) {
  /* Most texts are in that form already, and nothing is copied. */
  struct fray_arena scratch = {0};
  const char *clean = fray_name_clean(text, &scratch);
  *found = clean && fray_expression_found(c->expression, clean);
  fray_arena_free(&scratch);
  FRAY_CHECK(clean, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Cheap ones first; a text that one condition bars needs no look at the others. */
static enum fray_status judge(struct condition *c, const char *text, enum verdict *out,
                              struct fray_err *err) {
  const struct where_config *w = c->config;
  double value;
  bool found = true;
  *out = GOES;
  /* First, so that an empty cell under a range is left out and not unknown. */
  if (w->not_empty && !text[strspn(text, " \t\r\n")])
    return FRAY_OK;
  *out = judge_lists(c, text);
  if (*out != STAYS)
    return FRAY_OK;
  if (c->expression)
    FRAY_TRY(search(c, text, &found, err));
  if (found && w->range.n && !fray_number_parse(text, &value))
    *out = NOBODY_KNOWS;
  else if (!found || (w->range.n && !(value >= w->range.v[0] && value <= w->range.v[1])))
    *out = GOES;
  return FRAY_OK;
}

/* ---- all rows ---- */

/* An error unless the YAML says otherwise: a range over cells such as "n/a" takes them away without
 * a word in most programs. */
static enum fray_status judge_unknown(struct rows *rows, struct condition *c, size_t i,
                                      struct fray_arena *arena, struct fray_err *err) {
  char where[512];
  FRAY_CHECK(c->config->otherwise != UNKNOWN_ROW_ERROR, err, INPUT,
             "%s: where.%s: \"%.200s\" is %s (`otherwise: drop` leaves such rows out, `keep` keeps "
             "them)",
             fray_rows_place(rows, i, where), c->field, c->text[i],
             c->config->range.n ? "no number" : "in neither list");
  fray_unknown_add(&c->unknown, c->text[i]);
  return c->config->otherwise == UNKNOWN_ROW_DROP ? fray_rows_leave_out(rows, i, arena, err)
                                                  : FRAY_OK;
}

static enum fray_status judge_rows(struct rows *rows, struct condition *c, struct fray_arena *arena,
                                   struct fray_err *err) {
  for (size_t i = 0; i < rows->n; i++) {
    char where[512];
    if (fray_rows_left_out(rows, i))
      continue;
    /* A match takes time with the length of the text; cells can be megabytes. */
    FRAY_CHECK(!c->expression || strlen(c->text[i]) <= SEARCHED, err, INPUT,
               "%s: where.%s.matches: a text of %zu bytes, at most %d are searched",
               fray_rows_place(rows, i, where), c->field, strlen(c->text[i]), SEARCHED);
    enum verdict verdict;
    FRAY_TRY(judge(c, c->text[i], &verdict, err));
    c->n_out += verdict == GOES;
    if (verdict == GOES)
      FRAY_TRY(fray_rows_leave_out(rows, i, arena, err));
    else if (verdict == NOBODY_KNOWS)
      FRAY_TRY(judge_unknown(rows, c, i, arena, err));
  }
  return FRAY_OK;
}

/* A name that no row has is misspelt, most likely: its rows would be missing without a word. */
static enum fray_status warn_unmet(const struct rows *rows, const struct condition *c,
                                   struct fray_arena *arena, struct fray_err *err) {
  enum { LOOKED_AT = 1000 }; /* for a hint */
  const char **seen;
  char hint[128];
  /* The first rows are enough for a hint, and a million would be compared letter by letter. */
  size_t n = FRAY_MIN(rows->n, (size_t)LOOKED_AT);
  FRAY_ALLOC(seen, arena, n, err);
  for (size_t i = 0; i < n; i++)
    seen[i] = c->text[i];
  for (size_t k = 0; k < c->in.n; k++)
    if (!c->met[k])
      fray_import_warn(NULL, "%s: where.%s: no row has \"%.80s\"%s", rows->file, c->field,
                       c->config->in.v[k], fray_hint(c->config->in.v[k], seen, n, hint));
  return FRAY_OK;
}

/* n_out is said by the caller, in one line for all conditions. */
static enum fray_status apply(struct rows *rows, const char *field,
                              const struct where_config *config, struct fray_arena *arena,
                              struct fray_text *said, struct fray_err *err) {
  struct condition c;
  FRAY_TRY(open_condition(rows, field, config, arena, &c, err));
  FRAY_TRY(judge_rows(rows, &c, arena, err));
  FRAY_TRY(warn_unmet(rows, &c, arena, err));
  if (c.n_out)
    fray_text_printf(said, "%s%zu by %s", said->size ? ", " : "", c.n_out, field);
  if (c.unknown.n) {
    const char *key = fray_arena_printf(arena, "where.%s", field);
    FRAY_CHECK(key, err, MEMORY, "out of memory");
    fray_unknown_say(&c.unknown, rows->file, key, config->otherwise == UNKNOWN_ROW_DROP, rows->n);
  }
  return FRAY_OK;
}

/* A row counts for the first condition that it does not meet. */
enum fray_status fray_rows_where_hold(struct rows *rows, const struct fray_named *where,
                                      struct fray_arena *arena, struct fray_err *err) {
  const struct where_config *config = where->v;
  struct fray_text said = {0};
  enum fray_status status = FRAY_OK;
  for (size_t k = 0; k < where->n && status == FRAY_OK; k++)
    status = apply(rows, where->name[k], &config[k], arena, &said, err);
  if (status == FRAY_OK && said.size && !said.failed)
    fray_note("%s: where: %zu of %zu rows left out: %s", rows->file, rows->n_left_out, rows->n,
              said.data);
  fray_text_free(&said);
  FRAY_TRY(status);
  FRAY_CHECK(!where->n || rows->n == 0 || rows->n_left_out < rows->n, err, INPUT,
             "%s: where: no row is left of %zu", rows->file, rows->n);
  return FRAY_OK;
}
