/* Completion for zsh, from the tables: a function that the shell finds by its file name, _fray. It
 * describes what it offers, so the help sentences go with the options. */
#include "options.h"

#include <string.h>

/* Words of a description up to a semicolon, as _arguments takes them inside '[...]'. */
static void put_short(struct fray_text *out, const char *words) {
  for (const char *p = words; *p && *p != ';'; p++) {
    if (strchr("[]:\\", *p))
      fray_text_puts(out, "\\");
    if (*p == '\'')
      fray_text_puts(out, "'\\''");
    else
      fray_text_add(out, p, 1);
  }
}

/* ":DIR:_files -/", behind an option or for an operand. */
/* The text between the colons names what is expected, where zsh shows that. */
static void put_value(struct fray_text *out, const char *what, const struct cli_names *names,
                      enum cli_offer offer) {
  /* " " does nothing, where an empty action would offer files. */
  static const char *const actions[] = {[CLI_NOTHING] = " ",
                                        [CLI_FILES] = "_files",
                                        [CLI_YAML] = "_files -g \"*.y(a|)ml\"",
                                        [CLI_FOLDERS] = "_files -/"};
  const char *name, *meaning;
  fray_text_puts(out, ":");
  for (const char *p = what; *p; p++)
    if (!strchr("[]:.", *p)) /* they divide what _arguments reads */
      fray_text_add(out, p, 1);
  fray_text_puts(out, ":");
  if (!cli_name_at(names, 0, &meaning)) {
    fray_text_puts(out, actions[offer]);
    return;
  }
  fray_text_puts(out, "(");
  for (size_t i = 0; (name = cli_name_at(names, i, &meaning)) != NULL; i++)
    fray_text_printf(out, "%s%s", i ? " " : "", name);
  fray_text_puts(out, ")");
}

static void put_option(struct fray_text *out, const struct cli_option *o) {
  /* "--out=" takes both --out=DIR and --out DIR. A star allows an option again; braces, which the
   * shell expands, make two specifications that exclude each other out of a letter and a name. */
  const char *equal = o->argument ? "=" : "";
  const char *repeats = o->value == CLI_TEXTS ? "*" : "";
  fray_text_puts(out, " \\\n        '");
  if (o->letter && !*repeats)
    fray_text_printf(out, "(-%c --%s)'{-%c,--%s%s}'", o->letter, o->name, o->letter, o->name,
                     equal);
  else
    fray_text_printf(out, "%s--%s%s", repeats, o->name, equal);
  fray_text_puts(out, "[");
  put_short(out, o->help);
  fray_text_puts(out, "]");
  if (o->argument)
    put_value(out, o->argument, &o->names, o->offer);
  fray_text_puts(out, "'");
}

/* _arguments sees the line from the command on, as if it were a program of its own. Operands come
 * last and may stand anywhere; the star takes any number of them. */
static void put_command(struct fray_text *out, const struct cli_command *command) {
  fray_text_printf(out, "    %s)\n      _arguments -s", command->name);
  for (size_t i = 0; i < command->n_options; i++)
    put_option(out, &command->option[i]);
  fray_text_puts(out, " \\\n        '(-h --help)'{-h,--help}'[says what the command takes]'");
  if (command->operand) {
    fray_text_puts(out, " \\\n        '*");
    put_value(out, command->operand->name, &command->operand->names, command->operand->offer);
    fray_text_puts(out, "'");
  }
  fray_text_puts(out, " ;;\n");
}

/* The last line runs the function: zsh loads the file at the first completion and wants an answer
 * then. */
void cli_put_zsh(struct fray_text *out, const struct cli_program *program) {
  fray_text_printf(out,
                   "#compdef %s\n# Made from the program's table of options.\n\n_%s() {\n"
                   "  local -a commands\n  commands=(\n",
                   program->name, program->name);
  for (size_t i = 0; i < program->n; i++) {
    fray_text_printf(out, "    '%s:", program->command[i]->name);
    put_short(out, program->command[i]->meaning);
    fray_text_puts(out, "'\n");
  }
  fray_text_puts(out, "  )\n  if (( CURRENT == 2 )); then\n"
                      "    _describe command commands\n    return\n  fi\n"
                      "  shift words\n  (( CURRENT-- ))\n  case $words[1] in\n");
  for (size_t i = 0; i < program->n; i++)
    put_command(out, program->command[i]);
  fray_text_printf(out, "  esac\n}\n\n_%s \"$@\"\n", program->name);
}
