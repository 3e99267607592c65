/* Labels: one class of a sample or a set of them, and the list of all classes. Codes are given when
 * all names are known, in natural order or as the YAML lists them, so they do not depend on which
 * file came first. */
#include "labels.h"

#include "fray/base/size.h"
#include "fray/codec/names.h"
#include "fray/data/names.h"
#include "import/table/natural_names.h"
#include "import/table/number_files.h"

#include <stdio.h>
#include <string.h>

/* ---- labels of an input's rows ---- */

/* Keys that say the same thing twice, or nothing: refused before a file is read. */
static enum fray_status check_keys(const struct set *set, const struct input_config *input,
                                   struct fray_err *err) {
  /* A key that the task does not use would be believed to work. */
  bool sets = set->config.task == TASK_MULTI_LABEL, columns = input->label_columns.n > 0;
  const char *key = columns ? "label_columns" : "label_separator";
  FRAY_CHECK(sets || (!columns && !input->label_separator), err, INPUT,
             "%s: %s is for `task: multi_label`", set->source.yaml, key);
  FRAY_CHECK(!columns || !input->label_separator, err, INPUT,
             "%s: give either label_columns or label_separator", set->source.yaml);
  FRAY_CHECK(!columns || strcmp(input->label, LABEL_DEFAULT) == 0, err, INPUT,
             "%s: give either label_columns or label (\"%s\")", set->source.yaml, input->label);
  struct fray_name_table table;
  size_t n = input->label_columns.n, other;
  FRAY_TRY(fray_name_table_make(input->label_columns.v, n, set->source.arena, &table, err));
  size_t twin = fray_name_twin(&table, &other);
  FRAY_CHECK(twin == n, err, INPUT, "%s: label_columns: %s is there twice", set->source.yaml,
             input->label_columns.v[other]);
  FRAY_CHECK(!input->label_separator || input->label_separator[0], err, INPUT,
             "%s: label_separator is empty", set->source.yaml);
  return FRAY_OK;
}

enum fray_status fray_labels_fill(const struct set *set, const struct input_config *input,
                                  const struct rows *rows, struct label_texts *out,
                                  struct fray_err *err) {
  const struct fray_strings *columns = &input->label_columns;
  *out = (struct label_texts){.columns = columns};
  /* A semicolon, since commas stand between columns. */
  out->separator = input->label_separator ? input->label_separator : ";";
  FRAY_TRY(check_keys(set, input, err));
  if (columns->n == 0)
    return fray_rows_fill(rows, "label", input->label, set->source.arena, &out->label, err);
  FRAY_ALLOC(out->column, set->source.arena, columns->n, err);
  for (size_t c = 0; c < columns->n; c++) {
    /* A template of one field: what is wrong with a name is said as for any template. */
    const char *field = fray_arena_printf(set->source.arena, "{%s}", columns->v[c]);
    FRAY_CHECK(field, err, MEMORY, "out of memory");
    FRAY_TRY(fray_rows_fill(rows, "label_columns", field, set->source.arena, &out->column[c], err));
  }
  return FRAY_OK;
}

/* Names of the columns that hold 1. */
/* Numbers, so that 1, 1.0 and 1e0 are alike: tables of floats write them so. */
static enum fray_status take_columns(const struct set *set, const struct label_texts *t, size_t row,
                                     struct sample *s, struct fray_err *err) {
  char where[512];
  FRAY_ALLOC(s->class_name, set->source.arena, t->columns->n, err);
  for (size_t c = 0; c < t->columns->n; c++) {
    double value;
    const char *text = t->column[c][row];
    FRAY_CHECK(fray_number_parse(text, &value) && (value == 0 || value == 1), err, INPUT,
               "%s: sample %.200s: %s: \"%.80s\" is not 0 or 1", fray_sample_where(s, where), s->id,
               t->columns->v[c], text);
    if (value == 1)
      s->class_name[s->n_classes++] = t->columns->v[c];
  }
  return FRAY_OK;
}

/* Names between separators, or those of a list as Python and JSON write it; no text is no class. */
/* A text of n bytes holds at most n / 2 + 1 items of a list, or one more than it has separators. */
static enum fray_status take_names(const struct set *set, const char *text, const char *separator,
                                   struct sample *s, struct fray_err *err) {
  size_t pieces = 1, n = 0;
  for (const char *p = text; (p = strstr(p, separator)); p += strlen(separator))
    pieces++;
  FRAY_ALLOC(s->class_name, set->source.arena, FRAY_MAX(pieces, strlen(text) / 2 + 1), err);
  if (fray_list_take(set->source.arena, text, s->class_name, &s->n_classes))
    return FRAY_OK;
  for (const char *p = text, *end; p; p = end ? end + strlen(separator) : NULL) {
    end = strstr(p, separator);
    s->class_name[n] =
        fray_arena_strndup(set->source.arena, p, end ? (size_t)(end - p) : strlen(p));
    FRAY_CHECK(s->class_name[n], err, MEMORY, "out of memory");
    n++;
  }
  s->n_classes = n;
  return FRAY_OK;
}

/* Classes in their one form; in a set, no name is no class. */
static enum fray_status clean_classes(const struct set *set, struct sample *s,
                                      struct fray_err *err) {
  size_t kept = 0;
  FRAY_TRY(fray_names_clean(s->class_name, s->n_classes, set->source.arena, err));
  for (size_t c = 0; c < s->n_classes; c++)
    if (s->class_name[c][0] || set->config.task != TASK_MULTI_LABEL)
      s->class_name[kept++] = s->class_name[c];
  s->n_classes = kept;
  return FRAY_OK;
}

/* Names only; codes come when all classes are known. */
enum fray_status fray_labels_take(const struct set *set, const struct label_texts *t, size_t row,
                                  struct sample *s, struct fray_err *err) {
  char where[512];
  if (t->columns->n)
    FRAY_TRY(take_columns(set, t, row, s, err));
  else if (set->config.task == TASK_MULTI_LABEL)
    FRAY_TRY(take_names(set, t->label[row], t->separator, s, err));
  else {
    FRAY_ALLOC(s->class_name, set->source.arena, 1, err);
    s->class_name[s->n_classes++] = t->label[row];
  }
  /* Cleaned before it is judged: blanks around a name are no flaw. */
  FRAY_TRY(clean_classes(set, s, err));
  for (size_t c = 0; c < s->n_classes; c++) {
    const char *flaw = fray_name_flaw(s->class_name[c]);
    FRAY_CHECK(!flaw, err, INPUT, "%s: sample %.200s: the label is %s", fray_sample_where(s, where),
               s->id, flaw);
  }
  return FRAY_OK;
}

/* ---- the classes of the set ---- */

/* All names of labels, and the columns that could have given one. */
static enum fray_status list_names(const struct set *set, const char ***out, size_t *n,
                                   struct fray_err *err) {
  const struct input_config *input = set->config.inputs.v;
  /* With repeats: they go when names are sorted. */
  size_t room = 0;
  *n = 0;
  for (size_t i = 0; i < set->n; i++)
    room += set->sample[i].n_classes;
  for (size_t k = 0; k < set->config.inputs.n; k++)
    room += input[k].label_columns.n;
  FRAY_ALLOC(*out, set->source.arena, room, err);
  /* A class that nobody has is a class all the same, if a column was given for it. */
  for (size_t k = 0; k < set->config.inputs.n; k++)
    for (size_t c = 0; c < input[k].label_columns.n; c++)
      (*out)[(*n)++] = input[k].label_columns.v[c];
  for (size_t i = 0; i < set->n; i++)
    for (size_t c = 0; c < set->sample[i].n_classes; c++)
      (*out)[(*n)++] = set->sample[i].class_name[c];
  return FRAY_OK;
}

/* A column that can only hold 0 would go unnoticed otherwise. */
static enum fray_status check_columns(const struct set *set, const char *const *sorted,
                                      struct fray_err *err) {
  const struct input_config *input = set->config.inputs.v;
  for (size_t k = 0; k < set->config.inputs.n; k++)
    for (size_t c = 0; c < input[k].label_columns.n; c++) {
      const char *name = input[k].label_columns.v[c];
      FRAY_CHECK(fray_names_find(sorted, set->n_classes, name) < set->n_classes, err, INPUT,
                 "%s: label_columns: %s is not among the classes", set->source.yaml, name);
    }
  return FRAY_OK;
}

/* What leaves rows out, spelt for this set where its label is one field. */
static const char *where_example(const struct set *set, char out[256]) {
  const struct input_config *input = set->config.inputs.v;
  const char *label = set->config.inputs.n ? input->label : "";
  const size_t n = strlen(label);
  snprintf(out, 256, "`where` leaves rows out");
  if (n < 3 || n > 80 || label[0] != '{' || strchr(label, '}') != label + n - 1 || !set->n_classes)
    return out;
  snprintf(out, 256, "`where: {%.*s: [%.60s%s]}` leaves rows of others out", (int)n - 2, label + 1,
           set->class_name[0], set->n_classes > 1 ? ", ..." : "");
  return out;
}

/* Codes of a sample's classes, from names in natural order. */
/* Sets are rows of 0 and 1, a single class is a number: as shards hold them. */
static enum fray_status code_sample(const struct set *set, struct sample *s,
                                    const char *const *sorted, const int32_t *code,
                                    struct fray_err *err) {
  for (size_t c = 0; c < s->n_classes; c++) {
    const char *name = s->class_name[c];
    size_t found = fray_names_find(sorted, set->n_classes, name);
    /* The nearest class is named: most often it is a misspelling in one row of many. */
    if (found == set->n_classes || !name[0]) {
      char where[512], list[512], example[256];
      return fray_fail(err, FRAY_INPUT,
                       "%s: sample %.200s: label \"%.200s\" is not among the classes; %s (%s)",
                       fray_sample_where(s, where), s->id, name,
                       fray_there_are(name, set->class_name, set->n_classes, list, sizeof list),
                       where_example(set, example));
    }
    if (s->labels)
      s->labels[code[found]] = 1;
    else
      s->label = code[found];
  }
  return FRAY_OK;
}

/* Whether anybody said how sets are written; who did is not to be told that they look odd. */
static bool separator_given(const struct set *set) {
  const struct input_config *input = set->config.inputs.v;
  bool given = false;
  for (size_t k = 0; k < set->config.inputs.n; k++)
    given = given || input[k].label_separator || input[k].label_columns.n;
  return given;
}

/* Called when all samples are there: until then nobody knows how many classes there are. */
enum fray_status fray_labels_settle(struct set *set, struct fray_err *err) {
  const struct fray_strings *given = &set->config.classes;
  const char **label, **sorted;
  size_t n, n_labels;
  FRAY_TRY(list_names(set, &label, &n_labels, err));
  FRAY_TRY(fray_names_unique(given->n ? given->v : label, given->n ? given->n : n_labels,
                             set->source.arena, &sorted, &n, err));
  FRAY_CHECK(!given->n || n == given->n, err, INPUT, "%s: classes: a name is there twice",
             set->source.yaml);
  FRAY_CHECK(n != 1, err, INPUT, "%s: there is only one class, '%.80s'; two are needed",
             set->source.yaml, given->n ? given->v[0] : sorted[0]);
  FRAY_CHECK(n >= 2 && n <= FRAY_MAX_CLASSES, err, INPUT, "%s: %zu classes, not in [2, %d]",
             set->source.yaml, n, FRAY_MAX_CLASSES);
  set->n_classes = n;
  /* A given order is kept: it fixes the codes, which other shards of the set must share. */
  set->class_name = given->n ? given->v : sorted;
  /* Checks before codes, so that messages speak of names. */
  FRAY_TRY(check_columns(set, sorted, err));
  FRAY_TRY(fray_lists_check(set, sorted, separator_given(set), err));
  /* code[k]: of the k-th name in natural order, which is how a name is looked up. */
  int32_t *code;
  uint8_t *labels = NULL;
  FRAY_ALLOC(code, set->source.arena, n, err);
  if (set->config.task == TASK_MULTI_LABEL)
    FRAY_ALLOC_ZERO(labels, set->source.arena, set->n * n, err);
  for (size_t c = 0; c < n; c++)
    code[fray_names_find(sorted, n, set->class_name[c])] = (int32_t)c;
  for (size_t i = 0; i < set->n; i++) {
    set->sample[i].labels = labels ? labels + i * n : NULL;
    FRAY_TRY(code_sample(set, &set->sample[i], sorted, code, err));
  }
  return FRAY_OK;
}
