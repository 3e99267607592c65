/* Tables whose rows are time steps: a file for each person or take, or one for all. They are told
 * from tables of samples by what lies in their columns, and from short series by their length. Of
 * one table without a clock the rows may be samples themselves, as in most sets of the UCI. */
#include "name_cuts.h"
#include "numbers_look.h"

#include "fray/base/size.h"
#include "fray/import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 4, LONG = 1000, WINDOW = 128, FEW = 5 };

struct recordings {
  const struct init_listing *look;
  struct init_numbers *numbers;
  struct init_paths paths;
  struct init_fields f;
  size_t field[INIT_MOST_PIECES];
  struct init_joins joins;
  struct init_roles roles;
  const char *suffix;
  size_t people;
  bool are_samples; /* each row is one, a vector of numbers */
};

/* As tables of numbers are called; a kind is not asked, since .txt are texts most of the time. */
static const char *const endings[] = {".csv", ".txt", ".dat", ".log", ".tsv", ".data"};

/* The ending of most files, where there is nothing to see or hear. */
static const char *find_ending(const struct init_listing *look, const char *only) {
  size_t most = 0;
  const char *best = NULL;
  const char *dot = only ? strrchr(only, '.') : NULL;
  for (size_t e = 0; e < FRAY_COUNT(endings); e++) {
    size_t n = 0;
    for (size_t i = 0; i < look->n; i++) {
      const char *end = strrchr(look->file[i].path, '.');
      n += end && strcmp(end, endings[e]) == 0 && (!only || strcmp(look->file[i].path, only) == 0);
    }
    if (n > most) {
      most = n;
      best = endings[e];
    }
  }
  return only ? (best ? dot : NULL) : best;
}

/* Sounds and pictures are what a folder is about; tables beside them tell of those. */
static bool has_media(const struct init_listing *look) {
  for (size_t i = 0; i < look->n; i++) {
    const struct fray_choice *kind = look->file[i].kind;
    if (kind && !look->file[i].is_table && kind != fray_import_text_kind() &&
        !fray_import_reads_columns(kind))
      return true;
  }
  return false;
}

/* Some of the files, from first to last: the first person's alone may begin with an hour of rest.
 */
static bool read_some(struct recordings *r) {
  size_t looked = 0, read = 0, before = SIZE_MAX;
  /* Evenly spread over the list, which is sorted: other people, other activities. */
  for (size_t k = 0; k < LOOKED_AT; k++) {
    const size_t i = k * r->paths.n_rows / LOOKED_AT;
    if (i == before)
      continue;
    before = i;
    looked++;
    read += init_numbers_read(r->look->folder, r->paths.file[i]->path, r->numbers);
  }
  /* All that were looked at must be of one layout, or the pattern would be of two. */
  if (read < looked || !looked || r->numbers->n_rows < 10)
    return false;
  r->numbers->rows_of_all /= looked;
  init_numbers_judge(r->numbers);
  return r->numbers->n_channels > 0;
}

/* ---- rows that are samples ---- */

/* Few values, whole or words: a class, if somebody calls it so or it stands where classes do. */
static bool may_be_class(const struct init_column *c, size_t most) {
  return c->n_values >= 2 && c->n_values <= most && !c->missing &&
         (c->texts ? !c->numbers : c->whole == c->numbers);
}

/* By name; then words; then a number at either end. n_columns: none. */
static size_t find_class(const struct init_numbers *l) {
  enum { CLASSES = 20 };
  const size_t n = l->n_columns;
  for (size_t word = INIT_LABEL; word <= INIT_MAYBE_LABEL; word++)
    for (size_t c = 0; c < n && l->header; c++)
      if (init_is_called(l->column[c].name, (enum init_word)word) &&
          may_be_class(&l->column[c], INIT_MOST_VALUES - 1))
        return c;
  for (size_t c = n; c-- > 0;)
    if (l->column[c].texts && may_be_class(&l->column[c], CLASSES))
      return c;
  return may_be_class(&l->column[n - 1], CLASSES) ? n - 1
         : may_be_class(&l->column[0], CLASSES)   ? 0
                                                  : n;
}

/* A class that changes from row to row is no activity, which lasts; one that does is one where rows
 * lie sorted by it: then what lies under one class is too short to be cut into windows. A clock
 * says that rows are time steps. */
static bool are_samples(struct recordings *r) {
  struct init_numbers *l = r->numbers;
  const size_t class = l->label < l->n_columns ? l->label : find_class(l);
  if (r->paths.n_rows != 1 || l->time < l->n_columns || class == l->n_columns || l->n_channels == 0)
    return false;
  const size_t runs = l->column[class].changes + 1;
  if (l->label < l->n_columns && (l->client < l->n_columns || l->n_rows / runs >= 2 * WINDOW))
    return false;
  l->label = class;
  size_t n = 0;
  for (size_t k = 0; k < l->n_channels; k++)
    if (l->channel[k] != class)
      l->channel[n++] = l->channel[k];
  l->n_channels = n;
  return n > 0;
}

/* ---- what is written ---- */

/* What a column without a name is called that says what a row is. */
static const char *label_word(const struct recordings *r) {
  return r->are_samples ? "class" : "activity";
}

/* By its place; only columns that were seen are asked for. */
static const char *column_name(const struct init_numbers *l, size_t column) {
  return l->column[column].name;
}

/* Without a header columns are numbers; those that are not channels get words. */
static void put_names(const struct recordings *r, struct fray_text *out) {
  const struct init_numbers *l = r->numbers;
  /* Words that the templates below use; channels stay numbers, since nobody knows what they are. */
  const struct {
    size_t column;
    const char *name;
  } named[] = {{l->client, "person"}, {l->label, label_word(r)}, {l->time, "time"}};
  bool any = false;
  for (size_t k = 0; k < FRAY_COUNT(named) && !l->header; k++) {
    if (named[k].column == l->n_columns)
      continue;
    fray_text_printf(out, "%s%zu: %s", any ? ", " : "    names: {", named[k].column + 1,
                     named[k].name);
    any = true;
  }
  fray_text_puts(out, any ? "}  # guessed from what is in the columns\n" : "");
}

/* A header's word is the user's own, and stays. */
static const char *name_or(const struct init_numbers *l, size_t column, const char *name) {
  return l->header ? column_name(l, column) : name;
}

/* Zero among numbers of activities is no activity in most sets. */
static bool has_zero(const struct init_column *c) {
  bool zero = false;
  for (size_t k = 0; k < c->n_values; k++)
    zero = zero || strcmp(c->value[k], "0") == 0;
  return zero && !c->texts && c->n_values > 2;
}

/* How the rows are cut. A window is a guess that somebody who knows the sensor will change. */
static void put_windows(const struct recordings *r, struct fray_text *out) {
  const struct init_numbers *l = r->numbers;
  /* Of channels alone: a cell without a number elsewhere stops nothing. */
  size_t missing = 0;
  for (size_t k = 0; k < l->n_channels; k++)
    missing += l->column[l->channel[k]].missing;
  fray_text_printf(
      out, "    windows:\n      length: %d  # guessed: time steps\n      overlap: 0.5\n", WINDOW);
  if (l->label < l->n_columns) {
    fray_text_puts(out, "      label: ");
    init_put_scalar(out, name_or(l, l->label, "activity"));
    fray_text_printf(out, "  # guessed: %zu values that last\n", l->column[l->label].n_values);
    if (has_zero(&l->column[l->label]))
      fray_text_puts(out, "      skip: [\"0\"]  # guessed: 0 is no activity\n");
  }
  /* Ten steps: a hiccup of the device is none, a pause is. */
  if (l->time < l->n_columns) {
    char gap[32];
    fray_format_double(10 / l->rate, gap);
    fray_text_puts(out, "      time: ");
    init_put_scalar(out, name_or(l, l->time, "time"));
    fray_text_printf(out, "  # guessed: it rises\n      time_unit: %s\n      gap: %s s\n", l->unit,
                     gap);
  }
  if (missing)
    /* Short runs only, so that nothing is made up for long. */
    fray_text_puts(out, "      missing: linear  # check: cells without a number\n"
                        "      fill_at_most: 10\n");
  if (r->people < FEW)
    fray_text_printf(out,
                     "      longest: %d  # guessed: pieces, so that some can be for dev and test\n",
                     4 * WINDOW);
  const bool back = l->time < l->n_columns &&
                    l->column[l->time].rising + r->paths.n_rows < l->column[l->time].numbers;
  if (l->faulty || back)
    fray_text_printf(out, "      faulty: cut  # check: %s\n",
                     l->faulty ? "rows of another length" : "times that do not rise");
}

/* Who and what: by columns first, then by the names of files. */
static void put_whom(const struct recordings *r, struct fray_text *out) {
  const struct init_numbers *l = r->numbers;
  const struct init_fields *f = &r->f;
  if (l->client < l->n_columns) {
    const char *name = name_or(l, l->client, "person");
    fray_text_puts(out, "    by: [");
    init_put_scalar(out, name);
    fray_text_printf(out, "]\n    client: \"{%s}\"  # guessed\n", name);
  } else if (r->roles.client < f->n)
    fray_text_printf(out, "    client: \"{%s}\"  # guessed: %zu values\n", f->name[r->roles.client],
                     f->distinct[r->roles.client]);
  else if (r->are_samples)
    fray_text_puts(out, "    client: \"{id}\"  # check: nothing here says whose a row is, so each "
                        "stands for itself; a scenario can deal them (data.partition)\n");
  else
    fray_text_puts(out, "    client: all  # check: nothing here says whose a row is\n");
  if (l->label < l->n_columns)
    fray_text_printf(out, "    label: \"{%s}\"  # guessed\n", name_or(l, l->label, label_word(r)));
  else if (r->roles.label < f->n)
    fray_text_printf(out, "    label: \"{%s}\"  # guessed: %zu values\n", f->name[r->roles.label],
                     f->distinct[r->roles.label]);
  else
    fray_text_puts(out, "    label: unknown  # check: nothing here says what a row is\n");
  init_put_joins(f, &r->joins, out);
}

/* What a column says the names of files need not say. A file is of one person most often, so a
 * field that is another in each may well be whose it is. */
static enum fray_status choose(struct recordings *r, struct fray_err *err) {
  const struct init_numbers *l = r->numbers;
  struct init_fields *f = &r->f;
  const bool label = l->label < l->n_columns, client = l->client < l->n_columns;
  r->roles = INIT_NO_ROLES;
  FRAY_TRY(init_choose(f, &r->roles, err));
  /* One field of two roles goes to the one that no column has. */
  if (client && !label && r->roles.label == f->n)
    r->roles.label = r->roles.client;
  if (label && !client && r->roles.client == f->n)
    r->roles.client = r->roles.label;
  for (size_t i = 0; i < r->joins.n_own && !client && r->roles.client == f->n; i++)
    if (f->distinct[i] > 1 && (label || i != r->roles.label))
      r->roles.client = i;
  /* And where people are in a column, what differs from file to file may be what they do. */
  for (size_t i = 0; i < r->joins.n_own && client && !label && r->roles.label == f->n; i++)
    if (f->distinct[i] > 1)
      r->roles.label = i;
  r->people = client                   ? l->column[l->client].n_values
              : r->roles.client < f->n ? f->distinct[r->roles.client]
                                       : 1;
  return FRAY_OK;
}

/* Pieces of one step: what is drawn for dev and test is rows. */
static void put_rows(const struct recordings *r, struct fray_text *out) {
  const struct init_numbers *l = r->numbers;
  size_t missing = 0;
  for (size_t k = 0; k < l->n_channels; k++)
    missing += l->column[l->channel[k]].missing;
  fray_text_puts(out, "    windows: {length: 1, longest: 1, label: ");
  init_put_scalar(out, name_or(l, l->label, label_word(r)));
  fray_text_puts(out, "}  # guessed: each row is a sample\n");
  if (missing)
    fray_text_printf(out, "    # check: %s no number; their rows are left out\n",
                     missing == 1 ? "a cell has" : "some cells have");
}

/* Words are no numbers, and what they say is not known here. */
static void put_unused(const struct init_numbers *l, struct fray_text *out) {
  bool any = false;
  for (size_t c = 0; c < l->n_columns; c++) {
    if (!l->column[c].texts || c == l->label || c == l->client || !*l->column[c].name)
      continue;
    fray_text_puts(out, any ? ", " : "# check: columns of words are left out: ");
    init_put_scalar(out, l->column[c].name);
    any = true;
  }
  fray_text_puts(out, any ? "\n" : "");
}

/* In the order of the keys in the reference. */
static enum fray_status put_recordings(struct recordings *r, struct fray_text *out,
                                       struct fray_err *err) {
  const struct init_numbers *l = r->numbers;
  FRAY_TRY(choose(r, err));
  if (r->are_samples && l->client == l->n_columns)
    r->people = l->rows_of_all;
  fray_text_printf(out,
                   r->are_samples
                       ? "# Found: %s of samples, %zu columns, about %zu rows.\n"
                       : "# Found: %s of time steps, %zu columns, about %zu rows each.\n",
                   FRAY_N(r->paths.n_rows, "table"), l->n_columns, l->rows_of_all);
  FRAY_TRY(init_put_fields(&r->f, out, err));
  if (r->are_samples)
    put_unused(l, out);
  fray_text_puts(out, r->are_samples ? "modalities:\n  feature: {kind: feature"
                                     : "modalities:\n  series: {kind: series");
  init_put_channels(l, out);
  fray_text_printf(out, "}  # guessed: columns %s\ninputs:\n  - reader: recordings\n    pattern: ",
                   r->are_samples ? "of numbers" : "that change from row to row");
  init_put_pattern(&r->paths, r->field, &r->f, r->suffix, out);
  fray_text_printf(out, "  # guessed from %s", FRAY_N(r->paths.n_rows, "path"));
  init_put_cut(l, "\n    ", out);
  fray_text_puts(out, "\n");
  put_names(r, out);
  put_whom(r, out);
  if (r->are_samples)
    put_rows(r, out);
  else
    put_windows(r, out);
  /* Whole people, where there are enough: windows of one person are alike. */
  init_put_draws(r->people, FEW, out);
  init_put_groups(&r->f, r->people, out);
  return FRAY_OK;
}

/* Rows that last under one label, or too many of them for one sample. */
/* A series of a sample has a hundred rows or two, as somebody cut it; a recording has thousands. */
static bool is_recording(const struct init_numbers *l) {
  return l->label < l->n_columns || l->rows_of_all >= LONG;
}

/* Paths, a look at some files, fields, tables that tell of them: each may end it. */
static enum fray_status guess(struct recordings *r, const char *only,
                              const struct init_tables *tables, struct fray_arena *arena,
                              struct fray_text *out, bool *found, struct fray_err *err) {
  /* Paths are cut whatever the kind: endings of tables say little. */
  /* One that is named stands alone. */
  const struct init_listing *look = r->look;
  struct init_listing one = {.folder = look->folder, .n = 1};
  if (only) {
    one.file = init_find(look, only);
    if (!one.file)
      return FRAY_OK;
    r->look = &one;
  }
  FRAY_TRY(init_cut_paths(r->look, NULL, r->suffix, arena, &r->paths, err));
  if (!r->paths.n_rows || !read_some(r))
    return FRAY_OK;
  r->are_samples = are_samples(r);
  if (!r->are_samples && !is_recording(r->numbers))
    return FRAY_OK;
  FRAY_TRY(init_piece_fields(&r->paths, arena, &r->f, r->field, err));
  const struct init_table self = {.path = "", .f = r->f};
  FRAY_TRY(init_join_tables(tables, &self, &r->f, arena, &r->joins, err));
  for (size_t i = 0; i < r->paths.n_rows; i++)
    r->paths.file[i]->used = true;
  init_mark_joined(look, &r->joins);
  *found = true;
  return put_recordings(r, out, err);
}

/* What is looked at is large, so it is on the heap, and released whatever happens. */
enum fray_status init_guess_recordings(const struct init_listing *look, const char *only,
                                       const struct init_tables *tables, struct fray_arena *arena,
                                       struct fray_text *out, bool *found, struct fray_err *err) {
  struct recordings *r;
  *found = false;
  FRAY_ALLOC_ZERO(r, arena, 1, err);
  r->look = look;
  r->suffix = find_ending(look, only);
  /* Text files are asked as well: whether numbers or words are in them shows when one is read. */
  /* An earlier look may have marked some. */
  for (size_t i = 0; i < look->n; i++)
    look->file[i].used = false;
  if (!r->suffix || (!only && has_media(look)))
    return FRAY_OK;
  r->numbers = calloc(1, sizeof *r->numbers);
  FRAY_CHECK(r->numbers, err, MEMORY, "out of memory");
  enum fray_status status = guess(r, only, tables, arena, out, found, err);
  init_numbers_free(r->numbers);
  free(r->numbers);
  return status;
}

/* Asked of a few files: matrices come in dozens, and a readme beside them is no reason to take them
 * for texts. */
const char *init_find_matrix(const struct init_listing *look) {
  size_t asked = 0, numbers = 0, texts = 0;
  const char *first = NULL;
  for (size_t i = 0; i < look->n && !has_media(look); i++)
    texts += look->file[i].kind == fray_import_text_kind();
  for (size_t i = 0, k = 0; i < look->n && texts; i++) {
    if (look->file[i].kind != fray_import_text_kind() || k++ % (texts / LOOKED_AT + 1) != 0)
      continue;
    asked++;
    if (!init_holds_numbers(look->folder, look->file[i].path))
      continue;
    numbers++;
    first = first ? first : look->file[i].path;
  }
  return numbers * 2 > asked ? first : NULL;
}
