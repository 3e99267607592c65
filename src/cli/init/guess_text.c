/* The parts of a first dataset.yaml that do not depend on where fields come from. */
#include "init.h"

#include "fray/base/size.h"
#include "fray/import/import.h"
#include "numbers_look.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Through the writer of YAML, which knows what must be quoted. It ends its document with a line
 * feed, which has no place in the middle of a line. */
void init_put_scalar(struct fray_text *out, const char *text) {
  const struct fray_node node = {.kind = FRAY_NODE_SCALAR, .scalar = text, .quoted = true};
  fray_node_emit(&node, out);
  if (out->size && out->data[out->size - 1] == '\n')
    out->data[--out->size] = '\0';
}

/* `KEY: "{FIELD}"  # guessed`. A brace makes it a text in quotes, so nothing else need be. */
static void put_template(const struct init_fields *f, const char *key, size_t field,
                         struct fray_text *out) {
  /* Made apart, so that the writer of YAML sees the whole scalar. */
  struct fray_text template = {0};
  fray_text_printf(&template, "{%s}", f->name[field]);
  fray_text_printf(out, "    %s: ", key);
  init_put_scalar(out, template.data ? template.data : "");
  fray_text_printf(out, "  # guessed: %zu values\n", f->distinct[field]);
  out->failed = out->failed || template.failed;
  fray_text_free(&template);
}

/* What a table of numbers says of itself: which columns are channels, how fast they come. */
static bool put_numbers(const char *folder, const char *first, struct fray_text *out) {
  struct init_numbers *look = calloc(1, sizeof *look);
  const bool good = look && init_numbers_read(folder, first, look) && look->n_rows > 1;
  if (good) {
    init_numbers_judge(look);
    init_put_channels(look, out);
    init_put_cut(look, ", ", out);
  }
  init_numbers_free(look);
  free(look);
  return good;
}

/* The keys are a start: files that lie together seldom have one rate or one size. */
void init_put_modality(const char *name, const struct fray_choice *kind, const char *folder,
                       const char *first, struct fray_text *out) {
  const bool keys = *fray_import_first_keys(kind) != '\0';
  char path[PATH_MAX];
  fray_text_puts(out, "  ");
  init_put_scalar(out, name);
  fray_text_printf(out, ": {kind: %s", kind->name);
  /* Tables of numbers alone can be asked by a look at one of them. */
  if (first && fray_import_reads_columns(kind) && put_numbers(folder, first, out))
    fray_text_puts(out, "}  # guessed from the first file\n");
  else {
    snprintf(path, sizeof path, "%s/%s", folder, first ? first : "");
    fray_text_puts(out, keys ? ", " : "");
    if (keys)
      fray_import_guess_keys(kind, first ? path : NULL, out);
    fray_text_printf(out, "}%s\n", keys ? "  # guessed: what all files are brought to" : "");
  }
}

/* A few texts of each field: what was taken for what is seen at once. */
enum fray_status init_put_fields(const struct init_fields *f, struct fray_text *out,
                                 struct fray_err *err) {
  enum { SHOWN = 4, WIDEST = 24, MOST_LINES = 24 };
  for (size_t i = 0; i < f->n && i < MOST_LINES; i++) {
    const char **value;
    size_t n;
    FRAY_TRY(init_distinct(f, i, &value, &n, err));
    fray_text_printf(out, "#   %.60s: %s:", f->name[i], FRAY_N(n, "value"));
    for (size_t k = 0; k < n && k < SHOWN; k++) {
      const char *text = value[k * n / FRAY_MIN(n, (size_t)SHOWN)];
      /* A comment ends with its line, and characters are not cut in two. */
      size_t bytes = strlen(text);
      if (bytes > WIDEST)
        for (bytes = WIDEST; bytes && ((unsigned char)text[bytes] & 0xc0) == 0x80;)
          bytes--;
      fray_text_puts(out, k ? ", " : " ");
      for (size_t b = 0; b < bytes; b++)
        fray_text_add(out, (unsigned char)text[b] < 0x20 || text[b] == 0x7f ? " " : text + b, 1);
      fray_text_puts(out, text[bytes] ? "..." : "");
    }
    fray_text_puts(out, n > SHOWN ? ", ...\n" : "\n");
    free(value);
  }
  if (f->n > MOST_LINES)
    fray_text_printf(out, "#   and %zu more\n", f->n - MOST_LINES);
  return FRAY_OK;
}

/* An empty class or client is refused by an import, so rows that have one must be left out. */
static bool has_empty(const struct init_fields *f, size_t field) {
  for (size_t i = 0; i < f->n_rows; i++)
    if (!f->cell[field][i][0])
      return true;
  return false;
}

/* The three words for splits, each with those that were found; a word that is right already is
 * listed too, since what is not listed would be an error. */
static enum fray_status put_split(const struct init_fields *f, size_t split, struct fray_text *out,
                                  struct fray_err *err) {
  const char **value;
  size_t n;
  FRAY_TRY(init_distinct(f, split, &value, &n, err));
  fray_text_puts(out, "    split: \"{subset_of_set}\"\n    derive:\n      subset_of_set:\n"
                      "        from: ");
  init_put_scalar(out, f->name[split]);
  fray_text_puts(out, "  # guessed: its values are names of splits\n        values: {");
  /* In the order of the splits, not of the words, which are sorted by bytes. */
  const char *comma = "";
  for (int s = 0; s < FRAY_SPLITS; s++) {
    size_t met = 0;
    for (size_t i = 0; i < n; i++) {
      if ((int)init_split_of(value[i]) != s)
        continue;
      fray_text_printf(out, met ? ", " : "%s%s: [", comma, fray_split_names[s]);
      init_put_scalar(out, value[i]);
      met++;
    }
    fray_text_puts(out, met ? "]" : "");
    /* A split that is not there is not listed. */
    comma = met ? ", " : comma;
  }
  fray_text_puts(out, "}\n");
  free(value);
  return FRAY_OK;
}

/* What nothing says is written all the same, as a constant: the YAML then imports, and the comment
 * tells what is missing. */
enum fray_status init_put_roles(const struct init_fields *f, const struct init_roles *roles,
                                const char *id, struct fray_text *out, struct fray_err *err) {
  if (id)
    fray_text_printf(out, "    id: \"%s\"\n", id);
  else
    put_template(f, "id", roles->id, out);
  if (roles->client < f->n)
    put_template(f, "client", roles->client, out);
  else
    fray_text_puts(out, "    client: all  # check: nothing here says whose a sample is\n");
  if (roles->label < f->n)
    put_template(f, "label", roles->label, out);
  else
    fray_text_puts(out, "    label: unknown  # check: nothing here says what a sample is\n");
  if (roles->split < f->n)
    FRAY_TRY(put_split(f, roles->split, out, err));
  /* Only what is used is held to it: an empty remark is no reason to lose a sample. */
  bool any = false;
  for (size_t i = 0; i < f->n; i++) {
    if ((i != roles->client && i != roles->label) || !has_empty(f, i))
      continue;
    fray_text_puts(out, any ? "" : "    where:  # rows without these say nothing\n");
    fray_text_puts(out, "      ");
    init_put_scalar(out, f->name[i]);
    fray_text_puts(out, ": {not_empty: true}\n");
    any = true;
  }
  return FRAY_OK;
}

/* Names of groups are made of letters, digits, _ and -. */
static bool may_be_group(const struct init_fields *f, size_t i, size_t clients) {
  const size_t most = clients >= 4 ? FRAY_MIN(clients / 2, (size_t)12) : 12;
  /* As many values as people are one of each: an age, a weight. */
  if (f->taken[i] || f->distinct[i] < 2 || f->distinct[i] > most || has_empty(f, i))
    return false;
  /* Other names would have to be derived first, which is for a person to do. */
  for (const char *p = f->name[i]; *p; p++)
    if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
      return false;
  /* A number in a name of a file counts takes. */
  bool bare = false;
  return strncmp(f->name[i], "part", 4) != 0 || !init_are_numbered(f->cell[i], f->n_rows, &bare) ||
         !bare;
}

/* Unseen people are what most studies ask about; with few of them there is nobody to spare. Below
 * six in the test no difference can be told from chance over people, so that many are drawn where
 * it costs no more than half. Of samples a fifth, or one of each client's `each`, as shares of
 * fewer than one are none. */
static void put_test(size_t clients, size_t few, size_t each, struct fray_text *out) {
  enum { ENOUGH = 6 };
  const bool people = clients >= few || (clients > 2 && each < 2);
  size_t percent = 20;
  if (people && clients * percent < 100 * ENOUGH && clients >= 2 * ENOUGH)
    percent = (100 * ENOUGH + clients - 1) / clients;
  else if (people && clients * percent < 100)
    percent = (100 + clients - 1) / clients;
  else if (!people && each > 1 && each * percent < 100)
    percent = (100 + each - 1) / each;
  fray_text_printf(out, "test: {fraction: 0.%zu, of: %s}  # guessed: nothing is named test\n",
                   percent % 10 ? percent : percent / 10, people ? "clients" : "samples");
}

/* Where nothing that was found says what is for the test. Windows of recordings are many. */
void init_put_draws(size_t clients, size_t few, struct fray_text *out) {
  put_test(clients, few, SIZE_MAX / 100, out);
  fray_text_puts(out, "dev: {from: train, fraction: 0.2, by: window, within: all}\n");
}

/* The first of them, in the order in which they lie there. */
void init_put_groups(const struct init_fields *f, size_t clients, struct fray_text *out) {
  enum { MOST_GROUPS = 4 };
  /* Few values, none of them empty, and not too many columns: each costs lines in every report. */
  size_t groups = 0;
  for (size_t i = 0; i < f->n && groups < MOST_GROUPS; i++) {
    if (!may_be_group(f, i, clients))
      continue;
    fray_text_puts(out, groups++ ? ", " : "groups: [");
    init_put_scalar(out, f->name[i]);
  }
  fray_text_puts(out, groups ? "]  # guessed: for results by group\n" : "");
}

/* A set needs samples of all three splits before anything can be trained and tested. */
enum fray_status init_put_splits(const struct init_fields *f, const struct init_roles *roles,
                                 struct fray_text *out, struct fray_err *err) {
  enum { FEW_CLIENTS = 10 };
  bool has[FRAY_SPLITS] = {false};
  if (roles->split < f->n) {
    const char **value;
    size_t n;
    FRAY_TRY(init_distinct(f, roles->split, &value, &n, err));
    for (size_t i = 0; i < n; i++)
      if (init_split_of(value[i]) != FRAY_SPLITS)
        has[init_split_of(value[i])] = true;
    free(value);
  }
  /* Never beside a split that the data bring: a published test set is not drawn over. */
  const size_t clients = roles->client < f->n ? f->distinct[roles->client] : 1;
  if (!has[FRAY_TEST])
    put_test(clients, FEW_CLIENTS, f->n_rows / clients, out);
  if (!has[FRAY_DEV])
    fray_text_puts(out, "dev: {from: train, fraction: 0.2, by: window, within: all}\n");
  init_put_groups(f, clients, out);
  return FRAY_OK;
}
