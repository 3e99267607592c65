/* The text of --help: what a terminal of 80 columns shows, and what a pipe gets. Always 80, since a
 * text that depends on the terminal cannot be compared, searched or quoted. */
#include "options.h"

#include "fray/base/size.h"

#include <string.h>

enum {
  COLUMN = 24, /* where the meanings of options begin: behind most labels, and 56 are left */
  COMMAND_COLUMN = 13,
  FEW_OPTIONS = 6 /* so many are shown in the usage line */
};

/* Words in lines of 80 columns, from a column on that the last line has reached. */
static void put_wrapped(struct fray_text *out, const char *words, size_t indent) {
  /* Hard blanks kept the words of an option together while lines were filled; now they are blanks.
   */
  const size_t start = out->size;
  fray_text_wrap(out, words, indent, CLI_WIDTH);
  for (size_t i = start; i < out->size; i++)
    if (out->data[i] == CLI_HARD)
      out->data[i] = ' ';
  fray_text_puts(out, "\n");
}

/* A label, and its meaning beside it; below it where the label is too long. */
static void put_row(struct fray_text *out, const char *label, const char *meaning, size_t column) {
  fray_text_puts(out, label);
  const size_t used = strlen(label);
  if (*meaning == '\0')
    column = used; /* a name that says it all: no blanks at the end of its line */
  else if (used + 2 > column)
    fray_text_printf(out, "\n%*s", (int)column, "");
  else
    fray_text_printf(out, "%*s", (int)(column - used), "");
  put_wrapped(out, meaning, column);
}

static void put_paragraphs(struct fray_text *out, const char *text) {
  while (text && *text) {
    /* Each paragraph is filled by itself; the wrapping would join them. */
    const char *end = strstr(text, "\n\n");
    const size_t size = end ? (size_t)(end - text) : strlen(text);
    struct fray_text words = {0};
    fray_text_add(&words, text, size);
    put_wrapped(out, words.data ? words.data : "", 0);
    out->failed |= words.failed;
    fray_text_free(&words);
    text += size + (end ? 2 : 0);
    fray_text_puts(out, *text ? "\n" : "");
  }
}

static void put_option(struct fray_text *out, const struct cli_option *option) {
  struct fray_text label = {0}, meaning = {0};
  /* Long names stand below each other, whether or not a letter stands before them. */
  fray_text_puts(&label, option->letter ? "  " : "      ");
  cli_put_label(&label, option, &cli_plain);
  cli_put_meaning(&meaning, option, false);
  if (label.data && meaning.data)
    put_row(out, label.data, meaning.data, COLUMN);
  out->failed |= label.failed || meaning.failed;
  fray_text_free(&label);
  fray_text_free(&meaning);
}

/* A heading comes with the first option of its group. A table without headings needs none for
 * --help. */
static void put_options(struct fray_text *out, const struct cli_command *command) {
  fray_text_puts(out, command->n_options && !command->option[0].group ? "\n" : "");
  for (size_t i = 0; i < command->n_options; i++) {
    const struct cli_option *o = &command->option[i];
    if (o->group)
      fray_text_printf(out, "\n%s:\n", o->group);
    put_option(out, o);
  }
  /* --help is in no table: main() answers it before a command's words are read. */
  const bool grouped = command->n_options && command->option[0].group;
  fray_text_puts(out, grouped ? "\nHelp:\n" : command->n_options ? "" : "\n");
  fray_text_printf(out, "  %-*sthis text; man fray-%s says more\n", COLUMN - 2, "-h, --help",
                   command->name);
}

/* Names with their meanings, where a table wants them listed. */
static void put_names(struct fray_text *out, const struct cli_names *names) {
  const char *name, *meaning;
  if (!names->title)
    return;
  fray_text_printf(out, "\n%s:\n", names->title);
  for (size_t i = 0; (name = cli_name_at(names, i, &meaning)) != NULL; i++) {
    struct fray_text label = {0};
    fray_text_printf(&label, "  %s", name);
    if (label.data)
      put_row(out, label.data, meaning, COLUMN);
    fray_text_free(&label);
  }
}

/* Exit codes have at most three digits. */
static void put_said(struct fray_text *out, const char *title, const struct cli_said *said) {
  if (!said)
    return;
  fray_text_printf(out, "\n%s:\n", title);
  for (; said->what; said++) {
    fray_text_printf(out, "  %-4s", said->what);
    put_wrapped(out, said->text, 6);
  }
}

/* With many options the line would be a paragraph; those that may be left out are one word then. */
static void put_usage(struct fray_text *out, const struct cli_command *command) {
  struct fray_text usage = {0};
  cli_put_synopsis(&usage, command, &cli_plain, FEW_OPTIONS);
  fray_text_puts(out, "usage: ");
  if (usage.data)
    put_wrapped(out, usage.data, strlen("usage: "));
  out->failed |= usage.failed;
  fray_text_free(&usage);
}

/* From what is asked most - how is it called - to what is asked least: exit codes, for scripts. */
void cli_put_help(struct fray_text *out, const struct cli_command *command) {
  put_usage(out, command);
  fray_text_puts(out, "\n");
  put_paragraphs(out, command->about);
  put_options(out, command);
  if (command->operand)
    put_names(out, &command->operand->names);
  for (size_t i = 0; i < command->n_options; i++)
    put_names(out, &command->option[i].names);
  if (command->notes) {
    fray_text_puts(out, "\n");
    put_paragraphs(out, command->notes);
  }
  put_said(out, "Exit status", command->exits);
}

/* One line a command: who reads it looks for a name, not for options. */
void cli_put_program_help(struct fray_text *out, const struct cli_program *program) {
  fray_text_printf(out,
                   "%s - %s\n\nusage: fray COMMAND [ARGUMENTS]\n"
                   "       mpirun -n RANKS fray run ...      (several ranks)\n\n",
                   program->name, program->meaning);
  for (size_t i = 0; i < program->n; i++) {
    fray_text_printf(out, "  %-*s", COMMAND_COLUMN - 2, program->command[i]->name);
    put_wrapped(out, program->command[i]->meaning, COMMAND_COLUMN);
  }
  fray_text_puts(out, "\nfray help COMMAND says more, and so does man fray-COMMAND;\n"
                      "fray version names the libraries in use.\n");
}
