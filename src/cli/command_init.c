/* fray init: a first YAML from what lies there. It asks nothing; what it guesses is marked. */
#include "cli/init/init.h"
#include "commands.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct given {
  const char *out;
};

/* What was found and what is to be looked at; the rest is in the file. */
static void say_guesses(const char *text) {
  static const char *const said[] = {"# Found", "# guessed", "# check"};
  while (*text) {
    const int n = (int)strcspn(text, "\n");
    bool shown = false;
    for (size_t k = 0; k < FRAY_COUNT(said); k++)
      shown = shown || memmem(text, (size_t)n, said[k], strlen(said[k]));
    if (shown)
      fray_note("%.*s", n, text);
    text += n + (text[n] != '\0');
  }
}

/* Never over a file: what stands there may be the work of hours. */
static enum fray_status write_yaml(const char *out, const struct fray_text *text,
                                   struct fray_err *err) {
  FRAY_CHECK(!text->failed && text->data, err, MEMORY, "out of memory");
  if (strcmp(out, "-") == 0) {
    fray_print("%s", text->data);
    return FRAY_OK;
  }
  /* Again, since the look may have taken minutes. */
  FRAY_CHECK(!fray_file_exists(out), err, INPUT,
             "%s: is there already; give another name by -o, or - to print", out);
  FRAY_TRY(fray_file_write(out, text->data, text->size, err));
  say_guesses(text->data);
  fray_note("wrote %s; look for `guessed` and `check` in it", out);
  return FRAY_OK;
}

/* The name without folders and its ending, in letters that a name may have. */
static const char *name_of(const char *path, struct fray_arena *arena) {
  const char *slash = strrchr(path, '/');
  char *name = fray_arena_strdup(arena, slash && slash[1] ? slash + 1 : path);
  for (char *p = name; p && *p; p++)
    if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *p))
      *p = '-';
  return name && *name && *name != '-' ? name : "study";
}

/* A folder, or a file, of shards: what HDF5 files are named by here. */
static bool is_shards(const char *path) {
  /* An error is an answer here: there are none. */
  char **names;
  size_t n;
  struct fray_err err = {0};
  const size_t length = strlen(path);
  if (!fray_is_folder(path))
    return length > 3 && strcmp(path + length - 3, ".h5") == 0;
  if (fray_file_list(path, ".h5", &names, &n, &err) != FRAY_OK)
    return false;
  fray_names_free(names, n);
  return true;
}

/* All ranks open the shards, as everywhere; one writes. The path is whole, so that the scenario can
 * be moved. */
static enum fray_status start_scenario(const char *path, const char *whole, const char *out,
                                       struct fray_comm *comm, struct fray_arena *arena,
                                       struct fray_err *err) {
  struct fray_dataset *dataset = NULL;
  struct fray_text text = {0};
  enum fray_status status = fray_dataset_open(path, NULL, 0, comm, &dataset, err);
  /* The others have nothing to say, and leave by the same door. */
  if (status == FRAY_OK && fray_comm_rank(comm) == 0) {
    init_put_scenario(dataset, name_of(dataset->name, arena), whole, &text);
    status = write_yaml(out ? out : "scenario.yaml", &text, err);
  }
  fray_text_free(&text);
  fray_dataset_close(dataset);
  return status;
}

/* What says most goes first: files that bear a format's name, a list of samples, rows of time
 * steps, names. */
static enum fray_status guess(const struct init_listing *look, const char *only,
                              struct fray_arena *arena, struct fray_text *text, bool *found,
                              struct fray_err *err) {
  struct init_tables *tables;
  FRAY_ALLOC_ZERO(tables, arena, 1, err);
  if (!only)
    FRAY_TRY(init_guess_idx(look, arena, text, found, err));
  if (*found)
    return FRAY_OK;
  FRAY_TRY(init_tables_read(look, only, arena, tables, err));
  /* One that was named is the list, the others beside it can but tell more. */
  if (!only || (tables->n && strcmp(tables->v[0].path, only) == 0))
    FRAY_TRY(init_guess_table(look, tables, only != NULL, arena, text, found, err));
  if (!*found)
    FRAY_TRY(init_guess_recordings(look, only, tables, arena, text, found, err));
  const char *matrix = *found || only ? NULL : init_find_matrix(look);
  FRAY_CHECK(!matrix, err, INPUT,
             "%s: tables of numbers, such as %s, whose rows are no time steps of long recordings; "
             "files with a row for each sample are for `reader: matrix` (docs/importing.md)",
             look->folder, matrix);
  if (!*found && !only)
    FRAY_TRY(init_guess_files(look, tables, arena, text, found, err));
  return FRAY_OK;
}

/* only: the table that was named, below the folder; NULL: whatever is there. */
static enum fray_status start_dataset(const char *folder, const char *only, const char *out,
                                      struct fray_arena *arena, struct fray_text *text,
                                      struct fray_err *err) {
  struct init_listing look;
  bool found = false;
  FRAY_TRY(init_look(folder, arena, &look, err));
  fray_text_puts(
      text, "# A first description of data. What is marked `guessed` or `check` is for you to\n"
            "# look at; docs/importing.md explains every key, and `fray import FILE --dry-run`\n"
            "# says what would be written.\n");
  if (look.n_odd)
    fray_text_printf(
        text,
        "# check: %zu names with braces, control characters, or that are no UTF-8, were not\n"
        "# looked at; an import refuses control characters in names that it takes.\n",
        look.n_odd);
  if (look.is_cut)
    fray_text_puts(text, "# check: there is more than was looked at.\n");
  fray_text_puts(text, "name: ");
  init_put_scalar(text, name_of(folder, arena));
  fray_text_puts(text, "\nlicence: \"\"  # check: kept in the shards\nsource: \"\"\n");
  if (out) {
    fray_text_puts(text, "raw: ");
    init_put_scalar(text, folder);
    fray_text_puts(text, "\n");
  }
  FRAY_TRY(guess(&look, only, arena, text, &found, err));
  FRAY_CHECK(
      found || !only, err, INPUT,
      "%s: no column of it names files that are there, none holds texts, and its rows are no "
      "time steps; docs/importing.md has the keys of `reader: manifest`",
      only);
  FRAY_CHECK(found, err, INPUT,
             "%s: nothing that an import reads was found in it (%zu files looked at%s%s); "
             "docs/importing.md has the formats",
             folder, look.n, look.n ? ", such as " : "", look.n ? look.file[0].path : "");
  if (!only)
    init_put_unused(&look, text);
  const char *name = out ? out : fray_arena_printf(arena, "%s/dataset.yaml", folder);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  return write_yaml(name, text, err);
}

static enum fray_status start(const struct cli_call *call, struct fray_arena *arena,
                              struct fray_err *err) {
  const char *path = call->operand[0], *out = ((const struct given *)call->given)->out;
  char whole[PATH_MAX];
  struct fray_text text = {0};
  /* Whole from here on: what is written may lie elsewhere. */
  FRAY_CHECK(realpath(path, whole), err, INPUT, "%s: no such file or folder", path);
  /* Before anything is looked at: a folder may take a while. */
  FRAY_CHECK(!out || strcmp(out, "-") == 0 || !fray_file_exists(out), err, INPUT,
             "%s: is there already; give another name by -o, or - to print", out);
  if (is_shards(path))
    return start_scenario(path, whole, out, call->comm, arena, err);
  if (fray_comm_rank(call->comm) != 0)
    return FRAY_OK;
  /* A table lies in the folder that its paths begin in, most of the time. */
  char *slash = fray_is_folder(path) ? NULL : strrchr(whole, '/');
  if (slash)
    *slash = '\0';
  enum fray_status status =
      start_dataset(*whole ? whole : "/", slash ? slash + 1 : NULL, out, arena, &text, err);
  fray_text_free(&text);
  return status;
}

/* Names, cells and texts live as long as the command. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  struct fray_arena arena = {0};
  const enum fray_status status = start(call, &arena, err);
  fray_arena_free(&arena);
  return status;
}

/* One option: everything else is easier to change in what was written. */
static const struct cli_option options[] = {
    CLI_OPTION(TEXT, "out", struct given, out, .letter = 'o', .argument = "FILE", .offer = CLI_YAML,
               .otherwise = "DIR/dataset.yaml; of shards: scenario.yaml",
               .help = "file to write, which must not exist; - prints it"),
};

static const struct cli_operand operand = CLI_OPERAND(
    1, 1, "DIR|CSV|SHARDS", "one folder, table or shards are expected", .offer = CLI_FILES);

const struct cli_command cli_init = {
    .name = "init",
    .meaning = "write a first YAML from raw files, or from shards",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Writes a commented dataset.yaml for fray import from a folder of raw files or a table "
        "of them, and a commented scenario from shards. Nothing is asked; what is guessed is "
        "marked, and what was found is printed.",
    .exits = CLI_SAID({"0", "done"}, {"2", "wrong usage, or nothing there that could be read"}),
    .examples = CLI_SAID({"fray init recordings && fray import recordings/dataset.yaml -o shards",
                          "From a folder to shards:"},
                         {"fray init shards && fray check scenario.yaml", "And to a study:"}),
    .also = "import check scenario",
    .run = run};
