/* A table with a row for each sample: columns that name files, texts, and what is said of them. */
#include "init.h"

#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/import/import.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PLACES = 64, FIRST_ROWS = 50, MOST_TEXTS = 2 };

/* Where files of one kind lie: a folder and an ending. */
struct place {
  const char *folder, *suffix; /* "" or "audio/"; ".wav" */
  const struct fray_choice *kind;
};

/* A modality of the table: files by a template, or texts by a column. */
struct guess {
  const char *name, *from; /* from: template or column */
  const struct fray_choice *kind;
  bool is_text, lacks; /* lacks: some rows name files that are not there */
};

struct table {
  const struct init_listing *look;
  struct fray_arena *arena;
  const char *path;
  char separator; /* 0: a comma */
  struct init_fields f;
  struct place place[MOST_PLACES];
  size_t n_places;
  struct guess guess[FRAY_MAX_MODALITIES];
  size_t n_guesses;
};

/* A table of another habit shows as one column, or does not parse; three signs are tried. */
static bool read_csv(struct table *t, struct fray_csv *csv) {
  static const char signs[] = {0, ';', '\t', '|'};
  const char *whole = fray_arena_printf(t->arena, "%s/%s", t->look->folder, t->path);
  for (size_t i = 0; whole && i < sizeof signs; i++) {
    struct fray_err err = {0};
    struct fray_text text = {0};
    const struct fray_csv_rules rules = {.separator = signs[i]};
    bool good = fray_file_read_text(whole, INIT_MOST_BYTES, &text, &err) == FRAY_OK;
    char *copy = good ? fray_arena_strndup(t->arena, text.data, text.size) : NULL;
    good = copy && fray_csv_parse(t->path, copy, text.size, &rules, t->arena, csv, &err) == FRAY_OK;
    fray_text_free(&text);
    t->separator = signs[i];
    if (good && csv->n_columns > 1 && csv->n_rows > 0 && csv->n_rows <= INIT_MOST_ROWS)
      return true;
  }
  return false;
}

/* Braces would be fields of a template, and controls would break a comment. */
static bool is_usable(const char *name) {
  for (const unsigned char *p = (const unsigned char *)name; *p; p++)
    if (*p < 0x20 || *p == 0x7f || *p == '{' || *p == '}')
      return false;
  return *name != '\0';
}

/* As an import has names: without blanks at their ends. */
static const char *trimmed(const char *text, struct fray_arena *arena) {
  size_t n;
  /* Copied only where something is cut, as most cells need no copy. */
  while (isspace((unsigned char)*text))
    text++;
  for (n = strlen(text); n && isspace((unsigned char)text[n - 1]);)
    n--;
  return text[n] ? fray_arena_strndup(arena, text, n) : text;
}

/* Columns beyond the bound, and those that no template could name, are no fields here; the import
 * has them all the same. */
static enum fray_status take_columns(struct table *t, const struct fray_csv *csv,
                                     struct fray_err *err) {
  t->f = (struct init_fields){.n_rows = csv->n_rows};
  for (size_t c = 0; c < csv->n_columns && t->f.n < INIT_MOST_FIELDS; c++) {
    const char **cell;
    if (!is_usable(csv->column[c]))
      continue;
    FRAY_ALLOC(cell, t->arena, csv->n_rows, err);
    for (size_t i = 0; i < csv->n_rows; i++) {
      cell[i] = trimmed(fray_csv_at(csv, i, c), t->arena);
      FRAY_CHECK(cell[i], err, MEMORY, "out of memory");
    }
    t->f.name[t->f.n] = csv->column[c];
    t->f.cell[t->f.n++] = cell;
  }
  return FRAY_OK;
}

/* Whole paths first (a place without folder and ending), then those below the table's own folder,
 * then each folder that holds files. */
static enum fray_status list_places(struct table *t, struct fray_err *err) {
  const char *slash = strrchr(t->path, '/');
  /* No kind: it is the file that is then found that tells. */
  t->place[t->n_places++] = (struct place){"", "", NULL};
  if (slash) {
    const char *own = fray_arena_strndup(t->arena, t->path, (size_t)(slash - t->path) + 1);
    FRAY_CHECK(own, err, MEMORY, "out of memory");
    t->place[t->n_places++] = (struct place){own, "", NULL};
  }
  for (size_t i = 0; i < t->look->n && t->n_places + 2 <= MOST_PLACES; i++) {
    const struct init_file *file = &t->look->file[i];
    const char *end = strrchr(file->path, '/');
    if (!file->kind)
      continue;
    const char *folder =
        fray_arena_strndup(t->arena, file->path, end ? (size_t)(end - file->path) + 1 : 0);
    const char *suffix = strrchr(file->path, '.');
    FRAY_CHECK(folder, err, MEMORY, "out of memory");
    /* A folder may hold files of several endings; each is a place of its own. */
    bool known = false;
    for (size_t k = 0; k < t->n_places; k++)
      known = known || (t->place[k].kind && strcmp(t->place[k].folder, folder) == 0 &&
                        strcmp(t->place[k].suffix, suffix) == 0);
    if (known)
      continue;
    t->place[t->n_places++] = (struct place){folder, suffix, file->kind};
    t->place[t->n_places++] = (struct place){folder, "", file->kind};
  }
  return FRAY_OK;
}

/* How many of the first rows that say something name a file there. */
static size_t count_files(const struct table *t, size_t column, const struct place *place,
                          size_t rows, size_t *said, const char **first) {
  size_t there = 0;
  *said = 0;
  for (size_t i = 0; i < rows; i++) {
    char path[2048];
    const char *cell = t->f.cell[column][i];
    /* An empty cell is a modality that the sample lacks, and says nothing for or against. */
    if (!*cell || strlen(place->folder) + strlen(cell) + strlen(place->suffix) >= sizeof path)
      continue;
    strcpy(path, place->folder);
    strcat(path, cell);
    strcat(path, place->suffix);
    ++*said;
    const bool is = init_has(t->look, path);
    if (is && there++ == 0)
      *first = fray_arena_strdup(t->arena, path);
  }
  return there;
}

/* What names of modalities are made of. */
static bool is_name(const char *name) {
  for (const char *p = name; *p; p++)
    if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
      return false;
  return *name && strlen(name) < 64;
}

/* The column's name, or the folder's; the kind's where those say nothing or are taken. */
static const char *name_modality(const struct table *t, const char *wish,
                                 const struct fray_choice *kind) {
  const char *name = is_name(wish) ? wish : kind->name;
  /* Ends: there are fewer modalities than numbers. */
  for (size_t n = 2;; n++) {
    bool taken = false;
    for (size_t i = 0; i < t->n_guesses; i++)
      taken = taken || strcmp(t->guess[i].name, name) == 0;
    if (!taken)
      return name;
    name = fray_arena_printf(t->arena, "%s%zu", kind->name, n);
    if (!name)
      return kind->name;
  }
}

/* "audio" of "clips/audio/". */
static const char *last_folder(const char *folder, struct fray_arena *arena) {
  const size_t n = strlen(folder);
  size_t from = n ? n - 1 : 0;
  while (from > 0 && folder[from - 1] != '/')
    from--;
  const char *name = n ? fray_arena_strndup(arena, folder + from, n - 1 - from) : "";
  return name ? name : "";
}

/* Nine of ten rows that say something must name a file. A place that gave a modality gives no
 * other: ids name what a column of paths has named already. */
static enum fray_status guess_paths(struct table *t, struct fray_err *err) {
  const char *used[FRAY_MAX_MODALITIES];
  for (size_t p = 0; p < t->n_places; p++) {
    for (size_t c = 0; c < t->f.n && t->n_guesses < FRAY_MAX_MODALITIES; c++) {
      const struct place *place = &t->place[p];
      const char *first = NULL;
      size_t said,
          n = count_files(t, c, place, FRAY_MIN(t->f.n_rows, (size_t)FIRST_ROWS), &said, &first);
      if (!n || n * 10 < said * 9 || !first)
        continue;
      /* The first rows were enough to choose; whether a file is missing takes all of them. */
      n = count_files(t, c, place, t->f.n_rows, &said, &first);
      const struct fray_choice *kind = fray_import_kind_of(first);
      const char *end = strrchr(first, '/');
      const char *folder = fray_arena_strndup(t->arena, first, end ? (size_t)(end - first) + 1 : 0);
      FRAY_CHECK(folder, err, MEMORY, "out of memory");
      /* A file that exists but is of no kind, such as a readme, makes no modality. */
      bool again = !kind;
      for (size_t k = 0; k < t->n_guesses; k++)
        again = again || (strcmp(used[k], folder) == 0 && t->guess[k].kind == kind);
      if (again)
        continue;
      /* A column of whole paths goes by its name, all else is a template. */
      const bool bare = !*place->folder && !*place->suffix;
      const char *from = bare ? t->f.name[c]
                              : fray_arena_printf(t->arena, "%s{%s}%s", place->folder, t->f.name[c],
                                                  place->suffix);
      FRAY_CHECK(from, err, MEMORY, "out of memory");
      /* Where its first file lies: another column may name the same files in another way. */
      used[t->n_guesses] = folder;
      const char *wish = place->kind ? last_folder(place->folder, t->arena) : t->f.name[c];
      const struct guess guess = {
          .name = name_modality(t, wish, kind), .from = from, .kind = kind, .lacks = n < said};
      t->guess[t->n_guesses++] = guess; /* its name was chosen among those before */
      t->f.taken[c] = !place->kind;     /* an id that names files may still be the id */
    }
  }
  return FRAY_OK;
}

/* Several words in most rows, and seldom the same ones twice. */
static enum fray_status guess_texts(struct table *t, struct fray_err *err) {
  size_t texts = 0;
  for (size_t c = 0; c < t->f.n && t->n_guesses < FRAY_MAX_MODALITIES && texts < MOST_TEXTS; c++) {
    size_t words = 0, n;
    const char **value;
    if (t->f.taken[c])
      continue;
    for (size_t i = 0; i < t->f.n_rows; i++) {
      /* Two blanks: three words or more, which neither names nor dates have often. */
      const char *blank = strchr(t->f.cell[c][i], ' ');
      words += blank && strchr(blank + 1, ' ');
    }
    FRAY_TRY(init_distinct(&t->f, c, &value, &n, err));
    free(value);
    if (words * 2 < t->f.n_rows || n * 3 < t->f.n_rows)
      continue;
    const struct fray_choice *kind = fray_import_text_kind();
    const struct guess guess = {.name = name_modality(t, t->f.name[c], kind),
                                .from = t->f.name[c],
                                .kind = kind,
                                .is_text = true};
    t->guess[t->n_guesses++] = guess;
    t->f.taken[c] = true;
    texts++;
  }
  return FRAY_OK;
}

/* One map for paths, one for texts, as the reader has them. */
static void put_map(const struct table *t, bool texts, struct fray_text *out) {
  bool any = false;
  for (size_t i = 0; i < t->n_guesses; i++) {
    if (t->guess[i].is_text != texts)
      continue;
    if (!any)
      fray_text_puts(out, texts ? "    texts:  # guessed\n" : "    files:  # guessed\n");
    any = true;
    fray_text_puts(out, "      ");
    init_put_scalar(out, t->guess[i].name);
    fray_text_puts(out, ": ");
    init_put_scalar(out, t->guess[i].from);
    fray_text_puts(out, "\n");
  }
}

/* In the order in which a person would write it: what there is, where it is, what it says. */
static enum fray_status put_table(struct table *t, struct fray_text *out, struct fray_err *err) {
  struct init_roles roles;
  bool lacks = false;
  FRAY_TRY(init_choose(&t->f, &roles, err));
  /* Last resort, taken columns too: a text that is nowhere else names its row as well. */
  if (roles.id == t->f.n) /* nothing names rows; a file of each may */
    for (size_t i = 0; i < t->f.n; i++)
      if (t->f.distinct[i] == t->f.n_rows)
        roles.id = i;
  fray_text_printf(out, "# Found: a table of %zu rows and %zu columns.\nmodalities:\n", t->f.n_rows,
                   t->f.n);
  for (size_t i = 0; i < t->n_guesses; i++) {
    init_put_modality(t->guess[i].name, t->guess[i].kind, out);
    lacks = lacks || t->guess[i].lacks;
  }
  fray_text_puts(out, "inputs:\n  - reader: manifest\n    file: ");
  init_put_scalar(out, t->path);
  fray_text_puts(out, "\n");
  if (t->separator)
    fray_text_printf(out, "    separator: \"%s\"\n",
                     t->separator == '\t'  ? "\\t"
                     : t->separator == ';' ? ";"
                                           : "|");
  put_map(t, false, out);
  put_map(t, true, out);
  if (lacks)
    fray_text_puts(out,
                   "    absent: keep  # check: some files that the table names are not there\n");
  if (roles.id == t->f.n)
    fray_text_puts(
        out, "    # check: no column has a text of its own in each row, which an id must have\n");
  FRAY_TRY(init_put_roles(&t->f, &roles, roles.id == t->f.n ? "{id}" : NULL, out, err));
  return init_put_splits(&t->f, &roles, out, err);
}

/* The first table that names files or holds texts; tables deeper than one folder are most likely
 * values, of which there may be thousands. */
enum fray_status init_guess_table(const struct init_listing *look, const char *only,
                                  struct fray_arena *arena, struct fray_text *out, bool *found,
                                  struct fray_err *err) {
  size_t looked = 0;
  struct table *t;
  *found = false;
  FRAY_ALLOC(t, arena, 1, err);
  for (size_t i = 0; i < look->n && !*found && looked < INIT_MOST_TABLES; i++) {
    const char *path = look->file[i].path, *slash = strchr(path, '/');
    struct fray_csv csv;
    const bool deep = slash && strchr(slash + 1, '/');
    if (only ? strcmp(path, only) != 0 : !look->file[i].is_table || deep)
      continue;
    looked++;
    /* What an earlier table left is of no use to the next one. */
    *t = (struct table){.look = look, .arena = arena, .path = path};
    if (!read_csv(t, &csv))
      continue;
    FRAY_TRY(take_columns(t, &csv, err));
    FRAY_TRY(list_places(t, err));
    FRAY_TRY(guess_paths(t, err));
    FRAY_TRY(guess_texts(t, err));
    *found = t->n_guesses > 0;
  }
  return *found ? put_table(t, out, err) : FRAY_OK;
}
