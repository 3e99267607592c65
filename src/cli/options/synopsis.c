/* A command line as it is shown: the whole of it, one option, what an option means. Help and manual
 * pages differ in their marks alone, so that both say the same. */
#include "options.h"

#include <stdio.h>
#include <string.h>

const struct cli_marks cli_plain = {"", "", "", "-"};
/* "\-" is the minus of a keyboard; "-" alone would be printed as a hyphen. */
const struct cli_marks cli_roff = {"\\fB", "\\fI", "\\fR", "\\-"};

/* What is typed as it stands. roff needs another minus sign for it. */
static void put_literal(struct fray_text *out, const char *words, const struct cli_marks *marks) {
  fray_text_puts(out, marks->literal);
  for (const char *p = words; *p; p++)
    if (*p == '-')
      fray_text_puts(out, marks->dash);
    else
      fray_text_add(out, p, 1);
  fray_text_puts(out, marks->end);
}

static void put_argument(struct fray_text *out, const char *words, const struct cli_marks *marks) {
  fray_text_printf(out, "%s%s%s", marks->argument, words, marks->end);
}

/* "-o DIR" where there is a letter, else "--out DIR": usage lines are short, the list below them
 * has both. The blank is hard, so that a line does not end between an option and its value. */
static void put_short(struct fray_text *out, const struct cli_option *o,
                      const struct cli_marks *marks) {
  char name[80];
  if (o->letter)
    snprintf(name, sizeof name, "-%c", o->letter);
  else
    snprintf(name, sizeof name, "--%s", o->name);
  put_literal(out, name, marks);
  if (!o->argument)
    return;
  fray_text_printf(out, "%c", CLI_HARD);
  put_argument(out, o->argument, marks);
}

/* Rows name others by name, not by place, so that they can be moved. */
static const struct cli_option *named(const struct cli_command *command, const char *name) {
  for (size_t i = 0; i < command->n_options; i++)
    if (name && strcmp(command->option[i].name, name) == 0)
      return &command->option[i];
  return NULL;
}

/* Whether an option was shown beside one that excludes it, as in "[--resume | --overwrite]". */
static bool is_shown_beside(const struct cli_command *command, const struct cli_option *option) {
  /* The row that names the other stands above it. */
  for (const struct cli_option *o = command->option; o < option; o++)
    if (named(command, o->excludes) == option)
      return true;
  return false;
}

static void put_option(struct fray_text *out, const struct cli_command *command,
                       const struct cli_option *o, const struct cli_marks *marks) {
  const struct cli_option *other = named(command, o->excludes);
  /* "needed unless" depends on another option, which one line cannot show. */
  const bool needed = o->needed && !o->unless;
  fray_text_puts(out, needed ? " " : " [");
  put_short(out, o, marks);
  if (other) {
    fray_text_printf(out, "%c|%c", CLI_HARD, CLI_HARD);
    put_short(out, other, marks);
  }
  fray_text_puts(out, needed ? "" : "]");
  fray_text_puts(out, o->value == CLI_TEXTS ? "..." : "");
}

void cli_put_synopsis(struct fray_text *out, const struct cli_command *command,
                      const struct cli_marks *marks, size_t most_options) {
  const bool whole = command->n_options <= most_options;
  char name[80];
  /* Only commands that use ranks say how to start them. */
  if (command->parallel) {
    fray_text_printf(out, "[%smpirun%s%c", marks->literal, marks->end, CLI_HARD);
    put_literal(out, "-n", marks);
    fray_text_printf(out, "%c%sRANKS%s] ", CLI_HARD, marks->argument, marks->end);
  }
  snprintf(name, sizeof name, "fray%c%s", CLI_HARD, command->name);
  put_literal(out, name, marks);
  if (command->operand) {
    fray_text_puts(out, " ");
    put_argument(out, command->operand->name, marks);
  }
  for (size_t i = 0; i < command->n_options; i++) {
    const struct cli_option *o = &command->option[i];
    /* What must be given is shown in any case, or the line would not be one that works. */
    if ((whole || o->needed) && !is_shown_beside(command, o))
      put_option(out, command, o, marks);
  }
  if (!whole)
    fray_text_puts(out, " [OPTION]...");
}

/* The letter first, as people type it; the long name is what scripts and messages use. */
void cli_put_label(struct fray_text *out, const struct cli_option *option,
                   const struct cli_marks *marks) {
  char name[80];
  if (option->letter) {
    snprintf(name, sizeof name, "-%c", option->letter);
    put_literal(out, name, marks);
    fray_text_puts(out, ", ");
  }
  snprintf(name, sizeof name, "--%s", option->name);
  put_literal(out, name, marks);
  if (!option->argument)
    return;
  fray_text_puts(out, " ");
  put_argument(out, option->argument, marks);
}

/* "default: 10; 1 to 100": what stands in brackets behind the sentence. */
static void put_facts(struct fray_text *out, const struct cli_option *o, bool whole) {
  if (o->standard || o->otherwise)
    fray_text_printf(out, "default: %s", o->standard ? o->standard : o->otherwise);
  if (whole && o->value == CLI_COUNT)
    fray_text_printf(out, "%s1 to %ld", out->size ? "; " : "", o->most);
}

void cli_put_meaning(struct fray_text *out, const struct cli_option *option, bool whole) {
  struct fray_text facts = {0};
  put_facts(&facts, option, whole);
  fray_text_puts(out, option->help);
  if (facts.size)
    fray_text_printf(out, " (%s)", facts.data);
  /* Said here once, and not in each sentence. */
  fray_text_puts(out, option->value == CLI_TEXTS ? "; may be given several times" : "");
  fray_text_free(&facts);
}
