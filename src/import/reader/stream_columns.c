/* Columns of tables that are read row by row, as the YAML speaks of them. */
#include "stream_columns.h"

#include "fray/base/size.h"
#include "fray/codec/names.h"
#include "import/table/natural_names.h"
#include "import/table/row_fields.h"

#include <string.h>

/* `blanks` is a word, since a blank between cells is most often any number of them; the rest is
 * read as for CSV files everywhere. */
enum fray_status fray_stream_rules_take(const struct csv_format *given, const char *end,
                                        struct stream_rules *out, struct fray_err *err) {
  struct csv_format format = *given;
  struct fray_csv_rules rules;
  bool blanks = format.separator && strcmp(format.separator, "blanks") == 0;
  if (blanks)
    format.separator = NULL;
  FRAY_TRY(fray_csv_rules_take(&format, &rules, err));
  *out = (struct stream_rules){.separator = rules.separator ? rules.separator : ',',
                               .plain_quotes = rules.plain_quotes,
                               .header = rules.header};
  if (blanks)
    out->separator = STREAM_BLANKS;
  /* A letter or a digit would be part of numbers and names; blanks and line ends have a meaning of
   * their own. */
  FRAY_CHECK(!end || (strlen(end) == 1 && end[0] != out->separator && end[0] > ' '), err, INPUT,
             "row_end \"%.40s\": expected one sign, another than the separator", end);
  out->row_end = end ? end[0] : 0;
  return FRAY_OK;
}

/* Names by the YAML, in place of those of the header: a map, or a list for all columns. */
/* A header that the file has may be the worse one. */
enum fray_status fray_columns_rename(const struct fray_node *names, const struct row_stream *s,
                                     const char **column, struct fray_arena *arena,
                                     struct fray_err *err) {
  char where[256], list[700];
  /* Place of the name in a list; of a map, the column is looked for. */
  size_t k = 0;
  if (!names)
    return FRAY_OK;
  FRAY_CHECK(names->kind != FRAY_NODE_LIST || names->n == s->n_columns, err, INPUT,
             "%s: names: %zu names, but %s has %zu columns", fray_node_where(names, where),
             names->n, s->path, s->n_columns);
  FRAY_CHECK(names->kind != FRAY_NODE_SCALAR, err, INPUT,
             "%s: names: expected a map from columns to names, or a list of names",
             fray_node_where(names, where));
  /* In place: what the header called the columns is of no use from here on. */
  for (const struct fray_node *n = names->child; n; n = n->next, k++) {
    const char *name;
    size_t at = k;
    FRAY_TRY(fray_import_scalar(n, "names", &name, err));
    if (names->kind == FRAY_NODE_MAP) {
      for (at = 0; at < s->n_columns && strcmp(column[at], n->key) != 0;)
        at++;
      FRAY_CHECK(at < s->n_columns, err, INPUT, "%s:%zu: names: there is no column '%.80s'; %s",
                 s->path, s->line, n->key,
                 fray_there_are(n->key, column, s->n_columns, list, sizeof list));
    }
    column[at] = name;
  }
  return fray_names_clean(column, s->n_columns, arena, err);
}

/* In the form that columns have. Columns that nobody asks for may share a name, as Opportunity's
 * do; one that is asked for may not. */
enum fray_status fray_columns_find(const struct row_stream *s, const char *const *column,
                                   const char *what, const char *name, struct fray_arena *arena,
                                   size_t *out, struct fray_err *err) {
  char list[700];
  const char *clean = fray_name_clean(name, arena);
  FRAY_CHECK(clean, err, MEMORY, "out of memory");
  *out = s->n_columns;
  for (size_t c = 0; c < s->n_columns; c++) {
    if (strcmp(column[c], clean) != 0)
      continue;
    FRAY_CHECK(*out == s->n_columns, err, INPUT, "%s: two columns are both named '%.80s'", s->path,
               name);
    *out = c;
  }
  FRAY_CHECK(*out < s->n_columns, err, INPUT, "%s:%zu: %s: there is no column '%.80s'; %s", s->path,
             FRAY_MAX(s->line, (size_t)1), what, name,
             fray_there_are(name, column, s->n_columns, list, sizeof list));
  return FRAY_OK;
}
