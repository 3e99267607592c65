/* The reference page: everything that the tables know, as Markdown. It is generated and compared by
 * a test, so a key cannot lack its line, nor the page be out of date. */
#include "engine.h"

#include <stdio.h>
#include <string.h>

/* A table may hold itself (an entry of tests is one of corruption); the page must end. */
enum { DEEPEST = 12 };

static void describe_table(const struct fray_table *table, const char *path, int depth,
                           struct fray_text *out);
static void describe_below(const struct fray_field *field, const char *path, int depth,
                           struct fray_text *out);

/* Text of a table cell: a bar would end it. A line feed would end the row. */
static void put_cell(const char *text, struct fray_text *out) {
  for (const char *p = text ? text : ""; *p; p++) {
    if (*p == '|')
      fray_text_puts(out, "\\");
    fray_text_add(out, *p == '\n' ? " " : p, 1);
  }
}

/* Words of a user, not names of C. */
static const char *type_name(enum fray_type type) {
  static const char *const names[] = {
      [FRAY_BOOL] = "true or false",
      [FRAY_INT] = "whole number",
      [FRAY_REAL] = "number",
      [FRAY_STRING] = "text",
      [FRAY_PATH] = "path",
      [FRAY_ENUM] = "name",
      [FRAY_AMOUNT] = "count or fraction",
      [FRAY_INTS] = "list of whole numbers",
      [FRAY_REALS] = "list of numbers",
      [FRAY_STRINGS] = "list of texts",
      [FRAY_SECTION] = "section",
      [FRAY_ITEMS] = "list of sections",
      [FRAY_MAP] = "map of sections",
      [FRAY_KIND] = "method",
  };
  return names[type];
}

/* A NODE is known by what its owner takes. */
static const char *shape_name(enum fray_node_shape shape) {
  static const char *const names[] = {
      [FRAY_SHAPE_ANY] = "any",
      [FRAY_SHAPE_TEXTS] = "map of texts",
      [FRAY_SHAPE_LISTS] = "map of lists of texts",
      [FRAY_SHAPE_TEXTS_OR_LISTS] = "map of texts, or of lists of texts",
      [FRAY_SHAPE_TEXTS_OR_LIST] = "map of texts, or list of texts",
  };
  return names[shape];
}

/* Names where there are names, else an interval. */
static void put_range(const struct fray_field *field, struct fray_text *out) {
  char bounds[96];
  fray_field_bounds(field, bounds);
  if (field->names)
    for (size_t i = 0; field->names[i]; i++)
      fray_text_printf(out, "%s`%s`", i ? ", " : "", field->names[i]);
  else if (field->choices)
    for (size_t i = 0; i < field->choices->n; i++)
      fray_text_printf(out, "%s`%s`", i ? ", " : "", field->choices->v[i]->name);
  else
    put_cell(bounds, out);
}

/* Of these alone `def` is the default. */
static bool is_number(const struct fray_field *field) {
  return field->type == FRAY_INT || field->type == FRAY_REAL || field->type == FRAY_AMOUNT;
}

/* Required, none, or what a user would write; the default of a section is that of its keys. */
static void put_default(const struct fray_field *field, struct fray_text *out) {
  char number[32];
  bool kind = field->type == FRAY_KIND;
  if (field->required || (kind && !field->def_text)) {
    fray_text_puts(out, "required");
  } else if (field->optional && !kind) { /* NOLINT(bugprone-branch-clone): the order decides */
    fray_text_puts(out, "none");
  } else if (field->def_text) {
    fray_text_puts(out, "`");
    put_cell(field->def_text, out);
    fray_text_puts(out, "`");
  } else if (field->type == FRAY_BOOL) {
    fray_text_puts(out, field->def != 0 ? "`true`" : "`false`");
  } else if (field->type == FRAY_ENUM) {
    fray_text_printf(out, "`%s`", field->names[0]);
  } else if (is_number(field)) {
    fray_format_double(field->def, number);
    fray_text_printf(out, "`%s`", number);
  } else if (field->type != FRAY_SECTION) {
    fray_text_puts(out, "none");
  }
}

/* Every cell is escaped: ranges and helps may hold a bar. */
static void put_row(const struct fray_field *field, struct fray_text *out) {
  fray_text_printf(out, "| `%s` | %s | ", field->key,
                   field->type == FRAY_NODE ? shape_name(field->shape) : type_name(field->type));
  put_range(field, out);
  fray_text_puts(out, " | ");
  put_cell(field->unit, out);
  fray_text_puts(out, " | ");
  put_default(field, out);
  fray_text_puts(out, " | ");
  put_cell(field->help, out);
  fray_text_puts(out, " |\n");
}

/* The same six columns wherever keys are listed: one page, one way to read it. */
static void put_head(struct fray_text *out) {
  fray_text_puts(out, "\n| key | type | range | unit | default | meaning |\n"
                      "|---|---|---|---|---|---|\n");
}

/* Markdown has six levels. */
static void put_heading(const char *path, int depth, struct fray_text *out) {
  static const char marks[] = "######";
  int n = depth + 2 > 6 ? 6 : depth + 2;
  fray_text_printf(out, "\n%.*s %s\n\n", n, marks, path);
}

/* Paths longer than 511 bytes are cut: headings, which no program reads. */
static const char *below(const char *path, const char *key, const char *tail, char out[512]) {
  snprintf(out, 512, "%s%s%s%s", path, *path ? "." : "", key, tail);
  return out;
}

/* The first of the methods before this one that takes the same outer row in the same words; NULL:
 * none. Ninety kinds of damage share seven rows: said once, they are read once. */
static const struct fray_choice *told_by(const struct fray_choices *all, size_t index,
                                         const struct fray_field *row) {
  for (size_t i = 0; row->outer && i < index; i++) {
    const struct fray_table *table = all->v[i]->table;
    const struct fray_field *same = table ? fray_schema_field(table, NULL, row->key) : NULL;
    if (same && same->outer && strcmp(same->help, row->help) == 0 && same->def == row->def &&
        same->max == row->max && same->required == row->required)
      return all->v[i];
  }
  return NULL;
}

/* "As in `gaussian_noise`: `rate`, `unit`." for each method that told some of the rows. */
static void put_told(const struct fray_choices *all, size_t index, struct fray_text *out) {
  const struct fray_table *table = all->v[index]->table;
  for (size_t i = 0; i < index; i++) {
    bool any = false;
    for (size_t k = 0; k < table->n; k++) {
      if (told_by(all, index, &table->fields[k]) != all->v[i])
        continue;
      if (any)
        fray_text_printf(out, ", `%s`", table->fields[k].key);
      else
        fray_text_printf(out, "\nAs in `%s`: `%s`", all->v[i]->name, table->fields[k].key);
      any = true;
    }
    fray_text_puts(out, any ? ".\n" : "");
  }
}

/* The keys of a method: those that an earlier one has told are only named. */
static void describe_keys(const struct fray_choices *all, size_t index, const char *path, int depth,
                          struct fray_text *out) {
  const struct fray_table *table = all->v[index]->table;
  /* A method all of whose keys were told needs no table, only their names. */
  size_t own = 0;
  for (size_t k = 0; k < table->n; k++)
    own += !told_by(all, index, &table->fields[k]);
  if (own > 0)
    put_head(out);
  for (size_t k = 0; k < table->n; k++)
    if (!told_by(all, index, &table->fields[k]))
      put_row(&table->fields[k], out);
  put_told(all, index, out);
  /* Sections below its keys are told each time: they are the method's own. */
  for (size_t k = 0; k < table->n; k++)
    describe_below(&table->fields[k], path, depth, out);
}

/* The source of a method stands where its keys are explained, so that nobody has to look for it. */
static void describe_choice(const struct fray_field *field, size_t index, const char *path,
                            int depth, struct fray_text *out) {
  const struct fray_choice *choice = field->choices->v[index];
  char title[800], whole[512];
  snprintf(title, sizeof title, "`%s: %.200s`", below(path, field->key, "", whole), choice->name);
  put_heading(title, depth, out);
  fray_text_puts(out, choice->meaning ? choice->meaning : "");
  if (choice->source && *choice->source)
    fray_text_printf(out, " Source: %s", choice->source);
  fray_text_puts(out, "\n");
  if (choice->table && choice->table->n && depth <= DEEPEST)
    describe_keys(field->choices, index, path, depth, out);
}

/* A method gets a heading of its own below the key that chooses it. */
static void describe_below(const struct fray_field *field, const char *path, int depth,
                           struct fray_text *out) {
  char whole[512], title[520];
  const char *tail = field->type == FRAY_ITEMS ? "[]" : field->type == FRAY_MAP ? ".NAME" : "";
  below(path, field->key, tail, whole);
  if (field->type == FRAY_KIND) {
    for (size_t i = 0; i < field->choices->n; i++)
      describe_choice(field, i, path, depth + 1, out);
    return;
  }
  if (field->type != FRAY_SECTION && field->type != FRAY_ITEMS && field->type != FRAY_MAP)
    return;
  snprintf(title, sizeof title, "`%s`", whole);
  put_heading(title, depth + 1, out);
  if (field->section->help)
    fray_text_printf(out, "%s\n", field->section->help);
  describe_table(field->section, whole, depth + 1, out);
}

/* Keys first, then what lies below each, in the order of the table. */
static void describe_table(const struct fray_table *table, const char *path, int depth,
                           struct fray_text *out) {
  if (table->n == 0 || depth > DEEPEST)
    return;
  put_head(out);
  for (size_t i = 0; i < table->n; i++)
    put_row(&table->fields[i], out);
  for (size_t i = 0; i < table->n; i++)
    describe_below(&table->fields[i], path, depth, out);
}

/* Also for tables of commands: fray synth --reference. */
void fray_schema_reference(const struct fray_table *table, struct fray_text *out) {
  fray_text_printf(out, "# Reference: %s\n\n", table->name ? table->name : "");
  if (table->help)
    fray_text_printf(out, "%s\n", table->help);
  describe_table(table, "", 0, out);
}

/* Without headings, for a page that has its own. */
void fray_schema_rows(const struct fray_table *table, struct fray_text *out) {
  put_head(out);
  for (size_t i = 0; i < table->n; i++)
    put_row(&table->fields[i], out);
}
