/* Folders of files without a table of samples: what differs between their paths becomes fields of
 * patterns. Files of other kinds that bear the same fields are other modalities of the samples. */
#include "known_names.h"
#include "name_cuts.h"

#include "fray/base/size.h"
#include "fray/import/import.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SUFFIXES = 6 };

/* The main kind first, then those that go with it. */
struct files {
  const struct init_listing *look;
  struct init_fields f;
  struct init_joins joins;
  struct init_roles roles;
  size_t n;
  struct member {
    struct init_paths paths;
    size_t field[INIT_MOST_PIECES];
    const char *suffix; /* the commonest */
  } v[FRAY_MAX_MODALITIES];
};

/* The kind that most files are of; tables of numbers only where there is nothing else, since one
 * table beside many sounds is more likely a list of them. */
static const struct fray_choice *commonest(const struct init_listing *look) {
  const struct fray_choice *best = NULL;
  size_t most = 0;
  for (int tables = 0; tables < 2 && !best; tables++)
    for (size_t k = 0; k < fray_import_kinds.n; k++) {
      size_t n = 0;
      for (size_t i = 0; i < look->n; i++)
        n +=
            look->file[i].kind == fray_import_kinds.v[k] && look->file[i].is_table == (tables == 1);
      /* Of equally many the first kind, so that the same files give the same YAML. */
      if (n > most)
        most = n, best = fray_import_kinds.v[k];
    }
  return best;
}

/* A kind is known by its ending, so there is one. */
static const char *suffix_of(const struct init_file *file) {
  return strrchr(file->path, '.');
}

/* Of the endings of some files the one that most have. */
static const char *common_suffix(const struct init_paths *paths) {
  const char *best = "";
  size_t most = 0;
  for (size_t i = 0; i < paths->n_rows && i < 64; i++) {
    size_t n = 0;
    for (size_t k = 0; k < paths->n_rows; k++)
      n += strcmp(suffix_of(paths->file[k]), suffix_of(paths->file[i])) == 0;
    if (n > most) {
      most = n;
      best = suffix_of(paths->file[i]);
    }
  }
  return best;
}

/* So that what nobody uses can be said in the end. */
static void mark_used(const struct init_paths *paths, const char *suffix) {
  for (size_t i = 0; i < paths->n_rows; i++)
    paths->file[i]->used = paths->file[i]->used || strcmp(suffix_of(paths->file[i]), suffix) == 0;
}

/* ---- files of other kinds ---- */

/* By bytes: rows are only asked whether they are equal. */
static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The texts of a row as one; a sign between that no name has. */
static enum fray_status join_texts(const struct init_fields *f, struct fray_arena *arena,
                                   const char ***out, struct fray_err *err) {
  FRAY_ALLOC(*out, arena, f->n_rows, err);
  for (size_t i = 0; i < f->n_rows; i++) {
    struct fray_text text = {0};
    fray_text_puts(&text, "");
    for (size_t k = 0; k < f->n; k++)
      fray_text_printf(&text, "%s/", f->cell[k][i]);
    (*out)[i] = text.failed || !text.data ? NULL : fray_arena_strdup(arena, text.data);
    fray_text_free(&text);
    FRAY_CHECK((*out)[i], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* Half of the smaller side must be on the other one as well. */
static enum fray_status go_together(const struct init_fields *a, const struct init_fields *b,
                                    struct fray_arena *arena, bool *out, struct fray_err *err) {
  const char **x, **y;
  size_t met = 0;
  *out = false;
  if (a->n != b->n || b->n_rows < 2)
    return FRAY_OK;
  /* Sets of rows, not of texts: a speaker of both may have said other things in each. */
  FRAY_TRY(join_texts(a, arena, &x, err));
  FRAY_TRY(join_texts(b, arena, &y, err));
  qsort(x, a->n_rows, sizeof *x, by_text);
  for (size_t i = 0; i < b->n_rows; i++)
    met += bsearch(&y[i], x, a->n_rows, sizeof *x, by_text) != NULL;
  *out = met * 2 >= FRAY_MIN(a->n_rows, b->n_rows);
  return FRAY_OK;
}

/* Rows of all of them, each once, so that a joined table is asked for those of every kind. */
static enum fray_status unite_rows(struct files *s, const struct init_fields *more,
                                   struct fray_arena *arena, struct fray_err *err) {
  const char **x, **y, **sorted;
  size_t n = s->f.n_rows;
  FRAY_TRY(join_texts(&s->f, arena, &x, err));
  FRAY_TRY(join_texts(more, arena, &y, err));
  FRAY_ALLOC(sorted, arena, n, err);
  memcpy(sorted, x, n * sizeof *x);
  qsort(sorted, n, sizeof *sorted, by_text);
  for (size_t k = 0; k < s->f.n; k++) {
    const char **cell;
    size_t row = n;
    FRAY_ALLOC(cell, arena, n + more->n_rows, err);
    memcpy(cell, s->f.cell[k], n * sizeof *cell);
    for (size_t i = 0; i < more->n_rows; i++)
      if (!bsearch(&y[i], sorted, n, sizeof *sorted, by_text))
        cell[row++] = more->cell[k][i];
    s->f.cell[k] = cell;
    s->f.n_rows = k + 1 < s->f.n ? n : row;
  }
  return FRAY_OK;
}

/* Each other kind is cut like the main one, and joins it where the same fields come of it. */
static enum fray_status add_others(struct files *s, struct fray_arena *arena,
                                   struct fray_err *err) {
  /* Fields of the main kind as they were: rows of others come to them below. */
  const struct init_fields main = s->f;
  /* Each is held against the main kind as it was found, not against what came to it since. */
  for (size_t k = 0; k < fray_import_kinds.n && s->n < FRAY_MAX_MODALITIES; k++) {
    const struct fray_choice *kind = fray_import_kinds.v[k];
    struct member *other = &s->v[s->n];
    struct init_fields f;
    bool together;
    if (kind == s->v[0].paths.kind)
      continue;
    FRAY_TRY(init_cut_paths(s->look, kind, NULL, arena, &other->paths, err));
    if (!other->paths.n_rows)
      continue;
    FRAY_TRY(init_piece_fields(&other->paths, arena, &f, other->field, err));
    FRAY_TRY(go_together(&main, &f, arena, &together, err));
    /* Of another number of fields, or hardly any row in common: not of these samples. */
    if (!together)
      continue;
    other->suffix = common_suffix(&other->paths);
    mark_used(&other->paths, other->suffix);
    FRAY_TRY(unite_rows(s, &f, arena, err));
    s->n++;
  }
  return FRAY_OK;
}

/* ---- what is written ---- */

/* What was found has a name that says so, which the templates then use by themselves; unless a
 * joined table has a column of that name. */
static void name_field(struct init_fields *f, size_t field, size_t n_own, const char *name) {
  for (size_t i = 0; i < f->n; i++)
    if (strcmp(f->name[i], name) == 0)
      return;
  if (field < n_own)
    f->name[field] = name;
}

/* Fields of the names, since files of several kinds have no path in common. */
static const char *own_id(const struct files *s, struct fray_arena *arena) {
  struct fray_text text = {0};
  fray_text_puts(&text, "");
  for (size_t i = 0; i < s->joins.n_own; i++)
    fray_text_printf(&text, "%s{%s}", i ? "/" : "", s->f.name[i]);
  const char *id = text.failed || !text.data ? NULL : fray_arena_strdup(arena, text.data);
  fray_text_free(&text);
  return id;
}

/* Common to inputs of one kind and of several. */
static enum fray_status put_roles(const struct files *s, const char *id, struct fray_text *out,
                                  struct fray_err *err) {
  init_put_joins(&s->f, &s->joins, out);
  return init_put_roles(&s->f, &s->roles, id, out, err);
}

/* One input for all kinds. */
static enum fray_status put_patterns(const struct files *s, struct fray_arena *arena,
                                     struct fray_text *out, struct fray_err *err) {
  /* The same for all kinds, however their folders are called. */
  const char *id = own_id(s, arena);
  FRAY_CHECK(id, err, MEMORY, "out of memory");
  fray_text_puts(out, "  - reader: files\n    patterns:\n");
  for (size_t k = 0; k < s->n; k++) {
    const struct member *member = &s->v[k];
    fray_text_printf(out, "      %s: ", member->paths.kind->name);
    init_put_pattern(&member->paths, member->field, &s->f, member->suffix, out);
    fray_text_printf(out, "  # guessed from %s\n", FRAY_N(member->paths.n_rows, "path"));
  }
  return put_roles(s, id, out, err);
}

/* An input for each ending: .JPG and .jpg lie in one folder often enough. */
static enum fray_status put_inputs(const struct files *s, struct fray_text *out,
                                   struct fray_err *err) {
  const struct member *member = &s->v[0];
  const char *seen[MOST_SUFFIXES];
  size_t n_seen = 0;
  for (size_t i = 0; i < member->paths.n_rows; i++) {
    const char *suffix = suffix_of(member->paths.file[i]);
    bool known = n_seen == MOST_SUFFIXES;
    for (size_t k = 0; k < n_seen && !known; k++)
      known = strcmp(seen[k], suffix) == 0;
    if (known)
      continue;
    seen[n_seen++] = suffix;
    mark_used(&member->paths, suffix);
    fray_text_puts(out, "  - reader: files\n    pattern: ");
    init_put_pattern(&member->paths, member->field, &s->f, suffix, out);
    fray_text_printf(out, "  # guessed from %s\n    modality: %s\n",
                     FRAY_N(member->paths.n_rows, "path"), member->paths.kind->name);
    FRAY_TRY(put_roles(s, "{path}", out, err));
  }
  return FRAY_OK;
}

/* Facts first, then what was made of them, as in every YAML that is written here. */
static enum fray_status put_files(struct files *s, struct fray_arena *arena, struct fray_text *out,
                                  struct fray_err *err) {
  struct init_fields *f = &s->f;
  s->roles = INIT_NO_ROLES;
  FRAY_TRY(init_choose(f, &s->roles, err));
  name_field(f, s->roles.label, s->joins.n_own, "label");
  name_field(f, s->roles.client, s->joins.n_own, "client");
  name_field(f, s->roles.split, s->joins.n_own, "subset");
  for (size_t k = 0; k < s->n; k++)
    fray_text_printf(out, "# Found: %s of the kind %s, %zu of them with one shape of path.\n",
                     FRAY_N(s->v[k].paths.n_files, "data file"), s->v[k].paths.kind->name,
                     s->v[k].paths.n_rows);
  FRAY_TRY(init_put_fields(f, out, err));
  fray_text_puts(out, "modalities:\n");
  for (size_t k = 0; k < s->n; k++)
    init_put_modality(s->v[k].paths.kind->name, s->v[k].paths.kind, s->look->folder,
                      s->v[k].paths.file[0]->path, out);
  fray_text_puts(out, "inputs:\n");
  FRAY_TRY(s->n > 1 ? put_patterns(s, arena, out, err) : put_inputs(s, out, err));
  return init_put_splits(f, &s->roles, out, err);
}

/* A scheme that is known says more than any counting of values. */
enum fray_status init_guess_files(const struct init_listing *look, const struct init_tables *tables,
                                  struct fray_arena *arena, struct fray_text *out, bool *found,
                                  struct fray_err *err) {
  const struct fray_choice *kind = commonest(look);
  struct files *s;
  *found = kind != NULL;
  /* Nothing that is known by its ending: the caller says so, with the number of files. */
  if (!kind)
    return FRAY_OK;
  for (size_t i = 0; i < look->n; i++)
    look->file[i].used = false;
  bool known;
  FRAY_TRY(init_put_known(look, kind, arena, out, &known, err));
  if (known)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(s, arena, 1, err);
  s->look = look;
  s->n = 1;
  /* Files of other shapes are left out by the import as well, which counts and names them. */
  FRAY_TRY(init_cut_paths(look, kind, NULL, arena, &s->v[0].paths, err));
  FRAY_TRY(init_piece_fields(&s->v[0].paths, arena, &s->f, s->v[0].field, err));
  /* Others than the commonest ending have inputs of their own, if there is but one kind. */
  s->v[0].suffix = common_suffix(&s->v[0].paths);
  mark_used(&s->v[0].paths, s->v[0].suffix);
  FRAY_TRY(add_others(s, arena, err));
  const struct init_table self = {.path = "", .f = s->f};
  FRAY_TRY(init_join_tables(tables, &self, &s->f, arena, &s->joins, err));
  /* A table that was joined is used, though no pattern names it. */
  init_mark_joined(look, &s->joins);
  return put_files(s, arena, out, err);
}
