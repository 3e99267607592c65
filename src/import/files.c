/* Reader `files`: a file per sample, what it is stands in its name. */
#include "parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_FIELDS = 16 };

struct files_config {
  const char *pattern, *modality;
};

struct pattern {
  size_t n;
  const char *field[MOST_FIELDS];                 /* names, one per brace, in order */
  const char *before[MOST_FIELDS + 1];            /* literal before each, and after the last */
  size_t start[MOST_FIELDS], length[MOST_FIELDS]; /* of the last match */
};

static enum fray_status parse_pattern(const struct set *set, const char *p, struct pattern *out,
                                      struct fray_err *err) {
  *out = (struct pattern){0};
  for (const char *text = p;;) {
    size_t n = strcspn(text, "{");
    out->before[out->n] = fray_arena_strndup(set->arena, text, n);
    FRAY_CHECK(out->before[out->n], err, MEMORY, "out of memory");
    text += n;
    if (!*text)
      break;
    n = strcspn(text, "}");
    FRAY_CHECK(text[n] && n > 1, err, INPUT, "pattern \"%s\": a brace without its field name", p);
    FRAY_CHECK(out->n < MOST_FIELDS, err, INPUT, "pattern \"%s\": more than %d fields", p,
               MOST_FIELDS);
    out->field[out->n] = fray_arena_strndup(set->arena, text + 1, n - 1);
    FRAY_CHECK(out->field[out->n], err, MEMORY, "out of memory");
    out->n++;
    text += n + 1;
    FRAY_CHECK(*text != '{', err, INPUT, "pattern \"%s\": two fields with nothing between them", p);
  }
  return FRAY_OK;
}

/* A field named twice must read the same both times. */
static bool agrees(const struct pattern *p, const char *name, size_t f) {
  for (size_t g = 0; g < f; g++)
    if (strcmp(p->field[g], p->field[f]) == 0)
      return p->length[g] == p->length[f] &&
             memcmp(name + p->start[g], name + p->start[f], p->length[f]) == 0;
  return true;
}

/* Matches the name from `at` on, fields from f on; a field is as short as possible, without "/". */
static bool matches(struct pattern *p, const char *name, size_t at, size_t f) {
  size_t literal = strlen(p->before[f]);
  if (strncmp(name + at, p->before[f], literal) != 0)
    return false;
  at += literal;
  if (f == p->n)
    return name[at] == '\0';
  p->start[f] = at;
  for (size_t n = 1; name[at + n - 1] && name[at + n - 1] != '/'; n++) {
    p->length[f] = n;
    if (agrees(p, name, f) && matches(p, name, at + n, f + 1))
      return true;
  }
  return false;
}

static void add_escaped(struct fray_text *out, const char *text) {
  for (; *text; text++) {
    if (strchr("*?[\\", *text))
      fray_text_puts(out, "\\");
    fray_text_add(out, text, 1);
  }
}

static enum fray_status list_files(const struct set *set, const struct pattern *p, char ***names,
                                   size_t *n, struct fray_err *err) {
  struct fray_text glob = {0};
  add_escaped(&glob, set->raw);
  fray_text_puts(&glob, "/");
  for (size_t f = 0; f <= p->n; f++) {
    add_escaped(&glob, p->before[f]);
    fray_text_puts(&glob, f < p->n ? "*" : "");
  }
  enum fray_status status = glob.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                        : fray_file_list(glob.data, "", names, n, err);
  fray_text_free(&glob);
  return status;
}

static int by_name(const void *a, const void *b) {
  return fray_natural_order(*(char *const *)a, *(char *const *)b);
}

static enum fray_status add_row(const struct set *set, struct pattern *p, const char *path,
                                const char ***text, struct rows *rows, size_t m,
                                struct fray_err *err) {
  const char *name = path + strlen(set->raw) + 1;
  if (!matches(p, name, 0, 0))
    return FRAY_OK;
  size_t size = strlen(name);
  FRAY_CHECK(fray_utf8_valid(name, size) == size, err, INPUT, "%s: the file's name is not UTF-8",
             path);
  size_t row = rows->n++;
  for (size_t f = 0; f < p->n; f++) {
    text[f][row] = fray_arena_strndup(set->arena, name + p->start[f], p->length[f]);
    FRAY_CHECK(text[f][row], err, MEMORY, "out of memory");
  }
  rows->value[m][row].path = fray_arena_strdup(set->arena, path);
  text[p->n][row] = fray_arena_strdup(set->arena, name);
  FRAY_CHECK(rows->value[m][row].path && text[p->n][row], err, MEMORY, "out of memory");
  return FRAY_OK;
}

static enum fray_status add_rows(const struct set *set, struct pattern *p, char **names, size_t n,
                                 struct rows *rows, size_t m, struct fray_err *err) {
  const char **text[MOST_FIELDS + 1]; /* the last: "path" */
  FRAY_ALLOC_ZERO(rows->value[m], set->arena, n, err);
  for (size_t f = 0; f <= p->n; f++)
    FRAY_ALLOC(text[f], set->arena, n, err);
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(add_row(set, p, names[i], text, rows, m, err));
  for (size_t f = 0; f < p->n; f++)
    if (!fray_rows_find(rows, p->field[f]))
      FRAY_TRY(fray_rows_add(rows, p->field[f], text[f], set->arena, err));
  return fray_rows_add(rows, "path", text[p->n], set->arena, err);
}

static enum fray_status read_files(const struct set *set, const void *params, struct rows *out,
                                   struct fray_err *err) {
  const struct files_config *config = params;
  struct pattern pattern;
  char **names = NULL;
  size_t n = 0, m;
  const char *checked;
  FRAY_TRY(fray_import_path(set, config->pattern, &checked, err));
  FRAY_TRY(fray_import_modality(set, "modality", config->modality, &m, err));
  FRAY_TRY(parse_pattern(set, config->pattern, &pattern, err));
  *out = (struct rows){.file = checked};
  FRAY_TRY(list_files(set, &pattern, &names, &n, err));
  qsort(names, n, sizeof *names, by_name);
  enum fray_status status = add_rows(set, &pattern, names, n, out, m, err);
  fray_names_free(names, n);
  FRAY_TRY(status);
  FRAY_CHECK(out->n > 0, err, INPUT, "%s: no file name fits this pattern", checked);
  return FRAY_OK;
}

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "pattern", struct files_config, pattern, .required = true,
               .help = "path below `raw` with {FIELD} for the parts that differ, for example "
                       "recordings/{label}_{speaker}_{take}.wav; other files are left out"),
    FRAY_FIELD(STRING, "modality", struct files_config, modality, .required = true,
               .help = "modality that the files hold"),
};
static FRAY_TABLE(table, "files", struct files_config, fields,
                  .help = "a file per sample, described by its name");
static const struct reader reader = {read_files};
const struct fray_choice fray_reader_files = {
    "files", "a file per sample; its name says what it is", "", &table, &reader};
