/* A table with a row for each sample: columns that name files, texts, and what is said of them;
 * tables that go on with it, one for each split; and others that tell more of its rows. */
#include "init.h"

#include "fray/base/size.h"
#include "fray/import/import.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TEXTS = 2, ENOUGH_FILES = 10 };

/* What was made of one table. */
struct draft {
  const struct init_table *table;
  struct init_fields f;
  struct init_joins joins;
  struct init_guesses guesses;
};

/* Several words in most rows, and seldom the same ones twice. */
static enum fray_status guess_texts(struct draft *d, struct fray_arena *arena,
                                    struct fray_err *err) {
  size_t texts = 0;
  struct init_fields *f = &d->f;
  for (size_t c = 0; c < f->n && d->guesses.n < FRAY_MAX_MODALITIES && texts < MOST_TEXTS; c++) {
    size_t words = 0, n;
    const char **value;
    if (f->taken[c])
      continue;
    for (size_t i = 0; i < f->n_rows; i++) {
      /* Two blanks: three words or more, which neither names nor dates have often. */
      const char *blank = strchr(f->cell[c][i], ' ');
      words += blank && strchr(blank + 1, ' ');
    }
    FRAY_TRY(init_distinct(f, c, &value, &n, err));
    free(value);
    /* A column of texts says so by its name as well: short ones and few samples are common. */
    const bool named = strcmp(f->name[c], fray_import_text_kind()->name) == 0;
    if (words * (named ? 10 : 2) < f->n_rows || n * 3 < f->n_rows)
      continue;
    const struct fray_choice *kind = fray_import_text_kind();
    const struct init_guess guess = {.name =
                                         init_name_modality(&d->guesses, f->name[c], kind, arena),
                                     .from = f->name[c],
                                     .kind = kind,
                                     .is_text = true};
    d->guesses.v[d->guesses.n++] = guess;
    f->taken[c] = true;
    texts++;
  }
  return FRAY_OK;
}

/* What would be written of a table, without writing it. */
static enum fray_status make_draft(const struct init_listing *look,
                                   const struct init_tables *tables, const struct init_table *t,
                                   struct fray_arena *arena, struct draft *out,
                                   struct fray_err *err) {
  *out = (struct draft){.table = t, .f = t->f};
  /* Each table is tried as if it were alone; joins first, since paths and texts may lie in them. */
  for (size_t i = 0; i < look->n; i++)
    look->file[i].used = false;
  /* Lists are no values, although a column of splits names "train". */
  for (size_t i = 0; i < tables->n; i++)
    if (!tables->v[i].is_numbers && init_find(look, tables->v[i].path))
      init_find(look, tables->v[i].path)->used = true;
  FRAY_TRY(init_join_tables(tables, t, &out->f, arena, &out->joins, err));
  FRAY_TRY(init_find_places(look, t->path, &out->f, arena, &out->guesses, err));
  return guess_texts(out, arena, err);
}

/* One map for paths, one for texts, as the reader has them. */
static void put_map(const struct draft *d, bool texts, struct fray_text *out) {
  bool any = false;
  for (size_t i = 0; i < d->guesses.n; i++) {
    const struct init_guess *guess = &d->guesses.v[i];
    if (guess->is_text != texts)
      continue;
    if (!any)
      fray_text_puts(out, texts ? "    texts:  # guessed\n" : "    files:  # guessed\n");
    any = true;
    fray_text_puts(out, "      ");
    init_put_scalar(out, guess->name);
    fray_text_puts(out, ": ");
    init_put_scalar(out, guess->from);
    fray_text_puts(out, "\n");
  }
}

/* ---- tables that go on with it ---- */

/* Folders hold names of splits for other reasons. */
static const char *name_in(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* Of the same columns, in the same folder, and named after another split. */
static bool goes_on(const struct init_table *a, const struct init_table *b) {
  const size_t folder = (size_t)(name_in(a->path) - a->path);
  if (folder != (size_t)(name_in(b->path) - b->path) || strncmp(a->path, b->path, folder) != 0 ||
      init_split_in(name_in(b->path)) == FRAY_SPLITS || a->f.n != b->f.n ||
      a->separator != b->separator)
    return false;
  for (size_t c = 0; c < a->f.n; c++)
    if (strcmp(a->f.name[c], b->f.name[c]) != 0)
      return false;
  return true;
}

/* A table for each split: train.jsonl, dev_seen.jsonl, test_seen.jsonl; the first of each. */
static size_t list_parts(const struct init_tables *tables, const struct init_table *first,
                         const struct init_table *part[FRAY_SPLITS]) {
  size_t n = 0;
  for (int s = 0; s < FRAY_SPLITS; s++)
    part[s] = NULL;
  /* A lone list may be called anything; it is those beside it that make it a part. */
  if (init_split_in(name_in(first->path)) == FRAY_SPLITS)
    return 0;
  for (size_t i = 0; i < tables->n; i++) {
    const enum fray_split s = init_split_in(name_in(tables->v[i].path));
    if (!goes_on(first, &tables->v[i]) || part[s])
      continue;
    part[s] = &tables->v[i];
    n++;
  }
  return n > 1 && part[FRAY_TRAIN] ? n : 0;
}

/* All their rows one below the other, with a column that says where each comes from. */
static enum fray_status put_together(const struct init_table *const part[FRAY_SPLITS],
                                     struct fray_arena *arena, struct init_table *out,
                                     struct fray_err *err) {
  const struct init_table *first = part[FRAY_TRAIN];
  size_t n = 0, row = 0;
  const char **split;
  for (int s = 0; s < FRAY_SPLITS; s++)
    n += part[s] ? part[s]->f.n_rows : 0;
  *out = *first;
  out->f.n_rows = n;
  for (size_t c = 0; c < first->f.n; c++) {
    FRAY_ALLOC(out->f.cell[c], arena, n, err);
    row = 0;
    for (int s = 0; s < FRAY_SPLITS; s++)
      for (size_t i = 0; part[s] && i < part[s]->f.n_rows; i++)
        out->f.cell[c][row++] = part[s]->f.cell[c][i];
  }
  /* The last column gives way to the one that says the split. */
  if (out->f.n == INIT_MOST_FIELDS)
    out->f.n--;
  /* As long as all of them together. */
  FRAY_ALLOC(split, arena, n, err);
  row = 0;
  for (int s = 0; s < FRAY_SPLITS; s++)
    for (size_t i = 0; part[s] && i < part[s]->f.n_rows; i++)
      split[row++] = fray_split_names[s];
  out->f.name[out->f.n] = "split";
  out->f.cell[out->f.n++] = split;
  return FRAY_OK;
}

/* ---- what is written ---- */

/* In the order in which a person would write it: what there is, where it is, what it says. */
static enum fray_status put_input(const struct draft *d, const struct init_table *t,
                                  const struct init_roles *roles, const char *id, const char *split,
                                  struct fray_text *out, struct fray_err *err) {
  bool lacks = false;
  fray_text_puts(out, "  - reader: manifest\n    file: ");
  init_put_scalar(out, t->path);
  fray_text_puts(out, "\n");
  if (t->separator) {
    fray_text_puts(out, "    separator: ");
    init_put_separator(t->separator, out);
    fray_text_puts(out, "\n");
  }
  put_map(d, false, out);
  put_map(d, true, out);
  for (size_t i = 0; i < d->guesses.n; i++)
    lacks = lacks || d->guesses.v[i].lacks;
  if (lacks)
    fray_text_puts(out,
                   "    absent: keep  # check: some files that the table names are not there\n");
  init_put_joins(&d->f, &d->joins, out);
  if (id && strstr(id, "{row}"))
    fray_text_puts(out, "    # check: no column has a text of its own in each row, so ids are "
                        "numbers of rows\n");
  /* The table's own name says the split, so no column is asked. */
  struct init_roles said = *roles;
  if (split) {
    fray_text_printf(out, "    split: %s  # guessed from the name of the table\n", split);
    said.split = d->f.n;
  }
  return init_put_roles(&d->f, &said, id, out, err);
}

/* A column that is called an id and is one within its own table; else the row. */
static enum fray_status own_id(const struct draft *d, const struct init_table *part,
                               const char *split, struct fray_arena *arena, const char **out,
                               struct fray_err *err) {
  const char *field = "row";
  for (size_t i = 0; i < part->f.n && i < d->joins.n_own && strcmp(field, "row") == 0; i++) {
    const char **value;
    size_t n;
    if (!init_is_called(part->f.name[i], INIT_ID))
      continue;
    FRAY_TRY(init_distinct(&part->f, i, &value, &n, err));
    free(value);
    if (n == part->f.n_rows)
      field = part->f.name[i];
  }
  *out = fray_arena_printf(arena, "%s/{%s}", split, field);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Roles are chosen once over all parts, so that every input says the same of its columns. */
static enum fray_status put_table(struct draft *d, const struct init_table *const *part,
                                  const char *folder, struct fray_arena *arena,
                                  struct fray_text *out, struct fray_err *err) {
  struct init_fields *f = &d->f;
  struct init_roles roles = INIT_NO_ROLES;
  /* Known, so it is not looked for: a column of the same words would be something else. */
  if (part)
    roles.split = d->joins.n_own - 1;
  FRAY_TRY(init_choose(f, &roles, err));
  /* Last resort, taken columns too: a text that is nowhere else names its row as well. */
  for (size_t i = 0; i < f->n && roles.id == f->n && !part; i++)
    if (f->distinct[i] == f->n_rows)
      roles.id = i;
  fray_text_printf(out, "# Found: a table of %zu rows and %zu columns.\n", f->n_rows,
                   d->joins.n_own - (part != NULL));
  FRAY_TRY(init_put_fields(f, out, err));
  fray_text_puts(out, "modalities:\n");
  for (size_t i = 0; i < d->guesses.n; i++)
    init_put_modality(d->guesses.v[i].name, d->guesses.v[i].kind, folder, d->guesses.v[i].first,
                      out);
  fray_text_puts(out, "inputs:\n");
  const char *id = roles.id == f->n ? "{row}" : NULL;
  if (!part)
    FRAY_TRY(put_input(d, d->table, &roles, id, NULL, out, err));
  for (int s = 0; part && s < FRAY_SPLITS; s++) {
    /* Numbers that begin anew in each table are told apart by the split. */
    const char *own = id;
    if (id && part[s])
      FRAY_TRY(own_id(d, part[s], fray_split_names[s], arena, &own, err));
    if (part[s])
      FRAY_TRY(put_input(d, part[s], &roles, own, fray_split_names[s], out, err));
  }
  return init_put_splits(f, &roles, out, err);
}

/* Files that no table names weigh more than a remark in one: it is of people, most likely. */
static bool is_enough(const struct init_listing *look, const struct draft *d) {
  size_t files = 0, named = 0;
  for (size_t i = 0; i < d->guesses.n; i++)
    named += !d->guesses.v[i].is_text;
  for (size_t i = 0; i < look->n; i++)
    files += look->file[i].kind && !look->file[i].is_table;
  return named || files < ENOUGH_FILES || d->f.n_rows >= files;
}

/* The table that gives most modalities, of those the one of most rows. */
enum fray_status init_guess_table(const struct init_listing *look, const struct init_tables *tables,
                                  bool first, struct fray_arena *arena, struct fray_text *out,
                                  bool *found, struct fray_err *err) {
  struct draft *d;
  const struct init_table *best = NULL, *part[FRAY_SPLITS];
  size_t most = 0;
  FRAY_ALLOC(d, arena, 1, err);
  for (size_t i = 0; i < (first ? FRAY_MIN(tables->n, (size_t)1) : tables->n); i++) {
    const struct init_table *t = &tables->v[i];
    const struct fray_arena_place mark = fray_arena_mark(arena);
    FRAY_TRY(make_draft(look, tables, t, arena, d, err));
    /* Tried and dropped: what a draft takes from the arena goes with it. */
    /* Counted only where the table is about samples. */
    const size_t n = is_enough(look, d) ? d->guesses.n : 0;
    fray_arena_rewind(arena, mark);
    if (n > most || (n && n == most && t->f.n_rows > best->f.n_rows)) {
      best = t;
      most = n;
    }
  }
  *found = best != NULL;
  if (!best)
    return FRAY_OK;
  /* Once more, for good: marks and drafts of the others are gone. */
  struct init_table whole = *best;
  bool parts = list_parts(tables, best, part) > 0;
  if (parts)
    FRAY_TRY(put_together(part, arena, &whole, err));
  FRAY_TRY(make_draft(look, tables, &whole, arena, d, err));
  /* Texts that come again in the other parts are texts no more; one table alone is better than a
   * description without a modality. */
  if (parts && d->guesses.n == 0) {
    parts = false;
    FRAY_TRY(make_draft(look, tables, best, arena, d, err));
  }
  for (size_t i = 0; i < tables->n; i++) {
    struct init_file *file = init_find(look, tables->v[i].path);
    bool used = &tables->v[i] == best;
    for (int s = 0; parts && s < FRAY_SPLITS; s++)
      used = used || part[s] == &tables->v[i];
    if (file && !tables->v[i].is_numbers)
      file->used = used;
  }
  /* And whoever tells of its people. */
  init_mark_joined(look, &d->joins);
  return put_table(d, parts ? part : NULL, look->folder, arena, out, err);
}
