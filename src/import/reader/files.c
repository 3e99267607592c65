/* Reader `files`: a file per sample, what it is stands in its name. The pattern is matched by
 * backtracking, since a field may hold the signs that separate fields; what cannot succeed is
 * remembered, so that a name of any length is settled in time that grows with its square. */
#include "raw_source.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "import/table/natural_names.h"

#include <errno.h>
#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern const struct fray_choice fray_reader_files;

enum { MOST_FIELDS = 16, MOST_STEPS = 5000000 };

struct files_config {
  const char *pattern, *modality;
};

/* "{label}/{who}_{take}.wav": fields, and the literal texts between them. */
struct pattern {
  size_t n;
  const char *field[MOST_FIELDS];      /* names, one per brace, in order */
  size_t twin[MOST_FIELDS];            /* the first field of the same name */
  bool alone[MOST_FIELDS];             /* no field from here on refers to one before */
  const char *before[MOST_FIELDS + 1]; /* literal before each, and after the last */
  size_t before_size[MOST_FIELDS + 1];
  size_t start[MOST_FIELDS], length[MOST_FIELDS]; /* of the last match */
};

static enum fray_status parse_pattern(const struct source *source, const char *p,
                                      struct pattern *out, struct fray_err *err) {
  *out = (struct pattern){0};
  for (const char *text = p;;) {
    size_t n = strcspn(text, "{");
    out->before[out->n] = fray_arena_strndup(source->arena, text, n);
    FRAY_CHECK(out->before[out->n], err, MEMORY, "out of memory");
    text += n;
    if (!*text)
      break;
    n = strcspn(text, "}");
    FRAY_CHECK(text[n] && n > 1, err, INPUT, "pattern \"%s\": a brace without its field name", p);
    FRAY_CHECK(out->n < MOST_FIELDS, err, INPUT, "pattern \"%s\": more than %d fields", p,
               MOST_FIELDS);
    out->field[out->n] = fray_arena_strndup(source->arena, text + 1, n - 1);
    FRAY_CHECK(out->field[out->n], err, MEMORY, "out of memory");
    out->n++;
    text += n + 1;
    /* Nothing would say where the first ends and the second begins. */
    FRAY_CHECK(*text != '{', err, INPUT, "pattern \"%s\": two fields with nothing between them", p);
  }
  return FRAY_OK;
}

/* A field named twice must read the same both times. */
static bool agrees(const struct pattern *p, const char *name, size_t f) {
  size_t g = p->twin[f];
  return g == f || (p->length[g] == p->length[f] &&
                    memcmp(name + p->start[g], name + p->start[f], p->length[f]) == 0);
}

/* One attempt to match a name. */
struct attempt {
  struct pattern *p;
  const char *name;
  bool fold;     /* capital letters of literals do not count */
  uint8_t *dead; /* (fields, size + 1) places where the fields from f on are known not to fit */
  size_t size, steps;
};

static bool literal_fits(const struct attempt *a, size_t at, size_t f) {
  const char *literal = a->p->before[f];
  size_t n = a->p->before_size[f];
  return a->fold ? strncasecmp(a->name + at, literal, n) == 0
                 : strncmp(a->name + at, literal, n) == 0;
}

/* Matches the name from `at` on, fields from f on; a field is as short as possible, without "/".
 * Where what follows does not depend on what was read before, a dead end is one for ever: so the
 * cost is bound by fields x length^2, not by the number of ways to cut the name. */
static bool matches(struct attempt *a, size_t at, size_t f) {
  struct pattern *p = a->p;
  if (!literal_fits(a, at, f))
    return false;
  at += p->before_size[f];
  if (f == p->n)
    return a->name[at] == '\0';
  uint8_t *dead = &a->dead[f * (a->size + 1) + at];
  if ((p->alone[f] && *dead) || a->steps > MOST_STEPS)
    return false;
  p->start[f] = at;
  for (size_t n = 1; a->name[at + n - 1] && a->name[at + n - 1] != '/'; n++) {
    a->steps++;
    p->length[f] = n;
    if (agrees(p, a->name, f) && matches(a, at + n, f + 1))
      return true;
  }
  *dead = 1;
  return false;
}

static enum fray_status match(struct pattern *p, const char *name, bool fold, bool *fits,
                              struct fray_err *err) {
  struct attempt a = {.p = p, .name = name, .fold = fold, .size = strlen(name)};
  a.dead = calloc(FRAY_MAX(p->n, (size_t)1) * (a.size + 1), 1);
  FRAY_CHECK(a.dead, err, MEMORY, "out of memory");
  *fits = matches(&a, 0, 0);
  free(a.dead);
  /* Fields that stand twice make this a search that can take for ever. */
  FRAY_CHECK(*fits || a.steps <= MOST_STEPS, err, INPUT,
             "%.200s: the pattern can be read in too many ways; put more between its fields", name);
  return FRAY_OK;
}

/* Which field has its name first, and behind which fields nothing refers to what is before. */
static void find_twins(struct pattern *p) {
  for (size_t f = 0; f < p->n; f++) {
    p->twin[f] = f;
    for (size_t g = f; g-- > 0;)
      if (strcmp(p->field[g], p->field[f]) == 0)
        p->twin[f] = g;
  }
  for (size_t f = 0; f < p->n; f++) {
    p->alone[f] = true;
    for (size_t g = f; g < p->n; g++)
      p->alone[f] = p->alone[f] && (p->twin[g] == g || p->twin[g] >= f);
  }
  for (size_t f = 0; f <= p->n; f++)
    p->before_size[f] = strlen(p->before[f]);
}

/* The raw folder and the literals are names, however much they look like globs. */
static void add_escaped(struct fray_text *out, const char *text) {
  for (; *text; text++) {
    if (strchr("*?[\\", *text))
      fray_text_puts(out, "\\");
    fray_text_add(out, text, 1);
  }
}

/* All files in the folders that the pattern speaks of, whether they fit or not. */
static enum fray_status list_files(const struct source *source, const struct pattern *p,
                                   glob_t *found, struct fray_err *err) {
  struct fray_text text = {0};
  add_escaped(&text, source->raw);
  fray_text_puts(&text, "/");
  for (size_t f = 0; f <= p->n; f++) {
    add_escaped(&text, p->before[f]);
    fray_text_puts(&text, f < p->n ? "*" : "");
  }
  FRAY_CHECK(!text.failed, err, MEMORY, "out of memory");
  /* Down to the folders only: files that do not fit are to be seen, so that the user hears of them.
   */
  char *last = strrchr(text.data, '/') + 1;
  text.size = (size_t)(last - text.data);
  const char *rest = *last == '.' ? ".*" : "*"; /* what begins with a dot is seen when asked for */
  fray_text_puts(&text, rest);
  /* glob does not say why a folder cannot be read; errno does, if it was clean before. */
  errno = 0;
  int result = text.failed ? GLOB_NOSPACE : glob(text.data, GLOB_ERR | GLOB_MARK, NULL, found);
  int reason = errno;
  fray_text_free(&text);
  FRAY_CHECK(result != GLOB_NOSPACE, err, MEMORY, "out of memory");
  FRAY_CHECK(result != GLOB_ABORTED, err, INPUT, "a folder cannot be read: %s", strerror(reason));
  return FRAY_OK;
}

/* Natural order, so that rows come as people number their files; glob sorts by locale. */
static int by_name(const void *a, const void *b) {
  return fray_natural_order(*(char *const *)a, *(char *const *)b);
}

static enum fray_status add_row(struct source *source, struct pattern *p, const char *path,
                                const char ***text, struct rows *rows, size_t m,
                                struct fray_err *err) {
  const char *name = path + strlen(source->raw) + 1;
  bool fits, nearly;
  FRAY_TRY(match(p, name, false, &fits, err));
  if (!fits) {
    /* Cameras write .JPG and .jpg into one folder: a name that misses by case alone is worth a
     * warning. */
    FRAY_TRY(match(p, name, true, &nearly, err));
    return fray_left_out_add(source, path, nearly, err);
  }
  size_t size = strlen(name);
  FRAY_CHECK(fray_utf8_valid(name, size) == size, err, INPUT, "%s: the file's name is not UTF-8",
             path);
  /* Rows of files that fit only: their number is known at the end, room was taken for all. */
  size_t row = rows->n++;
  for (size_t f = 0; f < p->n; f++) {
    text[f][row] = fray_arena_strndup(source->arena, name + p->start[f], p->length[f]);
    FRAY_CHECK(text[f][row], err, MEMORY, "out of memory");
  }
  rows->value[m][row].path = fray_arena_strdup(source->arena, path);
  /* Each row has a file of its own, which messages name in place of a line. */
  rows->row_file[row] = rows->value[m][row].path;
  text[p->n][row] = fray_arena_strdup(source->arena, name);
  FRAY_CHECK(rows->value[m][row].path && text[p->n][row], err, MEMORY, "out of memory");
  return FRAY_OK;
}

static enum fray_status add_rows(struct source *source, struct pattern *p, char **names, size_t n,
                                 struct rows *rows, size_t m, struct fray_err *err) {
  /* A column of texts for each field, filled row by row as names fit. */
  const char **text[MOST_FIELDS + 1]; /* the last: "path" */
  FRAY_ALLOC_ZERO(rows->value[m], source->arena, n, err);
  FRAY_ALLOC(rows->row_file, source->arena, n, err);
  for (size_t f = 0; f <= p->n; f++)
    FRAY_ALLOC(text[f], source->arena, n, err);
  for (size_t i = 0; i < n; i++)
    if (names[i][strlen(names[i]) - 1] != '/') /* a folder */
      FRAY_TRY(add_row(source, p, names[i], text, rows, m, err));
  /* A field that stands twice is one field. */
  for (size_t f = 0; f < p->n; f++)
    if (p->twin[f] == f)
      FRAY_TRY(fray_rows_add(rows, p->field[f], text[f], source->arena, err));
  return fray_rows_add(rows, "path", text[p->n], source->arena, err);
}

/* Which files there are is asked once; their order is the natural one, whatever the file system's.
 */
static enum fray_status read_files(struct source *source, const void *params, struct rows *out,
                                   struct fray_err *err) {
  const struct files_config *config = params;
  struct pattern pattern;
  glob_t found = {0};
  size_t m;
  const char *checked;
  FRAY_TRY(fray_source_path(source, config->pattern, &checked, err));
  FRAY_TRY(fray_source_modality(source, "modality", config->modality, &m, err));
  FRAY_TRY(parse_pattern(source, config->pattern, &pattern, err));
  find_twins(&pattern);
  *out = (struct rows){.file = checked};
  if (list_files(source, &pattern, &found, err) != FRAY_OK)
    return fray_at(err, "%s", checked);
  /* qsort must not be given NULL. */
  if (found.gl_pathc)
    qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, by_name);
  enum fray_status status = add_rows(source, &pattern, found.gl_pathv, found.gl_pathc, out, m, err);
  globfree(&found);
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
