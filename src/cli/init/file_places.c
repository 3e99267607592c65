/* Which files a table's columns name: by whole paths, by names below a folder, or by names of files
 * that lie anywhere, in folders that other columns name. */
#include "init.h"

#include "fray/base/size.h"
#include "fray/import/import.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PLACES = 64, FIRST_ROWS = 50, MOST_TEMPLATES = 64 };

/* Where files of one kind lie: a folder and an ending. */
struct place {
  const char *folder, *suffix; /* "" or "audio/"; ".wav" */
  const struct fray_choice *kind;
};

struct search {
  const struct init_listing *look;
  struct fray_arena *arena;
  const char *table;
  struct init_fields *f;
  struct init_guesses *out;
  struct place place[MOST_PLACES];
  size_t n_places;
  struct stem { /* (n_stems) by name */
    const char *name;
    struct init_file *file;
  } * stem;
  size_t n_stems;
};

/* Whole paths first (a place without folder and ending), then those below the table's own folder,
 * then each folder that holds files. */
static enum fray_status list_places(struct search *t, struct fray_err *err) {
  const char *slash = strrchr(t->table, '/');
  /* No kind: it is the file that is then found that tells. */
  t->place[t->n_places++] = (struct place){"", "", NULL};
  if (slash) {
    const char *own = fray_arena_strndup(t->arena, t->table, (size_t)(slash - t->table) + 1);
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

/* A cell as the path of a file, if there is one of a kind that an import reads. */
static struct init_file *file_at(const struct search *t, size_t column, const struct place *place,
                                 size_t row) {
  char path[2048];
  const char *cell = t->f->cell[column][row];
  if (!*cell || strlen(place->folder) + strlen(cell) + strlen(place->suffix) >= sizeof path)
    return NULL;
  strcpy(path, place->folder);
  strcat(path, cell);
  strcat(path, place->suffix);
  struct init_file *file = init_find(t->look, path);
  /* The table itself and a readme are files too; they are of no kind, or of no row. */
  return file && file->kind && strcmp(file->path, t->table) != 0 ? file : NULL;
}

/* Rows that say something, and those of them that name a file there. An empty cell is a modality
 * that the sample lacks, and says nothing for or against. */
static size_t count_files(const struct search *t, size_t column, const struct place *place,
                          size_t rows, bool mark, size_t *said, size_t *fresh,
                          struct init_file **first) {
  size_t there = 0;
  *said = *fresh = 0;
  for (size_t i = 0; i < rows; i++) {
    *said += t->f->cell[column][i][0] != '\0';
    struct init_file *file = file_at(t, column, place, i);
    if (!file)
      continue;
    if (there++ == 0)
      *first = file;
    *fresh += !file->used;
    file->used = file->used || mark;
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
const char *init_name_modality(const struct init_guesses *guesses, const char *wish,
                               const struct fray_choice *kind, struct fray_arena *arena) {
  /* "path" says nothing of what is there. */
  const char *name = is_name(wish) && !init_is_called(wish, INIT_PATH) ? wish : kind->name;
  /* Ends: there are fewer modalities than numbers. */
  for (size_t n = 2;; n++) {
    bool taken = false;
    for (size_t i = 0; i < guesses->n; i++)
      taken = taken || strcmp(guesses->v[i].name, name) == 0;
    if (!taken)
      return name;
    name = fray_arena_printf(arena, "%s%zu", kind->name, n);
    if (!name)
      return kind->name;
  }
}

/* "audio" of "clips/audio/", and of "audio/{speaker}/". */
static const char *last_folder(const char *folder, struct fray_arena *arena) {
  const char *name = "";
  for (const char *p = folder, *end; (end = strchr(p, '/')); p = end + 1)
    if (!memchr(p, '{', (size_t)(end - p)))
      name = fray_arena_strndup(arena, p, (size_t)(end - p));
  return name ? name : "";
}

/* What was found becomes a modality, named by where its files lie. */
static void add_guess(struct search *t, const char *wish, const char *from, size_t column,
                      bool lacks, const struct init_file *first) {
  const struct init_guess guess = {.name = init_name_modality(t->out, wish, first->kind, t->arena),
                                   .from = from,
                                   .first = first->path,
                                   .kind = first->kind,
                                   .lacks = lacks};
  t->out->v[t->out->n++] = guess; /* its name was chosen among those before */
  /* An id that names files may still be the id. */
  t->f->taken[column] = t->f->taken[column] || !strchr(from, '{');
}

/* Half of the rows that say something must name a file: names that are there by chance are seldom
 * so many. Files that gave a modality give no other: ids name what a column of paths has named
 * already. */
static enum fray_status guess_place(struct search *t, const struct place *place, size_t c,
                                    struct fray_err *err) {
  struct init_file *first = NULL;
  size_t said, fresh;
  size_t n = count_files(t, c, place, FRAY_MIN(t->f->n_rows, (size_t)FIRST_ROWS), false, &said,
                         &fresh, &first);
  if (!n || n * 2 < said || fresh * 2 < n)
    return FRAY_OK;
  /* The first rows were enough to choose; whether a file is missing takes all of them. */
  n = count_files(t, c, place, t->f->n_rows, true, &said, &fresh, &first);
  /* A column of whole paths goes by its name, all else is a template. */
  /* The shortest way to say it is what a person would have written. */
  const bool bare = !*place->folder && !*place->suffix;
  const char *from =
      bare ? t->f->name[c]
           : fray_arena_printf(t->arena, "%s{%s}%s", place->folder, t->f->name[c], place->suffix);
  FRAY_CHECK(from, err, MEMORY, "out of memory");
  add_guess(t, place->kind ? last_folder(place->folder, t->arena) : t->f->name[c], from, c,
            n < said, first);
  return FRAY_OK;
}

/* ---- files that lie anywhere ---- */

/* By bytes, as runs of one name are all that the order is for. */
static int by_name(const void *a, const void *b) {
  const struct stem *s = a, *t = b;
  return strcmp(s->name, t->name);
}

/* Names without folders and endings, sorted, as cells most often have them. */
static enum fray_status list_stems(struct search *t, struct fray_err *err) {
  FRAY_ALLOC(t->stem, t->arena, t->look->n, err);
  for (size_t i = 0; i < t->look->n; i++) {
    struct init_file *file = &t->look->file[i];
    const char *slash = strrchr(file->path, '/'), *name = slash ? slash + 1 : file->path;
    if (!file->kind)
      continue;
    const char *stem = fray_arena_strndup(t->arena, name, (size_t)(strrchr(name, '.') - name));
    FRAY_CHECK(stem, err, MEMORY, "out of memory");
    t->stem[t->n_stems++] = (struct stem){stem, file};
  }
  if (t->n_stems)
    qsort(t->stem, t->n_stems, sizeof *t->stem, by_name);
  return FRAY_OK;
}

/* A template that some rows' files fit, as one row suggests it. */
struct candidate {
  const char *from;
  size_t column, rows;
};

/* Folders that another column names become its field: "audio/P01/x.wav" of the row with P01. */
static const char *template_of(struct search *t, size_t column, size_t row, const char *path,
                               const char *suffix) {
  struct fray_text text = {0};
  for (const char *p = path, *end; (end = strchr(p, '/')); p = end + 1) {
    const size_t n = (size_t)(end - p);
    /* Of several columns the first: they would be the same in this row, and counts tell later. */
    size_t field = t->f->n;
    for (size_t k = 0; k < t->f->n && field == t->f->n; k++)
      if (k != column && strncmp(t->f->cell[k][row], p, n) == 0 && !t->f->cell[k][row][n])
        field = k;
    if (field < t->f->n)
      fray_text_printf(&text, "{%s}/", t->f->name[field]);
    else
      fray_text_printf(&text, "%.*s/", (int)n, p);
  }
  fray_text_printf(&text, "{%s}%s", t->f->name[column], suffix);
  const char *out = text.failed ? NULL : fray_arena_strdup(t->arena, text.data);
  fray_text_free(&text);
  return out;
}

/* Whether a cell is the name of a file, with its ending or without. */
static bool names_it(const char *cell, const struct stem *stem) {
  const char *slash = strrchr(stem->file->path, '/');
  return strcmp(cell, stem->name) == 0 || strcmp(cell, slash ? slash + 1 : stem->file->path) == 0;
}

/* First place at which a file of the cell's name may stand. */
static size_t find_stem(const struct search *t, const char *cell) {
  const char *dot = strrchr(cell, '.');
  size_t low = 0, high = t->n_stems;
  /* A binary search for the first of a run: files of several kinds may bear one name. */
  /* Without its ending, if it is one that files have: names may hold dots. */
  const size_t n = dot && fray_import_kind_of(cell) ? (size_t)(dot - cell) : strlen(cell);
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const int order = strncmp(t->stem[middle].name, cell, n);
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* How many rows a template has, over all rows; marks its files if asked to. */
static enum fray_status match_rows(struct search *t, size_t column, struct candidate *list,
                                   size_t *n, const char *mark, struct init_file **first,
                                   struct fray_err *err) {
  for (size_t row = 0; row < t->f->n_rows; row++) {
    const char *cell = t->f->cell[column][row];
    for (size_t s = *cell ? find_stem(t, cell) : t->n_stems;
         s < t->n_stems && strncmp(t->stem[s].name, cell, strlen(t->stem[s].name)) == 0; s++) {
      struct init_file *file = t->stem[s].file;
      if (!names_it(cell, &t->stem[s]) || (file->used && !mark))
        continue;
      const struct fray_arena_place place = fray_arena_mark(t->arena);
      const char *suffix = strcmp(cell, t->stem[s].name) == 0 ? strrchr(file->path, '.') : "";
      const char *from = template_of(t, column, row, file->path, suffix);
      FRAY_CHECK(from, err, MEMORY, "out of memory");
      size_t k = 0;
      while (k < *n && strcmp(list[k].from, from) != 0)
        k++;
      /* A second walk marks what the first one chose. */
      if (mark && strcmp(mark, from) == 0) {
        file->used = true;
        *first = *first ? *first : file;
      }
      if (k < *n)
        list[k].rows++;
      else if (*n < MOST_TEMPLATES && !mark) {
        list[(*n)++] = (struct candidate){from, column, 1};
        continue; /* its text is needed */
      }
      fray_arena_rewind(t->arena, place);
    }
  }
  return FRAY_OK;
}

/* Each template that half of the rows have is a modality: sound and pictures may bear one name. */
static enum fray_status guess_stems(struct search *t, size_t column, struct fray_err *err) {
  struct candidate list[MOST_TEMPLATES];
  size_t n = 0, said = 0;
  for (size_t i = 0; i < t->f->n_rows; i++)
    said += t->f->cell[column][i][0] != '\0';
  FRAY_TRY(match_rows(t, column, list, &n, NULL, NULL, err));
  for (size_t k = 0; k < n && t->out->n < FRAY_MAX_MODALITIES; k++) {
    struct init_file *first = NULL;
    size_t none = 0;
    /* A template of few rows is a name that two things happen to share. */
    if (list[k].rows * 2 < said)
      continue;
    FRAY_TRY(match_rows(t, column, NULL, &none, list[k].from, &first, err));
    if (first)
      add_guess(t, last_folder(list[k].from, t->arena), list[k].from, column, list[k].rows < said,
                first);
  }
  return FRAY_OK;
}

/* Places first, whose templates are shorter; names that lie anywhere are looked for in what is
 * left. */
enum fray_status init_find_places(const struct init_listing *look, const char *table,
                                  struct init_fields *f, struct fray_arena *arena,
                                  struct init_guesses *out, struct fray_err *err) {
  struct search *t;
  FRAY_ALLOC_ZERO(t, arena, 1, err);
  t->look = look;
  t->arena = arena;
  t->table = table;
  t->f = f;
  t->out = out;
  FRAY_TRY(list_places(t, err));
  FRAY_TRY(list_stems(t, err));
  for (size_t p = 0; p < t->n_places; p++)
    for (size_t c = 0; c < f->n && out->n < FRAY_MAX_MODALITIES; c++)
      FRAY_TRY(guess_place(t, &t->place[p], c, err));
  for (size_t c = 0; c < f->n; c++)
    FRAY_TRY(guess_stems(t, c, err));
  return FRAY_OK;
}
